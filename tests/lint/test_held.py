"""A rule is asked where a file holds all that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support import build

from dlint import Rule, shell, syntax
from dlint.lint.held import Held

if TYPE_CHECKING:
    from pathlib import Path

FILE = """FROM debian:12
COPY a /a
RUN apt-get install -y curl
RUN <<EOF
useradd --system app
EOF
"""


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ((), True),
        ((syntax.Copy,), True),
        ((syntax.Transfer, syntax.Run, syntax.Run), True),
        ((syntax.Run, syntax.Run, syntax.Run), False),
        ((syntax.Add,), False),
        (((syntax.Add, syntax.Copy),), True),
        ((shell.Install,), True),
        ((shell.Install, shell.Install), False),
        (((shell.Install, syntax.Copy), (shell.Install, syntax.Copy)), True),
        ((shell.Fetch,), False),
        (((shell.Fetch, "curl"),), True),
        (("useradd", syntax.From), True),
        (("useradd", syntax.From, syntax.From), False),
        (("--from",), False),
        ((syntax.Run, ("--from", "--mount")), False),
    ],
)
def test_what_a_file_holds(tmp_path: Path, needs: tuple[Any, ...], wanted: bool) -> None:  # noqa: FBT001  a parameter of the test
    rule = Rule("test.needy", "", needs=needs)
    assert Held(build(tmp_path, FILE)).has_all(rule.needs) is wanted


def test_a_trigger_may_bring_anything(tmp_path: Path) -> None:
    rule = Rule("test.needy", "", needs=(shell.Fetch,))
    assert Held(build(tmp_path, f"{FILE}ONBUILD RUN make\n")).has_all(rule.needs)


def test_the_shell_is_not_read_where_an_instruction_is_missing(tmp_path: Path) -> None:
    rule = Rule("test.needy", "", needs=(shell.Install, syntax.Add))
    found = build(tmp_path, FILE)
    assert not Held(found).has_all(rule.needs)
    assert not found._scripts


def test_a_text_is_in_lower_case() -> None:
    with pytest.raises(ValueError, match="looks like a kind"):
        Rule("test.needy", "", needs=("From",))

"""Which COPYs order/link-copy takes for ones that could stand by themselves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/link-copy")

DATA = "src/app.py 2kB\nsrc/more.py 2kB\nmodels/a.bin 2MB\nmodels/small.bin 2kB\n"


@pytest.mark.parametrize(
    ("copy", "lines"),
    [
        ("COPY src /opt/app/src", [3]),
        ("COPY --link src /opt/app/src", []),
        ("COPY --chown=1000:1000 src /opt/app/src", [3]),
        ("COPY --chown=app src /opt/app/src", []),
        ("COPY --chmod=644 src /opt/app/src", []),
        ("COPY src /src", []),  # the same blob anyway
        ("COPY src /usr/share/app", []),  # /usr/share may be a symlink
        ("COPY src $WHERE", []),
    ],
)
def test_copies_that_could_stand_by_themselves(tmp_path: Path, copy: str, lines: list[int]) -> None:
    assert (
        check(tmp_path, text=f"FROM debian:12\nRUN apt-get update\n{copy}\n", context=DATA).lines
        == lines
    )
    assert (
        check(tmp_path, text=f"FROM debian:12\nRUN mkdir -p /opt/app\n{copy}\n", context=DATA).lines
        == []
    )
    assert check(tmp_path, text=f"FROM debian:12\n{copy}\n", context=DATA).lines == []


@pytest.mark.parametrize(("minor", "is_said"), [(3, True), (4, False)])
def test_an_old_syntax_knows_no_links(tmp_path: Path, minor: int, *, is_said: bool) -> None:
    first = f"# syntax=docker/dockerfile:1.{minor}\n"
    text = f"{first}FROM debian:12\nRUN apt-get update\nCOPY src /opt/app/src\n"
    [found] = check(tmp_path, text=text, context=DATA).found
    assert found.help.endswith("as the first line") is is_said

"""Which findings are told as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import write_context

from dlint.config.settings import Overrides
from dlint.findings import Basis, Cost, Severity
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.lint.report import Diagnostic, Location
from dlint.lint.told_once import told_once
from dlint.text.source import Source, Span

if TYPE_CHECKING:
    from pathlib import Path

RULES = Plugins(third_party=False).rules
CHANGED = ("bloat/metadata-copy-up",)


def found(folder: Path, rules: tuple[str, ...], text: str, context: str) -> list[Diagnostic]:
    write_context(folder, context)
    (folder / "Dockerfile").write_text(text)
    checker = Checker(Spec(Overrides(isolated=True, select=rules)), RULES)
    return list(checker.check(Task((folder / "Dockerfile").as_posix())).diagnostics)


def changed(names: str, flag: str = "-R") -> str:
    return "".join(f"COPY {each} /{each}\nRUN chown {flag} 7 /{each} && true\n" for each in names)


def folders(names: str) -> str:
    return "".join(f"{each}/{each}.bin 2MB\n{each}/x.bin 1MB\n" for each in names)


def test_many_steps_with_the_same_remedy_are_one(tmp_path: Path) -> None:
    text = f"FROM debian:12\n{changed('abcd')}"
    [one] = found(tmp_path, CHANGED, text, folders("abcd"))
    assert one.place.start.line == 3
    assert one.message.endswith("a second time in this layer (and 3 more in this stage)")
    assert one.cost is not None
    assert one.cost.image_bytes == pytest.approx(12_000_000, rel=0.1)
    assert not one.cost.at_least
    assert {5, 7, 9} <= {each.place.start.line for each in one.notes}


def test_few_steps_are_told_one_by_one(tmp_path: Path) -> None:
    assert len(found(tmp_path, CHANGED, f"FROM debian:12\n{changed('abc')}", folders("abc"))) == 3


def test_steps_of_two_stages_are_told_apart(tmp_path: Path) -> None:
    two = f"FROM debian:12 AS one\n{changed('ab')}FROM debian:12 AS two\n{changed('cd')}"
    recipe = "compose.yaml: services:\\n  a:\\n    build: {context: ., target: one}\\n\n"
    told = found(tmp_path, CHANGED, two, f"{folders('abcd')}.git/HEAD: x\n{recipe}")
    assert [each.place.start.line for each in told] == [3, 5, 8, 10]


@pytest.mark.parametrize(
    ("second", "lines"),
    [("that `COPY`", [1, 2]), ("the `COPY`", [1])],
    ids=["what the message names", "whatever it names"],
)
def test_a_help_covers_what_its_message_names(
    tmp_path: Path, second: str, lines: list[int]
) -> None:
    source = Source((tmp_path / "Dockerfile").as_posix(), "RUN a\nRUN b\n")
    alike = [
        Diagnostic(
            "order/system-install-after-source",
            Severity.INFO,
            f"reinstalls `{name}`",
            Location(source, Span(at, at + 5)),
            name,
            help=f"install before {second}",
        )
        for at, name in ((0, "a"), (6, "b"))
    ]
    told = told_once(alike, (), lambda _: None)
    assert [each.place.start.line for each in told] == lines


def test_steps_that_a_fix_mends_keep_it(tmp_path: Path) -> None:
    copies = "".join(f"COPY {each} /\nRUN chmod 755 /{each}\n" for each in "abcd")
    context = "".join(f"{each} 2MB\n" for each in "abcd")
    told = found(tmp_path, CHANGED, f"FROM debian:12\n{copies}", context)
    assert [bool(each.repair) for each in told] == [True] * 4


def test_what_is_not_known_of_one_cost_is_not_known_of_the_sum() -> None:
    large, small = Cost.modelled(5 << 20, 5 << 20), Cost.modelled(5000, 5000)
    assert Cost.sum([large, small]) == Cost.modelled((5 << 20) + 5000, (5 << 20) + 5000)
    assert Cost.sum([large, None]) == Cost(5 << 20, 5 << 20, Basis.MODELLED, at_least=True)
    assert Cost.sum([small, None]) is None  # a crumb of an unknown whole
    assert Cost.sum([None, None]) is None


def test_an_index_that_two_rules_speak_of_is_told_by_one(tmp_path: Path) -> None:
    rules = ("bloat/pm-cache", "order/split-update-install")
    text = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n"
    [one] = found(tmp_path, rules, text, "")
    assert one.rule == "order/split-update-install"
    assert {each.place.start.line for each in one.notes} == {3}
    assert any("stored in an earlier layer" in each.message for each in one.notes)
    [alone] = found(tmp_path, rules[:1], text, "")
    assert alone.place.start.line == 3


def test_what_another_help_mends_is_told_by_both(tmp_path: Path) -> None:
    rules = ("bloat/recommends", "order/split-update-install")
    text = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y git\n"
    assert {each.rule for each in found(tmp_path, rules, text, "")} == {*rules}

"""Fixes: whole or not at all, round after round, and files written safely."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checker, rule_on, tree

from dlint import Context, DlintError, Dockerfile, Edit, Finding, Fix, Instruction, Rule, Run, Safety, Source, Span
from dlint.cli import main
from dlint.engine import Task
from dlint.files import write_whole
from dlint.fixer import ROUNDS, Change, Fixed, Fixer, diff, write_changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def replacing(name: str, old: str, new: str, safety: Safety = Safety.SAFE) -> Rule:
    """Make a rule that wants every `old` in the file to be `new`, a fix for each."""
    rule = Rule(name.replace("/", "."), "Replaces.", fix=safety)

    @rule.on(Dockerfile)
    def check(file: Dockerfile, _: Context) -> Iterator[Finding]:
        at = file.source.text.find(old)
        while at >= 0:
            span = Span(at, at + len(old))
            yield Finding(
                type(file.instructions[0].keyword)(old, span),
                f"{old} found",
                fix=Fix("replace", (Edit(span, new),), safety),
            )
            at = file.source.text.find(old, at + len(old))

    return rule


def fix(text: str, *rules: Rule, unsafe: bool = False) -> Fixed:
    return Fixer(checker(*rules), Task("Dockerfile", text.encode()), unsafe=unsafe).run()


def result(text: str, *rules: Rule, unsafe: bool = False) -> str:
    changes = fix(text, *rules, unsafe=unsafe).changes
    return changes[0].after.text if changes else text


def test_all_fixes_are_applied() -> None:
    assert result("FROM a\nRUN x\nRUN x\n", replacing("test/x", "x", "yy")) == "FROM a\nRUN yy\nRUN yy\n"


def test_touching_fixes_wait_for_the_next_round() -> None:
    fixed = fix("FROM a\nRUN xz\n", replacing("test/x", "x", "y"), replacing("test/z", "z", "w"))
    assert fixed.changes[0].after.text == "FROM a\nRUN yw\n"
    assert len(fixed.mended) == 2


@pytest.mark.parametrize(
    ("safety", "unsafe", "expected"),
    [(Safety.SAFE, 0, "y"), (Safety.UNSAFE, 0, "x"), (Safety.UNSAFE, 1, "y"), (Safety.DISPLAY, 1, "x")],
)
def test_only_what_is_allowed_is_applied(safety: Safety, unsafe: int, expected: str) -> None:
    assert (
        result("FROM a\nRUN x\n", replacing("test/x", "x", "y", safety), unsafe=bool(unsafe))
        == f"FROM a\nRUN {expected}\n"
    )


def test_a_fix_that_breaks_the_file_is_withdrawn_and_the_others_land() -> None:
    fixed = fix("FROM a\nRUN x\nRUN z\n", replacing("test/break", "RUN x", "RUNN x"), replacing("test/z", "z", "w"))
    assert fixed.changes[0].after.text == "FROM a\nRUN x\nRUN w\n"
    (reason,) = fixed.withdrawn
    assert reason.startswith("Dockerfile:2: the fix of test/break is withdrawn: the builder would refuse the result: ")


def test_all_edits_of_a_fix_land_or_none() -> None:
    rule = Rule("test.swap", "Swaps.", fix=Safety.SAFE)

    @rule.on(Run)
    def check(run: Run, context: Context) -> Iterator[Finding]:
        first = context.build.dockerfile.instructions[1]
        if run.index == 2 and "a" in first.value.text:
            edits = (Edit(first.span, "RUN b"), Edit(run.span, "RUN a"))
            yield Finding(run, "swap", fix=Fix("swap", edits, Safety.SAFE))

    text = "FROM s\nRUN a\nRUN b\n"
    assert result(text, rule) == "FROM s\nRUN b\nRUN a\n"
    blocked = result(text, rule, replacing("test/a", "RUN a", "RUN c"))
    assert blocked in {"FROM s\nRUN c\nRUN b\n", "FROM s\nRUN b\nRUN c\n"}


def test_rules_that_undo_each_other_come_to_an_end() -> None:
    text = result("FROM a\nRUN x\n", replacing("test/one", "x", "y"), replacing("test/two", "y", "x"))
    assert text in {"FROM a\nRUN x\n", "FROM a\nRUN y\n"}


def test_a_rule_that_never_has_enough_comes_to_an_end() -> None:
    assert result("FROM a\nRUN x\n", replacing("test/more", "RUN x", "RUN xx")) == f"FROM a\nRUN x{'x' * ROUNDS}\n"


def test_suppressed_findings_are_not_fixed() -> None:
    text = "FROM a\n# dlint: ignore[test/x]\nRUN x\n"
    assert (
        result(text, rule_on("test/x", "RUN", fix=lambda run: Fix("drop", (Edit(run.span, ""),), Safety.SAFE))) == text
    )


@given(
    st.lists(st.sampled_from(["RUN x", "RUN xz", "RUN q", "# x", "RUN z && \\\n  x"]), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
)
def test_fixing_twice_is_fixing_once(lines: list[str], newline: str) -> None:
    rules = replacing("test/x", "x", "y"), replacing("test/z", "z", "\nw".strip())
    text = "".join(f"{line}\n" for line in ["FROM a", *lines]).replace("\n", newline)
    once = result(text, *rules)
    assert result(once, *rules) == once
    assert "x" not in once
    assert once.count(newline) == text.count(newline)


def test_line_ends_byte_order_mark_and_odd_bytes_stay(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"\xef\xbb\xbfFROM a\r\nRUN x \xff\r\nRUN z")
    fixed = Fixer(checker(replacing("test/x", "x", "1 \\\n2")), Task(str(path))).run()
    write_changes(fixed.changes)
    assert path.read_bytes() == b"\xef\xbb\xbfFROM a\r\nRUN 1 \\\r\n2 \xff\r\nRUN z"


def test_fixes_of_other_files_come_with_them(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM a\nCOPY . .\n"})
    rule = Rule("test.ignore", "Wants an ignore file.", fix=Safety.SAFE)

    @rule.on(Instruction)
    def check(instruction: Instruction, context: Context) -> Iterator[Finding]:
        if instruction.name == "COPY" and context.build.context.ignore is None:
            edit = Edit(Span(0, 0), ".git\n", ".dockerignore")
            yield Finding(instruction, "no ignore file", fix=Fix("write one", (edit,), Safety.SAFE))

    checks = checker(rule)
    task = Task(str(tmp_path / "Dockerfile"))
    fixed = Fixer(checks, task).run()
    assert [change.before.path for change in fixed.changes] == [f"{tmp_path}/.dockerignore"]
    write_changes(fixed.changes)
    assert (tmp_path / ".dockerignore").read_text() == ".git\n"
    assert not Fixer(checks, task).run().changes


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM a\nRUN x\n")
    fixed = Fixer(checker(replacing("test/x", "x", "y")), Task(str(path))).run()
    path.write_text("FROM b\n")
    with pytest.raises(DlintError, match="changed while it was being checked"):
        write_changes(fixed.changes)
    assert path.read_text() == "FROM b\n"


def test_a_written_file_keeps_mode_and_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real", tmp_path / "Dockerfile"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("real")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o7777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dockerfile", "real"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DlintError, match="cannot be written: No space left on device"):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_diff_can_be_applied() -> None:
    change = Change(Source("a/Dockerfile", "FROM a\nRUN x"), Source("a/Dockerfile", "FROM a\nRUN y\n"))
    assert diff([change]) == (
        "--- a/Dockerfile\n+++ a/Dockerfile\n@@ -1,2 +1,2 @@\n FROM a\n-RUN x\n\\ No newline at end of file\n+RUN y\n"
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rule = replacing("test/x", "x", "y")
    monkeypatch.setattr("dlint.plugins.walk_rules", lambda _: iter([rule]))
    monkeypatch.chdir(tmp_path)
    return tree(tmp_path, {"Dockerfile": "FROM a\nRUN x\n", "good.Dockerfile": "FROM a\n"})


def run(*words: str) -> int:
    return main(["check", "--no-push", "--isolated", "--no-plugins", *words])


def test_diff_changes_nothing_and_says_what_is_due(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--diff") == 1
    assert "-RUN x\n+RUN y\n" in capsys.readouterr().out
    assert (here / "Dockerfile").read_text() == "FROM a\nRUN x\n"
    assert run("--diff", "good.Dockerfile") == 0
    assert capsys.readouterr().out == ""


def test_fix_writes_and_reports_what_is_left(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--fix") == 0
    assert capsys.readouterr() == ("", "dlint: 1 finding mended, 1 file written\n")
    assert (here / "Dockerfile").read_text() == "FROM a\nRUN y\n"
    assert run("--diff") == 0

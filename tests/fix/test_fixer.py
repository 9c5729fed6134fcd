"""Fixes: whole or not at all, round after round, and files written safely."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st
from support import checker, rule_on, tree

from dlint import Context, Cost, DlintError, Finding, Rule
from dlint.cli import main
from dlint.findings import Basis, Fix, Safety
from dlint.fix.fixer import (
    Change,
    Drafts,
    Fixed,
    Fixer,
    Scope,
    diff,
    fixed_in_all,
    write_changes,
)
from dlint.lint.engine import Task
from dlint.syntax import Dockerfile, Instruction, Run
from dlint.text.files import write_whole
from dlint.text.source import Edit, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work in an empty folder: it is the build context of what a test gives as a text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


def replacing(
    name: str, old: str, new: str, safety: Safety = Safety.SAFE, cost: Cost | None = None
) -> Rule:
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
                cost=cost,
            )
            at = file.source.text.find(old, at + len(old))

    return rule


def fix(text: str, *rules: Rule, unsafe: bool = False) -> Fixed:
    return Fixer(checker(*rules), Task("Dockerfile", text.encode()), unsafe=unsafe).run()


def result(text: str, *rules: Rule, unsafe: bool = False) -> str:
    changes = fix(text, *rules, unsafe=unsafe).changes
    return changes[0].after.text if changes else text


def test_all_fixes_are_applied() -> None:
    assert (
        result("FROM a\nRUN x\nRUN x\n", replacing("test/x", "x", "yy"))
        == "FROM a\nRUN yy\nRUN yy\n"
    )


def test_touching_fixes_wait_for_the_next_round() -> None:
    fixed = fix("FROM a\nRUN xz\n", replacing("test/x", "x", "y"), replacing("test/z", "z", "w"))
    assert fixed.changes[0].after.text == "FROM a\nRUN yw\n"
    assert len(fixed.mended) == 2


@pytest.mark.parametrize(
    ("safety", "unsafe", "expected"),
    [
        (Safety.SAFE, 0, "y"),
        (Safety.UNSAFE, 0, "x"),
        (Safety.UNSAFE, 1, "y"),
        (Safety.DISPLAY, 1, "x"),
    ],
)
def test_only_what_is_allowed_is_applied(safety: Safety, unsafe: int, expected: str) -> None:
    assert (
        result("FROM a\nRUN x\n", replacing("test/x", "x", "y", safety), unsafe=bool(unsafe))
        == f"FROM a\nRUN {expected}\n"
    )


def test_a_fix_that_breaks_the_file_is_withdrawn_and_the_others_land() -> None:
    fixed = fix(
        "FROM a\nRUN x\nRUN z\n",
        replacing("test/break", "RUN x", "RUNN x"),
        replacing("test/z", "z", "w"),
    )
    assert fixed.changes[0].after.text == "FROM a\nRUN x\nRUN w\n"
    (reason,) = fixed.withdrawn
    assert reason.startswith(
        "Dockerfile:2: the fix of test/break is withdrawn: the builder would refuse the result: "
    )


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


def test_an_edit_that_a_fix_holds_twice_is_made_once() -> None:
    edit = Edit(Span(12, 12), "y")
    rule = Rule("test.twice", "Adds.", fix=Safety.SAFE)

    @rule.on(Run)
    def check(run: Run, _: Context) -> Iterator[Finding]:
        if run.value.text == "x":
            yield Finding(run, "add", fix=Fix("add", (edit, edit), Safety.SAFE))

    assert result("FROM a\nRUN x\n", rule) == "FROM a\nRUN xy\n"


def test_a_fix_that_another_rule_would_undo_is_withdrawn() -> None:
    fixed = fix("FROM a\nRUN x\n", replacing("test/one", "x", "y"), replacing("test/two", "y", "x"))
    assert not fixed.changes
    assert fixed.withdrawn == (
        "Dockerfile:2: the fix of test/one is withdrawn: test/two would find fault with line 2: y found",
    )


def test_a_fix_after_which_a_rule_fails_is_withdrawn() -> None:
    rule = Rule("test.fails", "Fails.")

    @rule.on(Run)
    def check(run: Run, _: Context) -> Iterator[Finding]:
        if run.value.text != "x":
            raise ValueError(run.value.text)
        yield from ()

    fixed = fix("FROM a\nRUN x\n", rule, replacing("test/one", "x", "y"))
    assert not fixed.changes
    assert (
        "is withdrawn: the result cannot be checked: rule test/fails failed on Dockerfile:2"
        in fixed.withdrawn[0]
    )


def test_what_a_fix_uncovers_is_mended_with_it() -> None:
    fixed = fix("FROM a\nRUN x\n", replacing("test/one", "x", "y"), replacing("test/two", "y", "z"))
    assert fixed.changes[0].after.text == "FROM a\nRUN z\n"
    assert [each.rule for each in fixed.mended] == ["test/one"]
    unsafe = replacing("test/two", "y", "z", Safety.UNSAFE)
    assert not fix("FROM a\nRUN x\n", replacing("test/one", "x", "y"), unsafe).changes


def test_a_fix_that_leaves_its_finding_is_withdrawn() -> None:
    fixed = fix("FROM a\nRUN x\n", replacing("test/more", "RUN x", "RUN xx"))
    assert not fixed.changes
    assert fixed.withdrawn == (
        "Dockerfile:2: the fix of test/more is withdrawn: test/more still finds fault with line 2: RUN x found",
    )


def test_a_file_that_is_never_done_names_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlint.fix.fixer.ROUNDS", 1)
    with pytest.raises(
        DlintError, match="Dockerfile: after 1 rounds the fixes of test/x are not done; nothing was"
    ):
        fix("FROM a\nRUN xxxxx\n", replacing("test/x", "x", "y"))


@pytest.mark.parametrize("name", ["ROUNDS", "MOST_SECONDS"])
def test_what_is_never_done_leaves_the_drafts_as_they_were(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = Drafts()
    task = Task("Dockerfile", b"FROM a\nRUN xxxxx\n")
    if name == "ROUNDS":
        monkeypatch.setattr("dlint.fix.fixer.ROUNDS", 1)
    fixer = Fixer(checker(replacing("test/x", "x", "y")), task, drafts=drafts)
    if name == "MOST_SECONDS":
        monkeypatch.setattr("dlint.fix.fixer.process_time", lambda: 1e9)
    with pytest.raises(DlintError, match="Dockerfile: "):
        fixer.run()
    assert not drafts.changes


def test_suppressed_findings_are_not_fixed() -> None:
    text = "FROM a\n# dlint: ignore[test/x]\nRUN x\n"
    assert (
        result(
            text,
            rule_on(
                "test/x", "RUN", fix=lambda run: Fix("drop", (Edit(run.span, ""),), Safety.SAFE)
            ),
        )
        == text
    )


@given(
    st.lists(st.sampled_from(["RUN x", "RUN xz", "RUN q", "# x", "RUN z && \\\n  x"]), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
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


def test_of_several_files_none_is_written_where_one_changed_meanwhile(tmp_path: Path) -> None:
    tree(tmp_path, {"a.Dockerfile": "FROM a\nRUN x\n", "b.Dockerfile": "FROM b\nRUN x\n"})
    drafts = Drafts()
    for name in ("a", "b"):
        task = Task(str(tmp_path / f"{name}.Dockerfile"))
        Fixer(checker(replacing("test/x", "x", "y")), task, drafts=drafts).run()
    (tmp_path / "b.Dockerfile").unlink()
    with pytest.raises(
        DlintError, match=r"b\.Dockerfile: changed while it was being checked; nothing was written"
    ):
        write_changes(drafts.changes)
    assert (tmp_path / "a.Dockerfile").read_text() == "FROM a\nRUN x\n"


def test_of_several_files_none_stays_written_where_one_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"a": "old"})
    changes = [
        Change(Source(str(tmp_path / name), old), Source("", "new"))
        for name, old in (("a", "old"), ("b", ""))
    ]
    full = Change(Source(str(tmp_path / "c"), ""), Source("", "c"))

    def fail(path: Path, data: bytes) -> None:
        if path.name == "c":
            raise DlintError("c: cannot be written")
        write_whole(path, data)

    monkeypatch.setattr("dlint.fix.fixer.write_whole", fail)
    with pytest.raises(DlintError, match="c: cannot be written; nothing was written"):
        write_changes([*changes, full])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}

    def interrupt(path: Path, data: bytes) -> None:
        if path.name == "c":
            raise KeyboardInterrupt
        write_whole(path, data)

    monkeypatch.setattr("dlint.fix.fixer.write_whole", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_changes([*changes, full])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def ignoring() -> Rule:
    """Make a rule that wants `.git` ignored wherever something is copied."""
    rule = Rule("test.ignore", "Wants `.git` to be left out.", fix=Safety.SAFE)

    @rule.on(Instruction)
    def check(instruction: Instruction, context: Context) -> Iterator[Finding]:
        copies = instruction.name == "COPY" and "--from" not in instruction.value.text
        if copies and not context.build.context.ignored(".git"):
            ignore = context.build.context.ignore
            end = len(ignore.source.text) if ignore else 0
            edit = Edit(Span(end, end), ".git\n", ".dockerignore")
            yield Finding(instruction, "takes .git", fix=Fix("leave it out", (edit,), Safety.SAFE))

    return rule


def test_an_ignore_file_that_two_dockerfiles_share_is_mended_once(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "a.Dockerfile": "FROM a\nCOPY . .\n",
            "b.Dockerfile": "FROM b\nCOPY . .\n",
            ".dockerignore": "x\n",
        },
    )
    drafts = Drafts()
    mended = []
    for name in ("a", "b"):
        task = Task(str(tmp_path / f"{name}.Dockerfile"))
        mended += Fixer(checker(ignoring()), task, drafts=drafts).run().mended
    write_changes(drafts.changes)
    assert len(mended) == 1
    assert (tmp_path / ".dockerignore").read_text() == "x\n.git\n"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("COPY .git /src/.git\n", "test/needs would find fault with line 2: takes .git by name"),
        (
            "# dlint: ignore[test/ignore]\nCOPY . .\n",
            "suppression/unused would find fault with line 2: ",
        ),
        ("ADD . /src\n", "`.git/HEAD` would be excluded but may be needed"),
        (
            "RUN --mount=type=bind,target=/src git -C /src describe\n",
            "`.git/HEAD` would be excluded but may be needed",
        ),
        ("COPY x .\n", None),
        ("COPY . .\n", None),  # the rule finds the same there
        ("COPY .git /src/.git\nNO\n", None),  # could not be built before either
        ("COPY .git /src/.git\nSTOPSIGNAL 9\n", None),  # could not be checked before either
    ],
)
def test_an_ignore_file_serves_the_dockerfiles_that_are_not_asked_for(
    tmp_path: Path, other: str, reason: str | None
) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": "FROM a\nCOPY . .\n",
            "b.Dockerfile": f"FROM b\n{other}",
            "x": "",
            ".git/HEAD": "",
        },
    )
    needs = Rule("test.needs", "Copies what is left out.")

    @needs.on(Instruction)
    def check(instruction: Instruction, context: Context) -> Iterator[Finding]:
        if ".git /" in instruction.value.text and context.build.context.ignored(".git"):
            yield Finding(instruction, "takes .git by name")
        if instruction.name == "STOPSIGNAL":
            raise ValueError(instruction)

    fixed = Fixer(checker(ignoring(), needs), Task(str(tmp_path / "Dockerfile"))).run()
    assert [change.after.text for change in fixed.changes] == ([] if reason else [".git\n"])
    assert [reason in each for each in fixed.withdrawn] == ([True] if reason else [])


@pytest.mark.parametrize(
    "step", ["ADD . /src", "RUN --mount=type=bind,target=/src git -C /src describe"]
)
def test_what_one_copy_can_do_without_another_step_may_need(tmp_path: Path, step: str) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": f"FROM a AS b\n{step}\nFROM a\nCOPY . .\nCOPY --from=b /x /x\n",
            ".git/HEAD": "",
        },
    )
    fixed = Fixer(checker(ignoring()), Task(str(tmp_path / "Dockerfile"))).run()
    assert not fixed.changes
    assert "line 2 would no longer have `.git/HEAD` but may need it" in fixed.withdrawn[0]


def test_an_ignore_file_of_ones_own_serves_no_other(tmp_path: Path) -> None:
    texts = {
        "a.Dockerfile": "FROM a\nCOPY . .\n",
        "b.Dockerfile": "FROM b\nRUN --mount=type=bind git describe\n",
    }
    tree(tmp_path, {**texts, "b.Dockerfile.dockerignore": "", ".git/HEAD": ""})
    fixed = Fixer(checker(ignoring()), Task(str(tmp_path / "a.Dockerfile"))).run()
    assert [change.after.text for change in fixed.changes] == [".git\n"]


def test_a_file_that_is_reached_twice_is_mended_once(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM a\nRUN x\n", "other/one": ""})
    (tmp_path / "other" / "Dockerfile").symlink_to("../Dockerfile")
    drafts = Drafts()
    for name in ("Dockerfile", "other/Dockerfile", "other/../Dockerfile"):
        Fixer(
            checker(replacing("test/x", "x", "y")), Task(str(tmp_path / name)), drafts=drafts
        ).run()
    (change,) = drafts.changes
    write_changes([change])
    assert (tmp_path / "Dockerfile").read_text() == "FROM a\nRUN y\n"
    assert (tmp_path / "other" / "Dockerfile").is_symlink()


def test_two_names_of_one_file_are_one(tmp_path: Path) -> None:
    tree(tmp_path, {"docker/Dockerfile": "FROM a\n", "docker/ignore": "x", "sub/y": ""})
    rule = Rule("test.both", "Wants `x` to be `y`, and says so twice.", fix=Safety.SAFE)

    @rule.on(Instruction)
    def check(instruction: Instruction, _: Context) -> Iterator[Finding]:
        for path in ("../docker/ignore", "../sub/../docker/ignore"):
            yield Finding(
                instruction, "x", fix=Fix("y", (Edit(Span(0, 1), "y", path),), Safety.SAFE)
            )

    task = Task(str(tmp_path / "docker" / "Dockerfile"))
    fixed = Fixer(checker(rule, context=str(tmp_path / "sub")), task).run()
    assert (
        not fixed.changes
    )  # it finds the same again: what counts is that the two are not tried together
    assert len(fixed.withdrawn) == 1


def test_what_comes_from_standard_input_touches_no_other_file(tmp_path: Path) -> None:
    tree(tmp_path, {".dockerignore": "x\n"})
    task = Task(str(tmp_path / "Dockerfile"), b"FROM a\nCOPY . .\nRUN x\n")
    fixed = Fixer(checker(ignoring(), replacing("test/x", "RUN x", "RUN y")), task).run()
    assert [change.after.text for change in fixed.changes] == ["FROM a\nCOPY . .\nRUN y\n"]
    assert [each.rule for each in fixed.mended] == ["test/x"]


def test_a_written_file_keeps_mode_and_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real", tmp_path / "Dockerfile"
    target.write_text("old")
    target.chmod(0o640)
    if os.getuid() == 0:
        os.chown(target, 1234, 4321)
    owner = target.stat().st_uid, target.stat().st_gid
    link.symlink_to("real")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o7777 == 0o640
    assert (target.stat().st_uid, target.stat().st_gid) == owner
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dockerfile", "real"]


def test_what_may_not_be_written_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"locked/file": "old", "file": "old"})
    denied = {
        tmp_path / "file",
        tmp_path / "locked",
    }  # nothing is denied to root, who may run the tests
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path not in denied and access(path, mode))
    with pytest.raises(DlintError, match=r"file: cannot be written: it is read-only"):
        write_whole(tmp_path / "file", b"new")

    def fail(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dlint.text.files.NamedTemporaryFile", fail)
    with pytest.raises(
        DlintError, match=r"replaced as a whole, and .*/locked takes no new file: Permission denied"
    ):
        write_whole(tmp_path / "locked" / "file", b"new")
    assert [(tmp_path / name).read_text() for name in ("file", "locked/file")] == ["old", "old"]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    change = Change(
        Source("a/Dockerfile", "FROM a\nRUN x"), Source("a/Dockerfile", "FROM a\nRUN y\n")
    )
    assert diff([change]) == (
        "--- a/Dockerfile\n+++ a/Dockerfile\n@@ -1,2 +1,2 @@\n FROM a\n-RUN x\n\\ No newline at end of file\n+RUN y\n"
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rule = replacing("test/x", "x", "y", cost=Cost(2_000_000, 3_000_000, Basis.MODELLED))
    monkeypatch.setattr("dlint.rule.shelf.shelved", lambda _: iter([rule]))
    monkeypatch.chdir(tmp_path)
    return tree(tmp_path, {"Dockerfile": "FROM a\nRUN x\n", "good.Dockerfile": "FROM a\n"})


def run(*words: str) -> int:
    return main(["check", "--no-push", "--isolated", "--no-plugins", *words])


def test_diff_changes_nothing_and_says_what_is_due(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--diff") == 1
    out, err = capsys.readouterr()
    assert "-RUN x\n+RUN y\n" in out
    assert err == "dlint: 1 finding fixed, 1 file would be written\n"
    assert (here / "Dockerfile").read_text() == "FROM a\nRUN x\n"
    assert run("--diff", "good.Dockerfile") == 0
    assert capsys.readouterr().out == ""


def test_fix_writes_and_reports_what_is_left(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--fix") == 0
    assert capsys.readouterr() == ("", "dlint: 1 finding fixed, 1 file written\n")
    assert (here / "Dockerfile").read_text() == "FROM a\nRUN y\n"
    assert run("--diff") == 0


@pytest.mark.parametrize(("words", "is_fixed"), [([], False), (["--least-bytes", "0"], True)])
def test_what_people_are_not_shown_is_not_fixed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    is_fixed: bool,  # noqa: FBT001  a column
) -> None:
    crumb = Cost(2_000, 2_000, Basis.MODELLED)
    rule = replacing("bloat/x", "x", "y", cost=crumb)
    monkeypatch.setattr("dlint.rule.shelf.shelved", lambda _: iter([rule]))
    monkeypatch.chdir(tree(tmp_path, {"Dockerfile": "FROM a\nRUN x\n"}))
    assert run("--diff", *words) == int(is_fixed)
    assert run("--fix", *words) == 0
    assert ("RUN y" in (tmp_path / "Dockerfile").read_text()) is is_fixed
    capsys.readouterr()


def test_diff_writes_nothing_beside_fix_either(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--fix", "--diff") == 1
    assert "-RUN x\n+RUN y\n" in capsys.readouterr().out
    assert (here / "Dockerfile").read_text() == "FROM a\nRUN x\n"


def test_a_pipe_is_mended_and_checked_again(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfFROM a\r\nRUN x\r\n"))
    monkeypatch.setattr("sys.stdin", given)
    assert run("--fix", "-") == 0
    assert capfdbinary.readouterr().out == b"\xef\xbb\xbfFROM a\r\nRUN y\r\n"
    assert (here / "Dockerfile").read_text() == "FROM a\nRUN x\n"


@pytest.mark.skipif(os.name != "posix", reason="where asking for a process would end it")
def test_what_a_killed_run_has_left_is_swept(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "old", ".Dockerfile.mine": "", ".Dockerfile.dlint-x-y": ""})
    gone = tmp_path / f".Dockerfile.dlint-{2**22 + 1}-abc"  # more than Linux gives to any process
    there = tmp_path / f".Dockerfile.dlint-{os.getpid()}-abc"
    gone.write_text("half")
    there.write_text("half")
    write_whole(tmp_path / "Dockerfile", b"new")
    assert (tmp_path / "Dockerfile").read_text() == "new"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"Dockerfile", ".Dockerfile.mine", ".Dockerfile.dlint-x-y", there.name}


ENDS = """
import os, signal, sys
from pathlib import Path
from dlint.fix import fixer
real = fixer.write_whole
sign = getattr(signal, sys.argv.pop(1))
def write(path, data):
    if path.parent.name == "b":
        os.kill(os.getpid(), sign)
    real(path, data)
fixer.write_whole = write
from dlint.cli import command
sys.exit(command())
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("sign", "status", "first"), [("SIGTERM", 143, 0), ("SIGKILL", -9, 1)])
def test_a_fix_that_is_ended_leaves_whole_files_and_tells_the_truth(
    tmp_path: Path, sign: str, status: int, first: int
) -> None:
    text = "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y curl\n"
    tree(tmp_path, {f"{name}/Dockerfile": text for name in "abc"})
    done = subprocess.run(
        [sys.executable, "-c", ENDS, sign, "check", "--select", "bloat/pm-cache", "--fix", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    written = [(tmp_path / name / "Dockerfile").read_text() != text for name in "abc"]
    assert written == [bool(first), False, False]
    told = done.stderr.splitlines()
    assert told[:1] == ["dlint: a/Dockerfile written"]
    assert told[1:] == ([] if first else ["dlint: nothing was written: all is as it was"])
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"Dockerfile"}


@pytest.mark.parametrize(("in_other", "rounds"), [("ab", 1), ("a", 2), ("", 2)])
def test_what_does_not_hold_in_one_context_is_left_out_of_all(in_other: str, rounds: int) -> None:
    holding = {Path("one"): "ab", Path("other"): in_other}
    asked: list[Scope] = []

    def start(scope: Scope, _: Drafts) -> Any:  # what stands for a Fixer
        asked.append(scope)
        mended = sorted(each for each in scope.findings if each[0] in holding[scope.root])
        told = tuple(SimpleNamespace(identity=each) for each in mended)
        return SimpleNamespace(run=lambda: Fixed((), told, ()))

    shared = frozenset((("a", "1"), ("b", "2")))
    fixed = fixed_in_all(start, [Scope(root, shared) for root in holding], Drafts())
    assert fixed is not None
    assert "".join(each.identity[0] for each in fixed.mended) == in_other
    assert len(asked) == rounds * len(holding)

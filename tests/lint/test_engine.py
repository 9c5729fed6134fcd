"""The engine: which rules run on what, how findings become diagnostics, and what ends a run."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from support import check, checker, found, rule_on, tree

from dlint import Context, Cost, DlintError, Finding, Related, Rule, Severity
from dlint.config.settings import Overrides
from dlint.findings import Basis, Fix
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.overtime import OverdueError, in_time
from dlint.lint.parallel import check_all
from dlint.model import Stage
from dlint.project.recipes import recipes_of
from dlint.syntax import Copy, Dockerfile, Run, Transfer
from dlint.text.source import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

TWO_STAGES = "FROM debian:12.5 AS build\nCOPY a b\nRUN make\nFROM debian:12.5\nADD c d\n"


def recorder() -> tuple[Rule, list[str]]:
    rule, seen = Rule("test.recorder", "Records."), []

    @rule.on(Dockerfile)
    def file(node: Dockerfile, _: Context) -> Iterator[Finding]:
        seen.append(f"file of {len(node.instructions)}")
        yield from ()

    @rule.on(Stage)
    def stage(node: Stage, _: Context) -> Iterator[Finding]:
        seen.append(f"stage {node.index}")
        yield from ()

    @rule.on(Transfer, Run)
    def instruction(node: Transfer | Run, _: Context) -> Iterator[Finding]:
        seen.append(node.name)
        yield from ()

    @rule.on(Copy)
    def copy(node: Copy, _: Context) -> Iterator[Finding]:
        seen.append(f"only {node.name}")
        yield from ()

    return rule, seen


def test_the_file_comes_first_then_stages_then_instructions_in_order() -> None:
    rule, seen = recorder()
    check(TWO_STAGES, rule)
    assert seen == ["file of 5", "stage 0", "stage 1", "COPY", "only COPY", "RUN", "ADD"]


def test_one_checker_serves_many_files() -> None:
    rule, seen = recorder()
    checks = checker(rule)
    for _ in range(2):
        checks.check(Task("Dockerfile", b"FROM scratch\nRUN x\n"))
    assert seen == ["file of 2", "stage 0", "RUN"] * 2


def broken(error: BaseException, on: str = "") -> Rule:
    """Make a rule that finds fault with every RUN, and fails on the first that holds `on`."""
    rule = Rule("test.broken", "Breaks.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        if on in node.value.text:
            raise error
        yield Finding(node, "broken, not yet")

    return rule


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        (RecursionError(), "RecursionError"),
        (MemoryError(), "MemoryError"),
        (SystemExit(0), "SystemExit: 0"),
    ],
)
def test_a_rule_that_raises_has_ended_and_all_else_is_kept(
    error: BaseException, named: str
) -> None:
    text = "FROM debian:12.5\nRUN a\nRUN b\nRUN c\n"
    report = check(text, broken(error, "b"), rule_on("test/run", "RUN"))
    assert found(report) == [
        (2, "test/broken"),
        (2, "test/run"),
        (3, "test/run"),
        (4, "test/run"),
    ]
    (failure,) = report.failures
    assert failure.message == f"rule test/broken failed on Dockerfile:3: {named}"
    assert (failure.path, failure.line, failure.rule) == ("Dockerfile", 3, "test/broken")
    assert "--ignore test/broken" in failure.hint
    assert "check_run" in failure.trace


def test_a_file_that_takes_too_long_is_told_and_what_was_found_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = Rule("test.slow", "Takes its time.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "found")
        monkeypatch.setattr("dlint.lint.engine.process_time", lambda: 1e9)

    text = "FROM debian:12.5\nRUN a\n# dlint: ignore[test/slow] why\nRUN b\n"
    report = check(text, rule)
    (failure,) = report.failures
    assert failure.message == (
        "Dockerfile: not checked to the end: that takes more than 60 s of a processor"
    )
    assert failure.rule is None
    assert found(report) == [(2, "test/slow")]


def test_a_check_that_is_no_generator_is_a_bug_of_its_rule_too() -> None:
    rule = Rule("test.broken", "Breaks.")
    rule.on(Run)(lambda *_: None)  # type: ignore[arg-type, return-value]
    (failure,) = check(TWO_STAGES, rule).failures
    assert failure.message.startswith("rule test/broken failed on Dockerfile:3: TypeError")


@pytest.mark.parametrize("given", ["text", 3])
def test_what_is_no_finding_is_a_bug_of_its_rule(given: object) -> None:
    rule = Rule("test.broken", "Breaks.")
    rule.on(Run)(lambda *_: iter([given]))  # type: ignore[arg-type, return-value]
    report = check(TWO_STAGES, rule, rule_on("test/from", "FROM"))
    assert [each.rule for each in report.failures] == ["test/broken"]
    assert ("test/from") in {rule for _, rule in found(report)}


def test_a_finding_that_cannot_be_placed_is_a_bug_of_its_rule() -> None:
    rule = Rule("test.broken", "Breaks.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "", fix=Fix("x", ("no edit",)))  # type: ignore[arg-type]

    report = check(TWO_STAGES, rule, rule_on("test/from", "FROM"))
    assert [each.rule for each in report.failures] == ["test/broken"]
    assert ("test/from") in {rule for _, rule in found(report)}


def test_a_suppression_of_a_rule_that_failed_may_be_used() -> None:
    text = "FROM debian:12.5\n# dlint: ignore[test/broken] why\nRUN b\n"
    assert found(check(text, broken(ValueError()))) == []
    assert found(check(text, broken(ValueError(), "other"))) == []
    assert found(check(text.replace("RUN b", "COPY b b"), broken(ValueError()))) == [
        (2, "suppression/unused")
    ]


def test_a_push_line_that_fails_costs_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlint.lint.engine._push_line", lambda *_: 1 // 0)
    path = tree(tmp_path, {"Dockerfile": "FROM scratch\nRUN x\n"}) / "Dockerfile"
    checks = checker(rule_on("test/run", "RUN"))
    checks.spec = checks.spec._replace(push=True)
    report = checks.check(Task(str(path)))
    assert found(report) == [(2, "test/run")]
    assert "ZeroDivisionError" in report.failures[0].message


@pytest.mark.parametrize(
    ("recipe", "text", "is_pushed"),
    [
        ("docker build --push -t x.example/a .\n", "FROM scratch\nRUN x\n", True),
        ("docker build --push -t x.example/a .\n", "# for testing only\nFROM scratch\nRUN x\n", False),
        ("docker build -t a .\n", "FROM scratch\nRUN x\n", False),
        ("docker ps\n", "FROM scratch\nRUN x\n", False),  # nobody knows
    ],
)  # fmt: skip
def test_a_report_says_whether_a_recipe_pushes_the_image(
    recipe: str, text: str, tmp_path: Path, *, is_pushed: bool
) -> None:
    tree(tmp_path, {"Dockerfile": text, "ci.sh": recipe, ".git/HEAD": ""})
    checks = checker()
    checks.spec = checks.spec._replace(push=True)
    assert checks.check(Task(str(tmp_path / "Dockerfile"))).is_pushed is is_pushed


def test_a_rule_may_say_itself_that_it_cannot_tell() -> None:
    rule = Rule("test.unsure", "Unsure.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        raise DlintError("the registry does not answer")
        yield Finding(node, "")

    (failure,) = check(TWO_STAGES, rule).failures
    assert (failure.message, failure.hint) == ("the registry does not answer", "")


def test_syntax_errors_are_findings_and_the_rest_is_checked() -> None:
    report = check("FROM debian:12.5\nRUNN x\nRUN y\n", rule_on("test/run", "RUN"))
    assert found(report) == [(2, "syntax/error"), (3, "test/run")]
    assert report.fails


def test_diagnostics_come_by_place_and_survive_pickling() -> None:
    report = check(
        "FROM debian:12.5\nRUN a\nCOPY b c\n",
        rule_on("test/copy", "COPY"),
        rule_on("test/run", "RUN"),
    )
    assert found(report) == [(2, "test/run"), (3, "test/copy")]
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301  our own


@pytest.mark.parametrize(
    ("cost", "configured", "expected"),
    [
        (None, None, Severity.WARNING),
        (Cost(push_bytes=2_000_000, basis=Basis.EXACT), None, Severity.WARNING),
        (Cost(push_bytes=2_000, basis=Basis.EXACT), None, Severity.INFO),
        (Cost(image_bytes=2_000_000, push_bytes=0), None, Severity.WARNING),
        (Cost(), None, Severity.WARNING),
        (None, "error", Severity.ERROR),
        (None, "info", Severity.INFO),
        (Cost(push_bytes=2_000), "error", Severity.INFO),
    ],
)
def test_severity(
    cost: Cost | None, configured: str | None, expected: Severity, tmp_path: Path
) -> None:
    config = (
        tree(
            tmp_path,
            {"dlint.toml": f'severity = {{test = "{configured}"}}\n' if configured else ""},
        )
        / "dlint.toml"
    )
    report = check(
        "FROM scratch\nRUN x\n",
        rule_on("test/run", "RUN", cost=cost),
        config=str(config),
        isolated=False,
    )
    assert [each.severity for each in report.diagnostics] == [expected]


def test_a_finding_may_be_milder_or_sharper_than_its_rule() -> None:
    rule = Rule("test.mixed", "Mixed.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(
            node, "", severity=Severity.INFO if "x" in node.value.text else Severity.ERROR
        )

    severities = [each.severity for each in check("FROM scratch\nRUN x\nRUN y\n", rule).diagnostics]
    assert severities == [Severity.INFO, Severity.ERROR]


@pytest.mark.parametrize("path", ["Dockerfile.dev", "e2e.Dockerfile"])
@pytest.mark.parametrize(
    ("module", "facts", "expected"),
    [
        ("dlint_rules.order.some", {}, Severity.INFO),
        ("dlint_rules.order.some", {"local": True}, Severity.ERROR),
        ("plugin.order.some", {}, Severity.ERROR),
        ("plugin.order.some", {"local": False}, Severity.INFO),
    ],
)
def test_what_only_a_push_costs_is_an_info_where_nobody_pushes(
    module: str, facts: dict[str, bool], expected: Severity, path: str, tmp_path: Path
) -> None:
    rule = Rule(module, "Some.", severity=Severity.ERROR, **facts)

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "")

    text = "FROM scratch\nRUN x\n"
    tree(tmp_path, {path: text, "Dockerfile": text})
    places = [str(tmp_path / each) for each in (path, "Dockerfile")]
    severities = [check(text, rule, path=each).diagnostics[0].severity for each in places]
    assert severities == [expected, Severity.ERROR]


@pytest.mark.parametrize(
    ("cost", "left"),
    [
        (Cost.modelled(3_000_000, 2_000_000), Cost.modelled(3_000_000)),
        (Cost.modelled(None, 2_000_000), None),
        (None, None),
    ],
)
@pytest.mark.parametrize("facts", [{}, {"local": True}])
def test_an_image_that_recipes_build_and_nobody_pushes_costs_no_push(
    cost: Cost | None, left: Cost | None, facts: dict[str, bool], tmp_path: Path
) -> None:
    rule = Rule("dlint_rules.bloat.some", "Some.", severity=Severity.ERROR, **facts)

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "", cost=cost)

    text = "FROM scratch\nRUN x\n"
    recipes = {
        "Makefile": "a:\n\tdocker build a\n",
        "b.sh": "docker build --push -t x.example/b b\n",
    }
    tree(tmp_path, {"a/Dockerfile": text, "b/Dockerfile": text, ".git/HEAD": "", **recipes})
    kept, pushed = (
        check(text, rule, path=str(tmp_path / each / "Dockerfile")).diagnostics[0] for each in "ab"
    )
    assert (pushed.severity, pushed.cost) == (Severity.ERROR, cost)
    expected = (Severity.ERROR, cost) if facts else (Severity.INFO, left)
    assert (kept.severity, kept.cost) == expected


@pytest.mark.parametrize("layered", [False, True])
def test_an_image_of_one_layer_has_no_faults_of_layers(tmp_path: Path, *, layered: bool) -> None:
    rule = Rule("dlint_rules.bloat.some", "Some.", layered=layered)

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "")

    text, path = "FROM scratch\nRUN x\n", str(tmp_path / "Dockerfile")
    tree(tmp_path, {"Dockerfile": text, "a.sh": "buildah bud -t shop .\n", ".git/HEAD": ""})
    assert len(check(text, rule, path=path).diagnostics) == int(not layered)
    (tmp_path / "a.sh").write_text("buildah bud --layers -t shop .\n")
    recipes_of.cache_clear()
    assert len(check(text, rule, path=path).diagnostics) == 1


def test_a_stage_of_tests_weighs_less_than_its_image() -> None:
    rule = Rule("dlint_rules.order.some", "Some.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "")

    report = check("FROM scratch AS unit-test\nRUN x\nFROM scratch\nRUN y\n", rule)
    found = {each.place.start.line: each.severity for each in report.diagnostics}
    assert (found[2], found[4]) == (Severity.INFO, Severity.WARNING)


def test_other_files_keep_their_own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"Dockerfile": "FROM scratch\nRUN x\n", ".dockerignore": "a\nb\n"})
    monkeypatch.chdir(tmp_path)
    rule = Rule("test.ignore", "Looks at the ignore file.")

    @rule.on(Run)
    def check_run(node: Run, context: Context) -> Iterator[Finding]:
        ignore = context.build.context.ignore
        assert ignore
        place = type(node.keyword)("b", ignore.source.line_span(2))
        edit = Edit(ignore.source.line_span(1), "", ".dockerignore")
        yield Finding(
            place,
            "second",
            source=ignore.source,
            related=(Related(node, "here"),),
            fix=Fix("drop", (edit,)),
        )

    (diagnostic,) = checker(rule).check(Task("Dockerfile")).diagnostics
    assert (diagnostic.place.path, diagnostic.place.start.line) == (".dockerignore", 2)
    assert [(note.place.path, note.place.start.line) for note in diagnostic.notes] == [
        ("Dockerfile", 2)
    ]
    assert diagnostic.repair
    assert [edit.place.path for edit in diagnostic.repair.edits] == [".dockerignore"]


def fingerprints(text: str) -> list[str]:
    return [
        each.fingerprint for each in check(text, rule_on("test/run", "RUN", "COPY")).diagnostics
    ]


def test_fingerprints_survive_moves_and_layout_but_not_changes() -> None:
    first = fingerprints("FROM scratch\nRUN a && b\n")
    assert fingerprints("# more\nFROM scratch\nENV x=1\n\nRUN  a \\\n  # why\n  && b\n") == first
    assert fingerprints("FROM scratch\nRUN a && c\n") != first


def test_equal_instructions_have_fingerprints_of_their_own() -> None:
    twice = fingerprints("FROM scratch\nRUN a\nRUN a\n")
    assert len(set(twice)) == 2
    assert twice[0] == fingerprints("FROM scratch\nRUN a\n")[0]


def test_heredocs_count_for_the_fingerprint() -> None:
    assert fingerprints("FROM scratch\nRUN <<E\na\nE\n") != fingerprints(
        "FROM scratch\nRUN <<E\nb\nE\n"
    )


def test_a_context_that_is_no_folder_cannot_be_told() -> None:
    with pytest.raises(DlintError, match="the build context is not a folder"):
        check(TWO_STAGES, context="nowhere")


def test_standard_input_has_no_context_unless_named(tmp_path: Path) -> None:
    tree(tmp_path, {"a": "1"})
    rule = Rule("test.context", "Counts the context.")

    @rule.on(Copy)
    def check_copy(node: Copy, context: Context) -> Iterator[Finding]:
        yield Finding(node, str(len(context.build.context.entries)))

    text = "FROM scratch\nCOPY a b\n"
    assert [each.message for each in check(text, rule, path="-").diagnostics] == ["0"]
    assert [
        each.message for each in check(text, rule, path="-", context=str(tmp_path)).diagnostics
    ] == ["1"]
    named = check(text, rule, path=f"{tmp_path}/Dockerfile")
    assert [each.message for each in named.diagnostics] == ["1"]


def test_reports_of_several_processes_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    names = [f"{number:02}.Dockerfile" for number in range(12)]
    tree(tmp_path, {name: f"FROM scratch\nRUNN {name}\n" for name in names})
    tasks = [Task(str(tmp_path / name)) for name in names]
    checks = checker()
    assert list(check_all(checks, tasks, 3)) == list(check_all(checks, tasks, 1))


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_cannot_be_read_costs_no_other_file(tmp_path: Path, jobs: int) -> None:
    tree(tmp_path, {"b": "FROM scratch\nRUNN x\n"})
    first, second, third = check_all(
        checker(), [Task(str(tmp_path / name)) for name in "abc"], jobs
    )
    assert "a: No such file or directory" in first.failures[0].message
    assert found(second) == [(2, "syntax/error")]
    assert "c: No such file or directory" in third.failures[0].message


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_process_that_is_killed_costs_the_file_it_had(tmp_path: Path) -> None:
    rule = Rule("test.crash", "Crashes.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        if node.value.text == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        yield Finding(node, "survived")

    names = [f"{number:02}.Dockerfile" for number in range(9)]
    bad = {names[0], names[4], names[8]}
    tree(
        tmp_path,
        {name: f"FROM scratch\nRUN {'crash' if name in bad else 'x'}\n" for name in names},
    )
    reports = list(check_all(checker(rule), [Task(str(tmp_path / name)) for name in names], 3))
    assert [Path(each.path).name for each in reports] == names
    assert {Path(each.path).name for each in reports if each.failures} == bad
    assert all("SIGSEGV" in each.failures[0].message for each in reports if each.failures)
    assert all(found(each) == [(2, "test/crash")] for each in reports if not each.failures)


WATCHED = """
import os, sys, time
from multiprocessing import get_context
from dlint.lint.engine import Task
from dlint.lint.workers import in_processes

def start():
    def check(task):
        os.write(1, b"%d\\n" % os.getpid())  # at once, so that two processes' lines stay apart
        while True:
            time.sleep(60)
    return check

if __name__ == "__main__":
    tasks = [Task("a"), Task("b")]
    list(in_processes(start, tasks, 2, get_context(sys.argv[1])))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_end_with_the_one_that_started_them(tmp_path: Path, method: str) -> None:
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    with subprocess.Popen(
        [sys.executable, script, method], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        try:
            children = [int(parent.stdout.readline()) for _ in range(2)]
        finally:
            parent.kill()
        assert parent.stdout.read() == ""  # nobody holds its other end any more
    assert len(set(children)) == 2


@given(
    st.text(
        st.sampled_from("FROM scratch\nRUN COPY#dlint:ignore[]\\<<E \"'$\t\r\ud800\x00"),
        max_size=60,
    )
)
def test_any_text_is_checked(text: str) -> None:
    report = check(
        text.encode("utf-8", "replace").decode(), rule_on("test/any", "RUN", "COPY", "FROM")
    )
    for each in report.diagnostics:
        assert 0 <= each.place.span.start <= each.place.span.end <= len(each.place.source.text)


def test_more_instructions_than_anybody_writes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian:12\n" + "USER a\n" * 2_000)
    with pytest.raises(DlintError, match="2,001 instructions are not checked, only up to 2,000"):
        checker().check(Task(str(path)))


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timer")
def test_a_step_that_takes_for_ever_is_ended() -> None:
    rule = Rule("test.endless", "Does not end.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, "found")
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.01)  # the file's time ends in this step
        while True:
            pass

    with in_time("Dockerfile", "checked"):
        report = check("FROM debian:12.5\nRUN a\n", rule)
    (failure,) = report.failures
    assert "not checked to the end" in failure.message
    assert found(report) == [(2, "test/endless")]
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timer")
def test_what_ends_a_file_is_told_again_where_somebody_went_on(monkeypatch) -> None:
    monkeypatch.setattr("dlint.lint.overtime.AGAIN", 0.01)

    def go_on() -> None:
        with suppress(DlintError):
            while True:
                pass
        while True:
            pass

    with pytest.raises(OverdueError), in_time("Dockerfile", "checked", 0.01):
        go_on()


def test_a_build_that_was_checked_is_freed_at_once(tmp_path: Path) -> None:
    """It holds itself, and frames of exceptions may hold it: Python would look for that."""
    place = tmp_path / "Dockerfile"
    place.write_text(
        "FROM debian:12 AS made\nRUN apt-get update && apt-get install -y gcc\nCOPY . /src\n"
        "FROM debian:12\nCOPY --from=made /src /app\n"
    )
    checker = Checker(Spec(Overrides(isolated=True, select=("all",)), third_party=False))
    checker.check(Task(str(place)))  # loads rules, and what they need
    gc.collect()
    gc.disable()
    try:
        checker.check(Task(str(place)))
        left = gc.collect()
    finally:
        gc.enable()
    assert left < 100, "objects that only a search for cycles finds"

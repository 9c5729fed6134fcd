"""The engine: which rules run on what, how findings become diagnostics, and what ends a run."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from support import check, checker, found, rule_on, tree

from dlint import Context, Cost, DlintError, Finding, Related, Rule, Severity
from dlint.findings import Basis, Fix
from dlint.lint.engine import Task
from dlint.lint.parallel import check_all
from dlint.model import Stage
from dlint.syntax import Copy, Dockerfile, Run, Transfer
from dlint.text.source import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def test_a_rule_that_raises_ends_the_run_with_its_name_and_place() -> None:
    rule = Rule("test.broken", "Breaks.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        yield Finding(node, str(1 // 0))

    with pytest.raises(DlintError) as caught:
        check(TWO_STAGES, rule, path="app/Dockerfile", context=".")
    assert (
        caught.value.message
        == "rule test/broken failed on app/Dockerfile:3: ZeroDivisionError: integer division or modulo by zero"
    )
    assert "--ignore test/broken" in caught.value.hint


def test_a_check_that_is_no_generator_is_a_bug_of_its_rule_too() -> None:
    rule = Rule("test.broken", "Breaks.")
    rule.on(Run)(lambda *_: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(DlintError, match="rule test/broken failed on Dockerfile:3: TypeError"):
        check(TWO_STAGES, rule)


def test_a_rule_may_say_itself_that_it_cannot_tell() -> None:
    rule = Rule("test.unsure", "Unsure.")

    @rule.on(Run)
    def check_run(node: Run, _: Context) -> Iterator[Finding]:
        raise DlintError("the registry does not answer")
        yield Finding(node, "")

    with pytest.raises(DlintError, match=r"^the registry does not answer$"):
        check(TWO_STAGES, rule)


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
    with pytest.raises(DlintError, match="the build context is no folder"):
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


def test_an_error_in_another_process_arrives_whole(tmp_path: Path) -> None:
    tasks = [Task(str(tmp_path / name)) for name in ("a", "b")]
    with pytest.raises(DlintError, match="a: No such file or directory"):
        list(check_all(checker(), tasks, 2))


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

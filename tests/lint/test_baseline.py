"""The baseline: what was there before is not spoken of again."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import check, found, rule_on

from dlint import DlintError
from dlint.lint.baseline import Baseline, write

RUN = rule_on("order/run", "RUN")
OLD = "FROM a\nRUN x\nRUN x\n"


@pytest.fixture
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert write(Path("baseline.json"), [check(OLD, RUN)]) == 2
    return Path("baseline.json")


def test_old_findings_go_wherever_they_moved(baseline: Path) -> None:
    report = Baseline.load(baseline).apply(
        check("# new\nFROM a\nENV b=c\nRUN  x\nRUN y\nRUN x\n", RUN)
    )
    assert found(report) == [(5, "order/run")]
    assert report.suppressed == 2


def test_a_third_of_the_same_is_new(baseline: Path) -> None:
    assert len(Baseline.load(baseline).apply(check(f"{OLD}RUN x\n", RUN)).diagnostics) == 1


def test_another_file_is_not_in_it(baseline: Path) -> None:
    assert len(Baseline.load(baseline).apply(check(OLD, RUN, path="x.Dockerfile")).diagnostics) == 2


def test_paths_count_from_the_baseline(baseline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("deeper").mkdir()
    monkeypatch.chdir("deeper")
    assert (
        not Baseline.load(Path("..") / baseline)
        .apply(check(OLD, RUN, path="../Dockerfile"))
        .diagnostics
    )


def test_what_is_no_longer_found_is_stale(baseline: Path) -> None:
    loaded = Baseline.load(baseline)
    report = loaded.apply(check("FROM a\nRUN x\n", RUN))
    assert not report.diagnostics
    assert loaded.stale({"Dockerfile": {"order/run"}}) == {("Dockerfile", "order/run"): 1}
    Path("Dockerfile").touch()
    assert not loaded.stale({"Dockerfile": {"order/copy"}})  # nobody looked for it


def test_files_that_were_not_checked_are_not_stale_but_files_that_are_gone_are(
    baseline: Path,
) -> None:
    assert Baseline.load(baseline).stale({}) == {("Dockerfile", "order/run"): 2}
    Path("Dockerfile").touch()
    assert not Baseline.load(baseline).stale({})


def test_writing_twice_gives_the_same_file(baseline: Path) -> None:
    before = baseline.read_bytes()
    write(baseline, [check(OLD, RUN)])
    assert baseline.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 1}',
        '{"schema": 1, "findings": [{"path": "a"}]}',
        '{"schema": 2, "findings": []}',
    ],
)
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(DlintError, match=r"other\.json: "):
        Baseline.load(path)


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DlintError, match=r"none\.json: No such file"):
        Baseline.load(tmp_path / "none.json")

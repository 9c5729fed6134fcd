"""Several output formats in one run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import tree

from dlint.cli import main

TEXT = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tree(tmp_path, {"Dockerfile": TEXT})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*formats: str) -> int:
    return main(["check", "--isolated", *(f"--output-format={each}" for each in formats)])


def test_standard_output_and_files_get_a_format_each(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("github", "sarif=a.sarif", "json=b.json") == 1
    assert capsys.readouterr().out.startswith("::warning file=")
    rules = [
        each["ruleId"]
        for each in json.loads((folder / "a.sarif").read_text())["runs"][0]["results"]
    ]
    assert rules == [
        each["rule"] for each in json.loads((folder / "b.json").read_text())["diagnostics"]
    ]
    assert "bloat/pm-cache" in rules


def test_a_file_changes_nothing_on_standard_output(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check()
    plain = capsys.readouterr().out
    check("markdown=summary.md")
    assert capsys.readouterr().out == plain
    assert (folder / "summary.md").read_text().startswith("#")


@pytest.mark.usefixtures("folder")
def test_the_last_format_of_standard_output_counts(capsys: pytest.CaptureFixture[str]) -> None:
    check("text", "json")
    assert json.loads(capsys.readouterr().out)["schema"] == 1


@pytest.mark.parametrize(
    ("formats", "error"),
    [
        (["sarif="], "--output-format sarif=: no file in it, as in sarif=FILE"),
        (["=a"], "--output-format =a: no format in it"),
        (["sarfi=a"], "no output format is called 'sarfi'\nhint: did you mean 'sarif'"),
        (["json=a", "sarif=./a"], "two formats would be written to this file"),
        pytest.param(
            ["json=/dev/full"],
            "/dev/full: cannot be written: No space left",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device"),
        ),
        (["json=absent/a"], "absent/a: cannot be written: No such file"),
    ],
)
def test_what_cannot_be_written_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], formats: list[str], error: str
) -> None:
    assert check(*formats) == 2
    out, err = capsys.readouterr()
    assert error in err.replace("did you mean: ", "did you mean ")
    assert out == ""
    assert [each.name for each in folder.iterdir()] == ["Dockerfile"]

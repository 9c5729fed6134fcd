"""Findings on lines that changed since a revision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from past import commit, git

from dlint.cli import main
from dlint.lint.changed import changed_lines

if TYPE_CHECKING:
    from pathlib import Path

OLD = (
    "FROM debian\nRUN apt-get update \\\n"
    " && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
)
NEW = "RUN apt-get update && apt-get install -y wget\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository in which a branch left main at its first commit."""
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, "one", {"Dockerfile": OLD, "api/Dockerfile": OLD})
    git(root, "switch", "-q", "-c", "topic")
    monkeypatch.chdir(root)
    return root


def lines(
    capsys: pytest.CaptureFixture[str], *words: str, status: int = 1
) -> list[tuple[str, int]]:
    """Give the places of what is found since main, each once."""
    capsys.readouterr()
    assert main(["check", "--isolated", "--output-format=json", "--since=main", *words]) == status
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    return list(dict.fromkeys((each["path"], each["line"]) for each in found))


def test_nothing_changed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert project
    assert lines(capsys, status=0) == []
    capsys.readouterr()
    assert main(["check", "--since", "main"]) == 0
    start = git(project, "rev-parse", "main")[:10]
    assert (
        f"have not changed since {start} (merge base with main) not shown"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("how", ["worktree", "staged", "committed", "main moved on"])
def test_what_was_added_is_reported(
    project: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    (project / "Dockerfile").write_text(OLD + NEW)
    if how != "worktree":
        git(project, "add", "-A")
    if how in {"committed", "main moved on"}:
        commit(project, "two", {})
    if how == "main moved on":
        git(project, "switch", "-q", "main")
        commit(project, "three", {"api/Dockerfile": "FROM debian\n"})
        git(project, "switch", "-q", "topic")
    assert lines(capsys) == [("Dockerfile", 4)]


def test_a_file_that_git_does_not_know_is_new(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "new.Dockerfile").write_text(OLD)
    assert {path for path, _ in lines(capsys)} == {"new.Dockerfile"}


def test_a_file_that_moved_keeps_its_lines(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "web").mkdir()
    git(project, "mv", "api/Dockerfile", "web/Dockerfile")
    (project / "web/Dockerfile").write_text(OLD + NEW)
    git(project, "add", "-A")
    assert lines(capsys) == [("web/Dockerfile", 4)]


def test_a_place_that_a_finding_names_counts(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install = "RUN pip install -r requirements.txt\nCMD python main.py\n"
    commit(
        project,
        "two",
        {
            "Dockerfile": f"FROM python:3.13\n{install}",
            "requirements.txt": "attrs\n",
            "main.py": "1\n",
        },
    )
    git(project, "branch", "-f", "main")
    (project / "Dockerfile").write_text(f"FROM python:3.13\nCOPY . .\n{install}")
    assert ("Dockerfile", 2) in lines(capsys, "--select=order/copy-before-install")


def test_standard_input_is_compared_with_its_file(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "given").write_text(OLD + NEW)
    with (project / "given").open() as given:
        monkeypatch.setattr("sys.stdin", given)
        assert lines(capsys, "-", "--stdin-filename=api/Dockerfile") == [("api/Dockerfile", 4)]


def test_an_inline_dockerfile_has_the_lines_of_its_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "services:\n  web:\n    build:\n      dockerfile_inline: |\n        FROM debian\n"
    commit(project, "two", {"compose.yaml": text})
    git(project, "branch", "-f", "main")
    (project / "compose.yaml").write_text(f"{text}        RUN make\n        {NEW}")
    assert {line for _, line in lines(capsys, "compose.yaml")} == {7}


def test_a_shallow_clone_says_what_to_fetch(
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit(project, "two", {"Dockerfile": OLD + NEW})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=topic", f"file://{project}", str(clone))
    monkeypatch.chdir(clone)
    assert main(["check", "--since", "origin/main"]) == 2
    err = capsys.readouterr().err
    assert "origin/main: the commit to compare with is not in this clone" in err
    assert "hint: this clone is shallow: set `fetch-depth: 0`" in err


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--since=absent"], "absent: the commit to compare with is not in this clone"),
        (["--since=main", "--fix"], "--fix is for whole files, and --since for lines"),
        (["--since=main", "--add-ignore"], "--add-ignore is for whole files"),
    ],
)
def test_what_cannot_be_compared(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], error: str
) -> None:
    assert main(["check", *words]) == 2
    assert error in capsys.readouterr().err
    assert (project / "Dockerfile").read_text() == OLD


def test_without_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text(OLD)
    assert main(["check", "--since=main", str(tmp_path)]) == 2
    assert "--since has no past of it: not in a git repository" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("a\nb\n", "a\nb\n", []),
        ("a\r\nb\r\n", "a\nb\n", []),
        ("a\nb\n", "a\nx\nb\n", [2]),
        ("a\nb\nc\n", "a\nx\nc\n", [2]),
        ("", "a\n", [1]),
        # an instruction that is gone is none that changed
        ("a\nb\nc\n", "a\nc\n", []),
        # a line of an instruction that is gone changed the instruction
        ("RUN a \\\n b \\\n c\n", "RUN a \\\n c\n", [1, 2]),
    ],
)
def test_lines_that_changed(before: str, after: str, changed: list[int]) -> None:
    assert sorted(changed_lines(before, after)) == changed

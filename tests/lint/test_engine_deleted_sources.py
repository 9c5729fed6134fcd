"""What is said of a COPY whose file a commit deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import commit

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "FROM python:3.12\nCOPY a.py b.py c.py /app/\nCOPY d.py /app/\nCOPY e.py /app/\nCOPY lists.txt /app/\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.py", "b.py", "c.py", "d.py", "e.py", "lists.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "Dockerfile").write_text(TEXT)
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "is_told"),
    [
        (".gitignore", "", True),
        (".gitignore", "lists.txt\n", False),
        ("build.sh", "pip freeze > lists.txt\ndocker build .\n", False),
    ],
    ids=["deleted", "ignored", "made-again"],
)
def test_a_build_that_fails_is_told(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, *, is_told: bool
) -> None:
    (here / "lists.txt").unlink()
    (here / name).write_text(text)
    commit(here)
    main(["check", "Dockerfile"])
    said = "Dockerfile:5: a commit deleted `lists.txt`, so COPY fails and nothing is built"
    assert (said in capsys.readouterr().err) is is_told


def test_secrets_are_not_kept_in_git(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "lists.txt").rename(here / ".env")
    (here / "Dockerfile").write_text(TEXT.replace("lists.txt", ".env"))
    commit(here)
    (here / ".env").unlink()
    commit(here)
    main(["check", "Dockerfile"])
    assert "a commit deleted" not in capsys.readouterr().err


def test_what_is_only_missing_here_is_not_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "lists.txt").unlink()  # still tracked
    main(["check", "Dockerfile"])
    assert "a commit deleted" not in capsys.readouterr().err


@pytest.mark.parametrize(("ignored", "is_silent"), [("", True), ("lists\n", False)])
def test_costs_of_an_image_that_cannot_be_built_are_not_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ignored: str,
    *,
    is_silent: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py", "c.py", "d.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/shop.txt").write_text("")
    copies = "".join(f"COPY {name} /app/\n" for name in ("a.py", "b.py", "c.py", "d.py", "lists"))
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.12\nRUN apt-get update\n{copies}")
    commit(tmp_path)
    (tmp_path / "lists/shop.txt").unlink()
    (tmp_path / "lists").rmdir()
    (tmp_path / ".gitignore").write_text(ignored)
    commit(tmp_path)
    commit(tmp_path, "a.py")
    main(["check", "Dockerfile"])
    said = capsys.readouterr()
    assert ("a commit deleted `lists`" in said.err) is is_silent
    assert ("apt-get update" not in said.out) is is_silent

"""Which files a build is known to miss, and what is said of the image then."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest
from checked import commit
from support import build

from dlint.cli import main
from dlint.context.git import git
from dlint.reads.missing import missing_sources

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

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
    said = "Dockerfile:5:1: info context/missing-source a commit deleted `lists.txt`, so this `COPY` fails"
    assert (said in capsys.readouterr().out) is is_told


def test_secrets_are_not_kept_in_git(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "lists.txt").rename(here / ".env")
    (here / "Dockerfile").write_text(TEXT.replace("lists.txt", ".env"))
    commit(here)
    (here / ".env").unlink()
    commit(here)
    main(["check", "Dockerfile"])
    assert "a commit deleted" not in capsys.readouterr().out


def test_what_is_only_missing_here_is_not_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "lists.txt").unlink()  # still tracked
    main(["check", "Dockerfile"])
    assert "a commit deleted" not in capsys.readouterr().out


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
    assert ("a commit deleted `lists`" in said.out) is is_silent
    assert ("apt-get update" not in said.out) is is_silent


def test_a_build_whose_deleted_files_were_asked_for_is_let_go(tmp_path: Path) -> None:
    made = build(tmp_path, "FROM node:22\nCOPY package.json ./\n", {"package.json": "{}"})
    assert made.fact(missing_sources) == ()
    held = weakref.ref(made)
    del made
    gc.collect()
    assert held() is None


def test_git_looks_once_for_all_files_that_were_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{letter}.txt" for letter in "abcdefghijkl"]
    copies = "".join(f"COPY {name} ./\n" for name in names)
    build(tmp_path, f"FROM node:22\n{copies}", dict.fromkeys(names, ""))
    commit(tmp_path)
    for name in ("i.txt", "j.txt"):
        (tmp_path / name).unlink()
    commit(tmp_path)
    asked: list[str] = []

    def count(folder: Path, *words: str, **more: Any) -> bytes | None:
        asked.append(words[0])
        return git(folder, *words, **more)

    monkeypatch.setattr("dlint.context.git.git", count)
    made = build(tmp_path, f"FROM node:22\n{copies}COPY never.txt ./\n")
    assert [each.path for each in made.fact(missing_sources)] == ["i.txt", "j.txt"]
    assert (asked.count("log"), asked.count("check-ignore")) == (1, 1)

"""Comments that suppress what is found today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import tree

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# syntax=docker/dockerfile:1
FROM debian
# what it needs
RUN apt-get update && \\
    apt-get install -y graphviz
RUN true
"""


def add(folder: Path, option: str = "--add-ignore", *words: str) -> int:
    return main(["check", "--no-push", option, *words, str(folder)])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_comment_goes_above_each_instruction_in_which_something_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    tree(tmp_path, {"Dockerfile": ""})
    file = tmp_path / "Dockerfile"
    file.write_bytes(TEXT.replace("\n", end).encode())
    assert add(tmp_path, "--add-ignore=as it was in May") == 0
    assert "3 findings ignored in 1 file" in capsys.readouterr().err
    expected = TEXT.replace("FROM", "# dlint: ignore[pin/base-tag] as it was in May\nFROM").replace(
        "RUN apt",
        "# dlint: ignore[bloat/pm-cache, bloat/recommends] as it was in May\nRUN apt",
    )
    assert file.read_bytes() == expected.replace("\n", end).encode()
    assert main(["check", "--no-push", "--fail-on", "info", str(tmp_path)]) == 0


def test_without_a_reason_the_comment_has_none(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM debian\nRUN true\n"})
    assert add(tmp_path) == 0
    text = (tmp_path / "Dockerfile").read_text()
    assert text == "# dlint: ignore[pin/base-tag]\nFROM debian\nRUN true\n"
    assert add(tmp_path) == 0
    assert (tmp_path / "Dockerfile").read_text() == text


def test_only_what_is_selected_is_ignored(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": TEXT})
    assert add(tmp_path, "--add-ignore", "--select", "pin/base-tag") == 0
    assert (tmp_path / "Dockerfile").read_text().count("dlint: ignore") == 1


def test_what_the_builder_refuses_is_not_ignored(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM debian:12.5-slim\nRUNN a\n"})
    assert add(tmp_path) == 0
    assert "ignore" not in (tmp_path / "Dockerfile").read_text()


def test_findings_in_the_ignore_file_have_no_comment(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": "FROM node:22.4-slim\nCOPY . /app\n",
            ".dockerignore": "node_modules\n",
            "web/node_modules/left-pad/index.js": "//" * 10_000,
            "web/package.json": "{}",
        },
    )
    assert add(tmp_path, "--add-ignore", "--select", "context/ignore-lint") == 0
    assert "ignore[" not in (tmp_path / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--add-ignore=a\nb", "Dockerfile"], "the reason has more than one line"),
        (["--add-ignore", "-"], "--add-ignore writes files"),
        (["--add-ignore", "--fix", "Dockerfile"], "--add-ignore ignores what --fix would fix"),
    ],
)
def test_what_makes_no_sense_is_an_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    import io
    import sys

    tree(tmp_path, {"Dockerfile": "FROM debian\n"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"FROM debian\n")))
    assert main(["check", "--no-push", *words]) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "Dockerfile").read_text() == "FROM debian\n"

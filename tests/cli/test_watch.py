"""Checks that are done again when a file changes. No test waits: what would be a pause is the
change, or the interrupt.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from house import ENVIRONMENT
from past import commit, git
from support import tree

from dlint.cli import main, watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD, BAD = "FROM debian:12.5-slim\nCOPY a /\n", "FROM debian\nCOPY a /\n"
FILES = {
    "Dockerfile": GOOD,
    ".dockerignore": "*.md\n.dockerignore\nDockerfile\n",
    "a": "1\n",
    "README.md": "",
    "dlint.toml": "select = ['pin']\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tree(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def watched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Give what a watch prints in each round, when these things are done in its pauses."""

    def run(*steps: Callable[[], object], words: tuple[str, ...] = ()) -> list[str]:
        left = list(steps)
        rounds: list[str] = []

        def pause(seconds: float) -> None:
            assert seconds >= watch.LEAST_PAUSE
            out, err = capsys.readouterr()
            if "press Ctrl-C to stop" in err:
                rounds.append(out + err)
            if len(left) == 0:
                raise KeyboardInterrupt
            left.pop(0)()

        monkeypatch.setattr(watch, "pause", pause)
        assert main(["check", "--no-push", "--watch", *words]) == 130
        return rounds

    return run


def same() -> None:
    """Change nothing."""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("Dockerfile", BAD),
        ("web/Dockerfile", BAD),
        ("dlint.toml", "select = ['order']\n"),
        (".dockerignore", "*.md\n"),
        ("a", "2\n"),
        ("b", ""),
        ("compose.yaml", "services: {}\n"),
    ],
)
@pytest.mark.parametrize("has_git", [False, True])
def test_it_checks_again_once_what_changed_is_written(
    folder: Path, watched: Callable[..., list[str]], file: str, text: str, *, has_git: bool
) -> None:
    if has_git:
        git(folder, "init", "-q")
        commit(folder, "one", {})
    rounds = watched(same, lambda: tree(folder, {file: text}), same, same)
    assert len(rounds) == 2
    assert "pin/base-tag" not in rounds[0]
    assert ("pin/base-tag" in rounds[1]) == (text == BAD)


def test_a_file_that_is_being_written_is_waited_for(
    folder: Path, watched: Callable[..., list[str]]
) -> None:
    file = folder / "Dockerfile"
    rounds = watched(lambda: file.write_text("FROM deb"), lambda: file.write_text(BAD), same)
    assert len(rounds) == 2
    assert "`debian`" in rounds[1]


def test_what_the_build_does_not_read_and_what_dlint_writes_change_nothing(
    folder: Path, watched: Callable[..., list[str]]
) -> None:
    words = ("--output-format=json=found.json",)
    rounds = watched(lambda: tree(folder, {"README.md": "more"}), same, words=words)
    assert len(rounds) == 1
    assert (folder / "found.json").is_file()


def test_a_commit_is_a_change(folder: Path, watched: Callable[..., list[str]]) -> None:
    git(folder, "init", "-q")
    commit(folder, "one", {})
    assert len(watched(lambda: commit(folder, "two", {}), same)) == 2


def test_an_error_ends_nothing(folder: Path, watched: Callable[..., list[str]]) -> None:
    file = folder / "dlint.toml"
    rounds = watched(
        lambda: file.write_text("selcet = []\n"), same, lambda: file.write_text(""), same
    )
    assert ["dlint: error: " in each for each in rounds] == [False, True, False]


@pytest.mark.parametrize("words", [["--fix"], ["-"], ["--diff"], ["--add-ignore"]])
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_watched(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--watch", *words]) == 2
    assert "dlint: error: --watch" in capsys.readouterr().err


def test_an_interrupt_ends_it_without_a_word(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dlint", "check", "--no-push", "--watch"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # whoever runs the tests in the background may have told them to ignore interrupts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  as above
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline().endswith("press Ctrl-C to stop\n")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert err == ""
    assert "pin/base-digest" in out
    assert process.returncode == 130

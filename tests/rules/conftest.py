"""What holds for the tests of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.lint.engine import Checker
from dlint.lint.failures import require_whole

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.engine import Task
    from dlint.lint.report import FileReport


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(autouse=True)
def _nothing_around(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what has no context of its own, as the text of a pipe, find nothing: this repository
    would be read for each.
    """
    monkeypatch.chdir(empty)


@pytest.fixture(autouse=True)
def _whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a rule fails: to a user that is an entry of the report beside what was found."""

    def check(self: Checker, task: Task) -> FileReport:
        return require_whole(plain(self, task))

    plain = Checker.check
    monkeypatch.setattr(Checker, "check", check)

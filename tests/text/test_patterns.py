"""Expressions on a stranger's text take time in proportion to it: these did not, and each would take
hours here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.facts.addresses import _IDENTITY
from dlint.facts.git_use import _CLONES
from dlint.manifests.requirements import _AFTER_PATH
from dlint.model.build import _DRIVE
from dlint.project.builds import _JOB
from dlint.project.recipes import _ARGUMENT
from dlint.shell.managers.python_family import _REQUIREMENT
from dlint.shell.packages import FULL_VERSION
from dlint.sizes.held import environment_bytes
from dlint.text.globs import matches

if TYPE_CHECKING:
    from re import Pattern

LONG = 2_000_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_DRIVE, "\n" * LONG),
        (_DRIVE, "CMD" + " " * LONG),
        (_AFTER_PATH, "a" + " " * LONG + "x"),
        (_AFTER_PATH, "[" * LONG),
        (_REQUIREMENT, "a" + " " * LONG + "!"),
        (FULL_VERSION, "1.2.3" + ".4" * LONG + "!"),
        (_ARGUMENT, "--build-arg a=${{" * (LONG // 16)),
        (_IDENTITY, "/" + "-key" * LONG + "!"),
        (_IDENTITY, "/" + "repo-" * LONG + "!"),
    ],
    ids=lambda each: each[:20] if isinstance(each, str) else "",
)
def test_no_text_takes_long(pattern: Pattern[str], text: str) -> None:
    assert pattern.match(text) is None or pattern is _ARGUMENT
    if pattern not in {_REQUIREMENT, FULL_VERSION}:  # which nobody searches for
        assert not [each for each in pattern.finditer(text) if len(each[0]) > LONG]


@pytest.mark.parametrize("text", ["=\\" * 100_000, "a=b " * 100_000, "x=" + "\\" * 100_000])
def test_assignments_before_a_command_are_read_once(text: str) -> None:
    assert environment_bytes(text, None, ()) is None


def test_a_pattern_of_many_stars_comes_to_an_end() -> None:
    path = "/".join("a" * 60)
    assert not matches(path, "**/a/" * 30 + "b")
    assert matches(path, "**/a/" * 30 + "a")
    assert not matches("a" * 5000, "*a" * 40 + "b")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(_JOB, "docker run x; " * 20_000), (_CLONES, "git " + "-git " * 50_000)],
    ids=("_JOB", "_CLONES"),
)
def test_what_begins_many_times_looks_only_so_far_ahead(pattern: Pattern[str], text: str) -> None:
    assert pattern.search(text) is None

"""Which lines of the ignore file don't do what they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check, git

from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"


@pytest.mark.parametrize(
    ("ignore", "wanted"),
    [
        ("docs # generated", [1]),
        ("# generated\\ndocs\\nc#", []),
        ("!keep.md\\n*.md", [1]),
        ("*.md\\n!keep.md", []),
        ("!keep*\\n*.md", []),
        ("a\\n.pyc", [2]),
        (".env\\n.git", []),
        ("node_modules", [1]),
        ("/node_modules", []),
        ("node_modules\\n**/node_modules", []),
        (".venv", [1]),  # the project below has a lock file: it will have one
        ("docs", []),
    ],
)
def test_the_ignore_file(tmp_path: Path, ignore: str, wanted: list[int]) -> None:
    listing = f"web/node_modules/a.js\napi/uv.lock\nkeep.md\n.dockerignore: {ignore}\n"
    found = check(tmp_path, "context/ignore-lint", COPY_ALL, listing)
    assert [each.place.start.line for each in found] == wanted
    assert all(each.place.path.endswith(".dockerignore") for each in found)


def test_what_git_tracks_further_down_is_meant(tmp_path: Path) -> None:
    write_context(tmp_path, "web/node_modules/a.js\n.dockerignore: node_modules\n")
    git(tmp_path, "init", "-q")
    assert len(check(tmp_path, "context/ignore-lint", COPY_ALL)) == 1
    git(tmp_path, "add", "-f", ".")
    assert check(tmp_path, "context/ignore-lint", COPY_ALL) == []


def test_what_no_copy_takes_is_not_sent(tmp_path: Path) -> None:
    listing = "web/node_modules/a.js\nweb/a.ts\napi/a.py\n.dockerignore: node_modules\n"
    for copy, wanted in (
        ("COPY api /app", []),
        ("COPY web /app", [1]),
        ("COPY . /app", [1]),
        ("RUN --mount=target=. make", [1]),
    ):
        found = check(tmp_path, "context/ignore-lint", f"FROM debian:12\n{copy}\n", listing)
        assert [each.place.start.line for each in found] == wanted


def test_a_suffix_that_nothing_has_is_an_info(tmp_path: Path) -> None:
    ignored = ".dockerignore: .swp\\n.log\n"
    found = check(tmp_path, "context/ignore-lint", COPY_ALL, f"{ignored}a.log\n")
    assert [str(each.severity) for each in found] == ["info", "warning"]


def test_a_suffix_that_is_a_folders_name_too(tmp_path: Path) -> None:
    ignored = ".dockerignore: .cache\\n.tmp\n"
    assert check(tmp_path, "context/ignore-lint", COPY_ALL, f"{ignored}keep.md\n") == []
    [found] = check(tmp_path, "context/ignore-lint", COPY_ALL, f"{ignored}keep.md\na/b.tmp\n")
    assert "`.tmp` matches only a file of exactly that name" in found.message

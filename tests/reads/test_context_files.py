"""Which of a context's files an install can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.context import open_worktree
from dlint.reads.context_files import Reader, commands_in, json_in

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = '{"scripts": {"build": "vite build"}}'


@pytest.mark.parametrize(
    ("ignored", "is_read"),
    [("", True), ("*.md", True), ("package.json", False), ("web", False)],
)
def test_what_the_ignore_file_leaves_out_is_not_read(
    tmp_path: Path, ignored: str, *, is_read: bool
) -> None:
    (tmp_path / "web").mkdir()
    for folder in (tmp_path, tmp_path / "web"):
        (folder / "package.json").write_text(_TEXT)
    (tmp_path / ".dockerignore").write_text(f"**/{ignored}\n" if ignored else "")
    context = open_worktree(tmp_path)
    path = "web/package.json"
    assert (Reader(context).read(path) is not None) is is_read
    assert bool(commands_in(context, path)) is is_read
    assert bool(json_in(context, path)) is is_read


@pytest.mark.parametrize("path", ["other.json", "../package.json", "web"])
def test_what_is_no_file_of_the_context_is_not_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "context" / "web").mkdir(parents=True)
    (tmp_path / "package.json").write_text(_TEXT)
    assert Reader(open_worktree(tmp_path / "context")).read(path) is None

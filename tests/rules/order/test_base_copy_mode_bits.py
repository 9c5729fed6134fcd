"""Whose modes order/base-copy-mode-bits reports, and what it writes for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/base-copy-mode-bits")


def test_modes_of_tracked_files(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a /a/\nCOPY b /b/\nCOPY --chmod=644 c /c/\n"
    context = "a/x 9kB mode 664\nb/x 3kB mode 666\nb/y 3kB mode 644\nc/x mode 666\n"
    found = check(tmp_path, text=text, context=context)
    assert found.lines == [2]
    commit(tmp_path)
    (tmp_path / "a/new").write_text("not tracked")
    (tmp_path / "a/new").chmod(0o666)
    assert found.messages[0].startswith("a file is writable")


@pytest.mark.parametrize(
    ("context", "fixed"),
    [
        ("a mode 664\nb mode 666", "COPY --chmod=644 x/a x/b /y/"),
        ("a mode 775\nb mode 775", "COPY --chmod=755 x/a x/b /y/"),
        ("a mode 664\nb mode 755", "COPY x/a x/b /y/"),
    ],
)
def test_the_mode_that_is_written(tmp_path: Path, context: str, fixed: str) -> None:
    listing = "".join(f"x/{line}\n" for line in context.splitlines())
    text = "FROM debian:12\nCOPY x/a x/b /y/\n"
    assert check(tmp_path, text=text, context=listing).fixed == f"FROM debian:12\n{fixed}\n"
    folder = "FROM debian:12\nCOPY x /y/\n"
    assert check(tmp_path, text=folder, context=listing).fixed == folder


def test_an_old_syntax_knows_no_mode(tmp_path: Path) -> None:
    text = "# syntax=docker/dockerfile:1.1\nFROM debian:12\nCOPY x/a /y/\n"
    assert check(tmp_path, text=text, context="x/a mode 664\n").fixed == text

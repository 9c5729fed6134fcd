"""What git's objects hold: whoever made a repository may have written them without git.

Git itself refuses to check out what is refused here, and takes an odd mode for the nearest one that
it knows (`canon_mode` and `verify_path` of its source).
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER, LINK = 0o040000, 0o120000  # the modes of a tree and of a symbolic link
FILE, EXECUTABLE, SUBMODULE = 0o100644, 0o100755, 0o160000
# Levels of folders: a path of more cannot be named to Linux at once (PATH_MAX is 4,096 bytes), and
# the deepest of npm's and Java's have some 30.
DEEPEST = 250
# Bytes of an object that is read: GitHub takes no file above 100 MB.
LARGEST = 1 << 28
# Paths of a revision's folder; Chromium has some 500,000. Trees that name one another may hold any
# number.
MOST_PATHS = 1_000_000
LAST_SECOND = 253_402_300_799  # of the year 9999, up to which dates can be shown
_NO_NAMES = frozenset(("", ".", "..", ".git"))


MODE_DIGITS = 7  # of a mode in octal: git writes five or six


class Object(NamedTuple):
    """One entry of a git tree: `mode` as git writes it (0o100644), `id` the object's."""

    mode: int
    name: str
    id: str


def read_tree(content: bytes, width: int, known: dict[bytes, Object]) -> Iterator[Object]:
    """Read a tree object: mode, name and an id of `width` bytes each; raises ValueError for what is
    none.

    `known` keeps what was read: the trees of another commit share most of it.
    """
    at = 0
    while at < len(content):
        start, at = at, content.index(b"\0", at) + 1 + width
        written = content[start:at]
        found = known.get(written)
        if found is None:
            if at > len(content):
                raise ValueError("a truncated tree")
            found = known[written] = _object(written, width)
        yield found


def _object(written: bytes, width: int) -> Object:
    mode, _, name = written[: -width - 1].partition(b" ")
    if not mode.isdigit():
        raise ValueError(f"{mode!r} is no mode of a file")
    return Object(
        _mode(int(mode[:MODE_DIGITS], 8)), _name(os.fsdecode(name)), written[-width:].hex()
    )


def tree_of(commit: bytes) -> str:
    """Return the id of a commit's tree; raises ValueError."""
    word, _, identity = commit.partition(b"\n")[0].partition(b" ")
    if word != b"tree":
        raise ValueError("a commit without a tree")
    return identity.decode("ascii")


def seconds(text: str) -> int:
    """Read a commit's time, in seconds since 1970; 0 for one that no calendar has."""
    when = int(text) if text.isdecimal() and len(text) <= len(str(LAST_SECOND)) else 0
    return when if when <= LAST_SECOND else 0


def _mode(mode: int) -> int:
    match stat.S_IFMT(mode):
        case stat.S_IFREG:
            return EXECUTABLE if mode & stat.S_IXUSR else FILE
        case stat.S_IFDIR:
            return FOLDER
        case stat.S_IFLNK:
            return LINK
        case _:
            return SUBMODULE


def _name(name: str) -> str:
    if name.lower() in _NO_NAMES or "/" in name:
        raise ValueError(f"{name!r} is no name of a file")
    return name

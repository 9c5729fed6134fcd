"""Who owns a file, by the repository's CODEOWNERS: the last line that matches decides.

Patterns are matched by the builder's own matcher of ignore files, which takes no longer for a
hostile one. Sources: GitHub's and GitLab's documentation, "About code owners" and "Code Owners
syntax and error handling".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.context.moby import Patterns
from dlint.text.repository_files import read_if_there
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Where the file is looked for; the first that is there counts.
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
MOST_LINES = 5000  # GitHub reads no file of more than 3 MB
LONGEST = 200  # characters of an owner


class _Line(NamedTuple):
    """`flat` is a line whose pattern takes what is in a folder and nothing below (`docs/*`)."""

    patterns: Patterns
    owners: tuple[str, ...]
    flat: bool

    def takes(self, path: str) -> bool:
        return bool(self.patterns.matching(path)) if self.flat else self.patterns.excludes(path)


class Owners:
    """The owners that a repository names."""

    def __init__(self, text: str) -> None:
        """Read a CODEOWNERS file; a line that nobody can read is left out."""
        self._lines = list(_read(text))

    @classmethod
    def of(cls, root: Path) -> Owners:
        """Read the file of the repository at `root`; nobody owns anything where there is none."""
        found = (read_if_there(root / place) for place in PLACES)
        return cls(
            next((data for data in found if data is not None), b"").decode("utf-8", "replace")
        )

    def of_path(self, path: str) -> list[str]:
        """Return the owners of a file, by its path from the root."""
        for line in reversed(self._lines):
            if line.takes(path):
                return list(line.owners)
        return []


def _read(text: str) -> Iterator[_Line]:
    section: tuple[str, ...] = ()
    for line in text.splitlines()[:MOST_LINES]:
        words = line.partition(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(("[", "^[")):  # a section of GitLab, with those who own by default
            section = tuple(_owners(line.rpartition("]")[2].split()))
            continue
        try:
            patterns = Patterns([_pattern(words[0])])
        except ValueError:
            continue
        flat = words[0].endswith("/*")
        yield _Line(patterns, tuple(_owners(words[1:])) or section, flat)


def _owners(words: list[str]) -> Iterator[str]:
    return (word[:LONGEST] for word in words if "@" in word)


def _pattern(text: str) -> str:
    """Write a pattern as ignore files of builders have it: they count from the root, always."""
    inner = text.rstrip("/")
    return inner.lstrip("/") if "/" in inner else f"**/{inner}"

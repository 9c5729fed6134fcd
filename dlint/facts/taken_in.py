"""Folders that an ignore file takes in again, and parts of them that it names as well: a pattern
for a folder holds for all that is in it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.ignoring import is_sent
from dlint.syntax import Transfer
from dlint.text.paths import above, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set as AbstractSet

    from dlint.model.build import Build

_ALL = frozenset(("*", "**"))
_VARIED = regex(r"[*?\[\\]")


class TakenIn(NamedTuple):
    """A folder of the context that pattern `number` takes in again with all that is in it, though
    patterns after it name `parts`; the files outside of those are `size` bytes, not compressed.
    """

    number: int
    folder: str
    parts: tuple[str, ...]
    size: int


def taken_in_whole(build: Build) -> Iterator[TakenIn]:
    """Yield the folders, sent to a builder, of which patterns name parts though one before them
    takes in all, where nothing is in between that leaves out, and no COPY names the folder.
    """
    ignore, entries = build.context.ignore, build.context.entries
    patterns = ignore.patterns.patterns if ignore else ()
    for number, named in _parts_after(patterns).items():
        folder = patterns[number].removeprefix("!")
        parts = dict.fromkeys(each.removesuffix("/**") for each in named)
        is_folder = folder in entries and entries[folder].kind == "dir"
        is_meant = folder in parts or any(map(_VARIED.search, parts))
        if is_folder and not is_meant and is_sent(build, folder) and not _is_copied(build, folder):
            yield TakenIn(number, folder, tuple(parts), _size_beside(build, folder, parts.keys()))


def _is_copied(build: Build, folder: str) -> bool:
    """Tell whether a COPY names the folder, or something in it, and so may need what is there."""
    for each in filter(build.live_stage, build.dockerfile.instructions):
        if isinstance(each, Transfer) and each.from_ is None:
            for word in each.sources:
                path = posixpath.normpath("/" + (build.expand(each, word.text) or "")).strip("/")
                if within(path, folder):
                    return True
    return False


def _parts_after(patterns: Sequence[str]) -> dict[int, list[str]]:
    """Return what patterns take in again below what one right before them takes in, by the number
    of that one, where a pattern has left out all.
    """
    found: dict[int, list[str]] = {}
    first = next((at for at, each in enumerate(patterns) if each in _ALL), len(patterns))
    before: dict[str, int] = {}
    for number in range(first, len(patterns)):
        path = patterns[number].removeprefix("!")
        if path == patterns[number]:
            before = {}
            continue
        for folder in above(path):
            if folder in before:
                found.setdefault(before[folder], []).append(path)
        before.setdefault(path, number)
    return found


def _size_beside(build: Build, folder: str, parts: AbstractSet[str]) -> int:
    """Return how large the files of a folder are that are in none of its parts."""
    files = (each for each in build.context.below(folder) if each.kind == "file")
    return sum(each.size for each in files if parts.isdisjoint((each.path, *above(each.path))))

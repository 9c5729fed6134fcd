"""What packages weigh, with all that they need: tables that were measured once and stand beside
this file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


class Entry(NamedTuple):
    """One package: its archive's size in kB (1,000 bytes, compressed), what it needs, and what it
    recommends; the versions before `since` weigh much less or more.
    """

    kilobytes: int
    needs: tuple[str, ...]
    recommends: tuple[str, ...] = ()
    since: str = ""


class Catalogue:
    """Packages of one distribution, as many as are often installed, with all that these need."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        """Look things up in `entries`."""
        self._entries = entries

    def __contains__(self, name: object) -> bool:
        """Tell whether a package is in the table."""
        return name in self._entries

    def is_unlike(self, name: str, version: str) -> bool:
        """Tell whether a version of a package is older than all that weigh about as much; not where
        it is none.
        """
        entry = self._entries.get(name)
        if entry is None or not entry.since or not _RELEASE.match(version):
            return False
        return _numbers(version) < _numbers(entry.since)

    def kilobytes(self, names: Iterable[str], there: Collection[str] = ()) -> int:
        """Return what `names` and all that they need take up, less what came with the packages that
        are `there`.
        """
        return self.weight(self.closure(names) - self.closure(there))

    def each(
        self, names: Iterable[str], there: Collection[str] = (), *, alone: bool = False
    ) -> list[int]:
        """Return the kB of each package that comes with `names`, but for what came with those that
        are `there`; of the names themselves where they come `alone`.
        """
        wanted = {name for name in names if name in self} if alone else self.closure(names)
        new = wanted - self.closure(there)
        return [self._entries[name].kilobytes for name in sorted(new)]

    def weight(self, names: Iterable[str]) -> int:
        """Return what packages of the table take up, without what they need."""
        return sum(self._entries[name].kilobytes for name in names)

    def closure(
        self,
        names: Iterable[str],
        *,
        recommended: bool = False,
        there: Collection[str] = frozenset(),
    ) -> set[str]:
        """Return what comes with `names`: all that they need, and what these recommend if asked
        for.

        Names that the table lacks are left out, and with each package that is `there` what comes
        with it.
        """
        found: set[str] = set()
        todo = [name for name in names if name in self._entries]
        while todo:
            name = todo.pop()
            if name not in found and name not in there:
                found.add(name)
                entry = self._entries[name]
                todo.extend((*entry.needs, *entry.recommends) if recommended else entry.needs)
        return found


_RELEASE = regex(r"(\d{1,9}(?:\.\d{1,9}){0,9})[^*]*\Z")  # what follows is a candidate's number


def _numbers(version: str) -> list[int]:
    release = _RELEASE.match(version)
    return [int(each) for each in release[1].split(".")] if release else []


@cache
def catalogue(name: str) -> Catalogue:
    """Return the table called `name`.

    Each of its lines is a package, its kB, the names of what it needs, and behind a `+` of what it
    recommends. Behind an `@` of the kB stands since which version.
    """
    text = Path(__file__).with_name(f"{name}.txt").read_text("utf-8")
    rows = (line.partition(" + ") for line in text.splitlines() if not line.startswith("#"))
    split = ((needs.split(), tuple(recommends.split())) for needs, _, recommends in rows)
    return Catalogue({row[0]: _entry(row, recommends) for row, recommends in split})


def _entry(row: Sequence[str], recommends: tuple[str, ...]) -> Entry:
    kilobytes, _, since = row[1].partition("@")
    return Entry(int(kilobytes), tuple(row[2:]), recommends, since)

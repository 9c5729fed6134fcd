"""What packages weigh, with all that they need: tables that were measured once and stand beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Entry(NamedTuple):
    """One package: its archive's size in kB (1,000 bytes, compressed), and what it needs besides."""

    kilobytes: int
    needs: tuple[str, ...]


class Catalogue:
    """Packages of one distribution, as many as are often installed, with all that these need."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        """Look things up in `entries`."""
        self._entries = entries

    def __contains__(self, name: object) -> bool:
        """Tell whether a package is in the table."""
        return name in self._entries

    def kilobytes(self, names: Iterable[str], there: Collection[str] = ()) -> int:
        """Return what `names` and all that they need take up, less what came with the packages that are `there`."""
        return sum(self._entries[name].kilobytes for name in self._all(names) - self._all(there))

    def alone(self, name: str) -> int:
        """Return what one package takes up without what it needs."""
        return self._entries[name].kilobytes

    def _all(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        todo = [name for name in names if name in self._entries]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self._entries[name].needs)
        return found


@cache
def catalogue(name: str) -> Catalogue:
    """Return the table called `name`; each of its lines is a package, its kB, and the names of what it needs."""
    text = Path(__file__).with_name(f"{name}.txt").read_text("ascii")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return Catalogue({row[0]: Entry(int(row[1]), tuple(row[2:])) for row in rows})

"""Numbers noted at paths, looked up by how these stand to another path.

What steps put where is asked once for each step: walking over all of it would take time with the
square of the steps.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Folder:
    __slots__ = ("inner", "least", "numbers")

    def __init__(self) -> None:
        self.numbers: list[int] = []  # noted here, in order
        self.least: int | None = None  # of those noted here and below
        self.inner: dict[str, _Folder] = {}


class Places:
    """A tree of paths, absolute and clean ones; `/` is the folder of all."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._root = _Folder()

    def note(self, path: str, number: int) -> None:
        """Note a number at a path."""
        here = self._root
        _lower(here, number)
        for part in _parts(path):
            here = here.inner.setdefault(part, _Folder())
            _lower(here, number)
        insort(here.numbers, number)

    def first_below(self, path: str) -> int | None:
        """Return the lowest number noted at or below `path`."""
        found = self._at(path)
        return found.least if found else None

    def first_above(self, path: str) -> int | None:
        """Return the lowest number noted at `path`, or at a folder that holds it."""
        return min((each.numbers[0] for each in self._way(path) if each.numbers), default=None)

    def last_above(self, path: str, before: int) -> int | None:
        """Return the highest number below `before` that is noted at `path`, or at a folder that
        holds it.
        """
        counts = ((each.numbers, bisect_left(each.numbers, before)) for each in self._way(path))
        return max((numbers[count - 1] for numbers, count in counts if count), default=None)

    def above(self, path: str) -> list[int]:
        """Return the numbers noted at `path` and at the folders that hold it, in order."""
        return sorted({number for each in self._way(path) for number in each.numbers})

    def first_nested(self, path: str) -> int | None:
        """Return the lower of both."""
        found = (self.first_above(path), self.first_below(path))
        return min((each for each in found if each is not None), default=None)

    def nested(self, path: str) -> list[int]:
        """Return all numbers noted at, below, or in folders above `path`, in order."""
        way = list(self._way(path))
        found = {number for each in way for number in each.numbers}
        todo = [last] if (last := self._at(path)) else []
        while todo:
            here = todo.pop()
            found.update(here.numbers)
            todo.extend(here.inner.values())
        return sorted(found)

    def _at(self, path: str) -> _Folder | None:
        here: _Folder | None = self._root
        for part in _parts(path):
            here = here.inner.get(part) if here else None
        return here

    def _way(self, path: str) -> Iterator[_Folder]:
        here = self._root
        yield here
        for part in _parts(path):
            found = here.inner.get(part)
            if found is None:
                return
            here = found
            yield here


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _lower(folder: _Folder, number: int) -> None:
    if folder.least is None or number < folder.least:
        folder.least = number

"""Many small mappings as one, which is put together when somebody looks into it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from itertools import filterfalse
from os.path import commonprefix

from dlint.text.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, ItemsView, Iterator, Sequence


_AFTER_SLASH = chr(ord("/") + 1)


class Table(dict[str, str]):
    """A mapping by paths, which tells at a glance where none of them stands."""

    @lazy
    def _names(self) -> list[str]:
        return sorted(self)

    @lazy
    def shared(self) -> str:
        """Return what all of its paths begin with."""
        return commonprefix([self._names[0], self._names[-1]]) if self else "\0"  # noqa: RUF071  of characters

    def below(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield the items at a path and below it."""
        if folder in self:
            yield folder, self[folder]
        for name in _beginning(self._names, folder.rstrip("/")):
            yield name, self[name]


def _beginning(names: Sequence[str], folder: str) -> Sequence[str]:
    """Return those of sorted names that begin with a folder and its slash."""
    return names[bisect_left(names, f"{folder}/") : bisect_left(names, f"{folder}{_AFTER_SLASH}")]


class Merged(Mapping[str, str]):
    """What `read` gives of each of `parts`, the later over the earlier."""

    def __init__(self, parts: Sequence[object], read: Callable[[object], Table]) -> None:
        """Look into nothing yet."""
        self._parts = parts
        self._read = read

    @lazy
    def _whole(self) -> Mapping[str, str]:
        return self._of(self._parts)

    def _of(self, parts: Sequence[object]) -> Mapping[str, str]:
        if len(parts) == 1:
            return self._read(parts[0])
        found: dict[str, str] = {}
        for part in parts:
            found.update(self._read(part))
        return found

    def __getitem__(self, name: str) -> str:
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)

    def __bool__(self) -> bool:
        return any(map(self._read, self._parts))

    def items(self) -> ItemsView[str, str]:
        """Return its items, as a dictionary does."""
        return self._whole.items()

    def __contains__(self, name: object) -> bool:
        return any(name in table for table in map(self._read, self._parts))

    def below(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield the items at a path and below it; a later one stands over an earlier one."""
        for at in self._reaching(folder.rstrip("/")):
            yield from self._read(self._parts[at]).below(folder)

    def _reaching(self, folder: str) -> list[int]:
        """Return the numbers of the parts that may have something at a folder or below it: all of
        their paths begin with it, or with a part of its path.
        """
        above = [folder[:end] for end in range(len(folder) + 1)]
        starts = [*above, *_beginning(self._ordered, folder)]
        return sorted(at for start in starts for at in self._starts.get(start, ()))

    @lazy
    def _starts(self) -> Mapping[str, Sequence[int]]:
        """Return the numbers of the parts by what all of their paths begin with."""
        found: dict[str, list[int]] = {}
        for at, table in enumerate(map(self._read, self._parts)):
            found.setdefault(table.shared, []).append(at)
        return found

    @lazy
    def _ordered(self) -> Sequence[str]:
        return sorted(self._starts)

    @lazy
    def _by_id(self) -> Mapping[int, object]:
        return dict(zip(map(id, self._parts), self._parts, strict=True))

    def apart(self, other: Merged) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return what of each of two the other one does not have as the very same part."""
        return self._without(other), other._without(self)

    def _without(self, other: Merged) -> Mapping[str, str]:
        own, others = self._by_id, other._by_id
        return self._of([own[each] for each in filterfalse(others.__contains__, own)])


def differing(new: Mapping[str, str], old: Mapping[str, str]) -> set[str]:
    """Return the names that only one of two mappings has, or whose values differ; parts that both
    have are not looked into.
    """
    one, other = new, old
    if isinstance(new, Merged) and isinstance(old, Merged):
        one, other = new.apart(old)
    found = {name for name, value in one.items() if other.get(name) != value}
    return found.union(name for name in other if name not in one)

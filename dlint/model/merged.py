"""Many small mappings as one, which is put together when somebody looks into it."""

from __future__ import annotations

from collections.abc import Mapping
from os.path import commonprefix

from dlint.syntax.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, ItemsView, Iterator, Sequence


class Table(dict[str, str]):
    """A mapping by paths, which tells at a glance where none of them stands."""

    @lazy
    def shared(self) -> str:
        """Return what all of its paths begin with."""
        return commonprefix([min(self), max(self)]) if self else "\0"  # noqa: RUF071  of characters


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
        inside = folder.rstrip("/") + "/"
        for table in map(self._read, self._parts):
            if table.shared.startswith(inside):
                yield from table.items()
            elif inside.startswith(table.shared):
                for path, value in table.items():
                    if path == folder or path.startswith(inside):
                        yield path, value

    def apart(self, other: Merged) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return what of each of two the other one does not have as the very same part."""
        own = {id(part): part for part in self._parts}
        others = {id(part): part for part in other._parts}
        return (
            self._of([own[each] for each in own if each not in others]),
            other._of([others[each] for each in others if each not in own]),
        )


def differing(new: Mapping[str, str], old: Mapping[str, str]) -> set[str]:
    """Return the names that only one of two mappings has, or whose values differ; parts that both
    have are not looked into.
    """
    one, other = new, old
    if isinstance(new, Merged) and isinstance(old, Merged):
        one, other = new.apart(old)
    found = {name for name, value in one.items() if other.get(name) != value}
    return found.union(name for name in other if name not in one)

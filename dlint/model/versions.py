"""What thousands of instructions make of one mapping, an entry each: all versions together take up
little more than the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlint.typed import TypeVar

V = TypeVar("V")
FEW = 64  # entries that are copied, as all variables of most Dockerfiles


def having(values: Mapping[str, V], changes: Mapping[str, V | None]) -> Mapping[str, V]:
    """Return `values` with others in it, and without those that are None now."""
    if len(values) + len(changes) > FEW:
        return _Version(values, changes)
    merged = {**values, **changes}
    return {name: value for name, value in merged.items() if value is not None}


class _Version(Mapping[str, V]):
    """Levels of changes, the newest first; each is at least twice as large as the one before it, so
    that there are few.
    """

    __slots__ = ("_count", "levels")

    def __init__(self, values: Mapping[str, V], changes: Mapping[str, V | None]) -> None:
        below = values.levels if isinstance(values, _Version) else (values,)
        top = dict(changes)
        while below and len(below[0]) < 2 * len(top):
            top = {**below[0], **top}
            below = below[1:]
        self.levels: tuple[Mapping[str, V | None], ...] = (top, *below)
        there = sum(value is not None for value in changes.values())
        self._count = len(values) + there - sum(name in values for name in changes)

    def __getitem__(self, name: str) -> V:
        for level in self.levels:
            if name in level:
                value = level[name]
                if value is None:
                    break
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        merged: dict[str, V | None] = {}
        for level in reversed(self.levels):
            merged.update(level)
        return (name for name, value in merged.items() if value is not None)

    def __len__(self) -> int:
        return self._count

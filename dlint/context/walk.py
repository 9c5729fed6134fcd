"""What was found below the folders of a revision, kept so that the next revision walks only what
differs.
"""

from __future__ import annotations

from collections.abc import Mapping, ValuesView
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator

    from dlint.context.base import Entry, Listing
    from dlint.context.moby import Match

# A tree's id or a commit's, the patterns, how they fall on the folder, whether files may be in Git
# LFS.
Facts = tuple["str | None", "tuple[str, ...] | None", "Match | None", bool]


class Walk(NamedTuple):
    """What stands below a folder: all of it in parts, and the walks of the folders directly in it
    by their paths.

    `facts` are what it depends on, `direct` the parts that hold what stands directly in it,
    `matches` how the patterns of the ignore file fall on that, `paths` how many stand below in all.
    """

    facts: Facts
    listings: tuple[Listing, ...]
    inside: Mapping[str, Walk]
    direct: tuple[Listing, ...]
    matches: Mapping[str, Match]
    paths: int

    def find(self, path: str) -> Entry | None:
        """Return what stands at a path, relative to the root that this is the walk of."""
        here: Walk | None = self
        at = path.find("/")
        while at >= 0 and here is not None:
            here = here.inside.get(path[:at])
            at = path.find("/", at + 1)
        found = (listing.by_path.get(path) for listing in here.direct) if here else iter(())
        return next((each for each in found if each is not None), None)


class _Entries(ValuesView["Entry"]):
    """The entries of a walk, which nobody needs to put into one table to go through them."""

    def __init__(self, walked: Walked, walk: Walk) -> None:
        super().__init__(walked)
        self._walk = walk

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self._walk.listings)


class Walked(Mapping[str, "Entry"]):
    """What a walk has found, by path: put together when somebody goes through all of it."""

    def __init__(self, walk: Walk) -> None:
        """Look at nothing yet."""
        self._walk = walk

    @cached_property
    def _whole(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for listing in self._walk.listings:
            found.update(listing.by_path)
        return found

    def __getitem__(self, path: str) -> Entry:
        found = self._walk.find(path)
        if found is None:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)

    def values(self) -> ValuesView[Entry]:
        """Return its entries, as a dictionary does."""
        return _Entries(self, self._walk)

    def items(self) -> ItemsView[str, Entry]:
        """Return its items, as a dictionary does."""
        return self._whole.items()

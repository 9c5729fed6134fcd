"""What a COPY or ADD writes: paths, the tar that holds them, its size and its DiffID."""

from __future__ import annotations

import posixpath
from collections import Counter
from itertools import chain
from operator import attrgetter

from dlint.bytes import tar
from dlint.bytes.item import CopiedItem, Item, Items, LinkedItem, MadeItem
from dlint.bytes.landed import Landing
from dlint.bytes.tar import Member
from dlint.text.lazy import lazy
from dlint.text.paths import above
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Set as AbstractSet,
    )
    from typing import Any, BinaryIO

    from dlint.bytes.archive import Unpacked
    from dlint.bytes.compress import CompressedSizes
    from dlint.bytes.formats import FormatSizes
    from dlint.bytes.landed import Landed
    from dlint.context import BuildContext


MADE = 1 << 16  # members of a tar, a kilobyte each, that are kept for the next revision


class _InArchive(NamedTuple):
    """The content of a file that ADD unpacks."""

    context: BuildContext
    archive: str
    path: str
    reader: Callable[[], BinaryIO]

    def open(self) -> BinaryIO:
        return self.reader()

    def name(self) -> str:
        return f"{self.context.content_id(self.archive)}/{self.path}"


class Selection:
    """What a COPY or ADD writes, and how large that is. Content is read when a size or a digest is
    asked for.

    `entries` are what lands, in the tar's order, folders among them. `parents` are the folders that
    stand in the tar only since something below them is written: their time is that of the build.
    `created` are those of them that the builder makes. `archives` tells which context files are
    unpacked, and to which folder. `failures` say what fails the build; `unmatched` are wildcards
    that take nothing, which fails nothing. `landings` are given instead of the entries where these
    are one folder's: no hard links, and all `parents` above the first of them.
    """

    def __init__(  # noqa: PLR0913  all that one COPY comes to
        self,
        context: BuildContext,
        entries: tuple[Landed, ...] = (),
        *,
        parents: tuple[str, ...] = (),
        created: tuple[str, ...] = (),
        archives: Mapping[str, str] | None = None,
        failures: tuple[str, ...] = (),
        unmatched: tuple[str, ...] = (),
        landings: tuple[Landing, ...] = (),
    ) -> None:
        self.context = context
        self._entries = entries
        self.landings = landings or (Landing(entries),)
        self._is_one_folder = bool(landings)
        self.parents = parents
        self.created = created
        self.archives = archives or {}
        self.failures = failures
        self.unmatched = unmatched
        self.compressor = "gzip"  # the builder's, as `dlint.bytes.compress` calls it
        self.is_placed = True  # it is known where in the image the paths are
        # of what `without` returns: what it lacks of the selection that it was made of
        self.left_out: frozenset[str] = frozenset()
        # whatever an asker worked out of it and likes to find again, under a key of its own
        self.known: dict[object, Any] = {}
        # the last answer, and whom it was given to
        self._compressed: tuple[CompressedSizes | FormatSizes, int] | None = None

    @lazy
    def entries(self) -> tuple[Landed, ...]:
        """All that lands, in the tar's order, folders among it."""
        return self._entries or tuple(chain.from_iterable(self.landings))

    @lazy
    def files(self) -> tuple[Landed, ...]:
        """What lands of files: neither folders nor links nor what else there is."""
        return tuple(landed for landed in self.entries if landed.entry.kind == "file")

    def without(self, unchanged: Collection[str]) -> Selection:
        """Return what a layer holds of it where the files at the paths `unchanged` are there
        already, the same.

        A folder that holds nothing else is left out with them.
        """
        folders = set(_holders(unchanged))
        there = folders.union(unchanged)
        touched = {*self.holding(there, {path.rpartition("/")[0] for path in there})}
        files = [path for at in touched for path in self.landings[at].files.intersection(unchanged)]
        lost = Counter(_holders(files))
        kept = {each for each in folders if self._holds_more(each, lost[each])}
        gone = there.difference(kept, _holders(self.archives.values()))
        rest = [
            each.without(gone) if at in touched else each for at, each in enumerate(self.landings)
        ]
        found = Selection(
            self.context,
            () if self._is_one_folder else rest[0],
            landings=tuple(filter(None, rest)) if self._is_one_folder else (),
            parents=tuple(folder for folder in self.parents if folder not in gone),
            created=tuple(folder for folder in self.created if folder not in there),
            archives=self.archives,
            failures=self.failures,
            unmatched=self.unmatched,
        )
        found.compressor = self.compressor
        found.is_placed = self.is_placed
        found.left_out = frozenset(gone)
        return found

    def holding(self, paths: Collection[str], folders: AbstractSet[str]) -> list[int]:
        """Return the numbers of the landings that hold one of `paths`, all of which stand in
        `folders`.
        """
        landings = self.landings
        near = [at for at, each in enumerate(landings) if not folders.isdisjoint(each.folders)]
        return [at for at in near if not landings[at].paths.isdisjoint(paths)]

    def _holds_more(self, folder: str, files: int) -> bool:
        """Tell whether more than so many files land below a folder."""
        found = 0
        for landing in self.landings:
            found += landing.held.get(folder, 0)
            if found > files:
                return True
        return False

    @lazy
    def sources(self) -> tuple[str, ...]:
        """The context's paths that it takes, archives too: they alone decide the content."""
        return tuple(dict.fromkeys([*(landed.source for landed in self.entries), *self.archives]))

    @lazy
    def items(self) -> tuple[Item, ...] | None:
        """The members of the layer's tar in order; None where an archive cannot be looked into."""
        parts = self._parts
        if parts is None:
            return None
        return parts[0] if len(parts) == 1 else tuple(chain.from_iterable(parts))

    @lazy
    def _parts(self) -> tuple[Items, ...] | None:
        parents = Items(MadeItem(Member(path, "dir"), known=False) for path in self.parents)
        if self._is_one_folder:
            return (
                parents,
                *[landing.known.get(Item) or self._items_of(landing) for landing in self.landings],
            )
        copied = self._landed(self.entries)
        if not self.archives:
            from heapq import merge

            return (Items(merge(parents, copied, key=attrgetter("sort_key"))),)
        found = {item.path: item for item in chain(parents, copied)}
        for source, place in self.archives.items():
            unpacked = self._unpacked(source, place)
            if unpacked is None:
                return None
            for item in unpacked:
                path = item.path
                while (path := posixpath.dirname(path)) and path not in found:
                    found[path] = MadeItem(Member(path, "dir"), known=False)
                found[item.path] = item
        return (Items(sorted(found.values(), key=attrgetter("sort_key"))),)

    def _items_of(self, landing: Landing) -> Items:
        found = landing.known[Item] = Items(self._landed(landing))
        return found

    def _landed(self, entries: Iterable[Landed]) -> Iterator[Item]:
        first: dict[tuple[int, int], str] = {}
        made, contents = self.context.made, self.context.contents
        for landed in entries:
            known = made.get(landed)
            if known is not None:
                yield known
                continue
            linked = first.setdefault(landed.group, landed.path) if landed.group[0] else landed.path
            if linked == landed.path:
                item = CopiedItem(contents, landed)
            else:
                item = LinkedItem(contents, landed, linked)
            if landed.entry.identity:
                if len(made) >= MADE:
                    made.clear()
                made[landed] = item
            yield item

    def _unpacked(self, source: str, place: str) -> Iterator[Item] | None:
        from dlint.bytes.archive import unpack

        unpacked = unpack(self.context, self.context.entries[source])
        if unpacked is None:
            return None
        return (self._moved(each, source, place) for each in unpacked)

    def _moved(self, unpacked: Unpacked, source: str, place: str) -> Item:
        member = unpacked.member
        target = posixpath.join(place, member.target) if member.kind == "link" else member.target
        moved = member._replace(path=posixpath.join(place, member.path), target=target)
        if unpacked.open is None:
            return MadeItem(moved)
        return MadeItem(moved, _InArchive(self.context, source, member.path, unpacked.open))

    @property
    def stable(self) -> bool:
        """Whether the layer is the same blob whenever it is made from the same context on the same
        base.

        It is not where a folder's header carries the time of the build (tried on Docker 26.1.5).
        """
        return not self.parents and (
            not self.archives or all(item.known for item in self.items or ())
        )

    @property
    def opaque_bytes(self) -> int:
        """An estimate of what is not known inside: submodules, `.git` of a revision, files that Git
        LFS holds.
        """
        return sum([landing.opaque_bytes for landing in self._partly_known])

    @property
    def lacking(self) -> int:
        """How many files are not in the clone that should hold them: what is told of the layer's
        size is without them.
        """
        return sum([landing.lacking for landing in self._partly_known])

    @lazy
    def _partly_known(self) -> list[Landing]:
        """The landings with what is not known in full."""
        return [landing for landing in self.landings if landing.has_unknown]

    @lazy
    def tar_bytes(self) -> int | None:
        """The layer's size, uncompressed: exact but for what is opaque; None where an archive
        cannot be looked into, or the clone or the context lacks a file.
        """
        if self.items is None or self.lacking or self.failures:
            return None
        return len(tar.END) + sum(item.length for item in self.items) + self.opaque_bytes

    @lazy
    def diff_id(self) -> str | None:
        """The layer's DiffID, bit for bit; None where a header is not known, as the time of a made
        folder, or where the paths are.

        A builder that keeps its copy of the context from build to build gives a folder the time at
        which something in it was last sent, not the folder's own (tried on Docker 26.1.5). So a
        DiffID that a registry holds proves that the layer is there; one that it does not hold
        proves nothing where `entries` has folders.
        """
        items = self.items
        if items is None or self.failures or not self.is_placed:
            return None
        if not all(item.known for item in items):
            return None
        contents = {item.path: item.content for item in items if item.content}
        members = (item.member for item in items)
        return tar.diff_id(members, lambda member: contents[member.path].open())

    def compressed(self, sizes: CompressedSizes | FormatSizes) -> int | None:
        """Return the blob's size in bytes; `sizes` keeps what it has compressed for the next
        asker.
        """
        if self._parts is None:
            return None
        if self._compressed is None or self._compressed[0] is not sizes:
            self._compressed = (sizes, sizes.of(*self._parts) + self.opaque_bytes)
        return self._compressed[1]

    @lazy
    def gzip_bytes(self) -> int | None:
        """The blob's size in bytes as the engine's gzip makes it; of a large layer only a sample is
        compressed.
        """
        from dlint.bytes.compress import SAMPLE, CompressedSizes

        return self.compressed(CompressedSizes(sample=SAMPLE))


def _holders(paths: Iterable[str]) -> Iterator[str]:
    """Yield the folders that hold each of some paths, once for each."""
    return (folder for path in paths for folder in above(path))

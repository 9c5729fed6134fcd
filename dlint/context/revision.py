"""The context as a git revision holds it, without a checkout."""

from __future__ import annotations

import io
import zlib
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from dlint.context.base import (
    GIT_FOLDER,
    BuildContext,
    Entry,
    Listing,
    gives_to_lfs,
)
from dlint.context.git import SHA1_DIGITS, MissingObjectError
from dlint.context.ignore import NAME, first_ignore_file
from dlint.context.objects import DEEPEST, FOLDER, LINK, MOST_PATHS, SUBMODULE
from dlint.errors import DlintError
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.context.base import Content
    from dlint.context.git import Repository
    from dlint.context.moby import Match, Patterns
    from dlint.context.objects import Object
    from dlint.context.walk import Facts, Walk

MODES = {
    0o100644: 0o666,
    0o100755: 0o777,
}  # what a checkout gives, before its umask
LISTED = 64  # files of a listing, on average; a power of two


class _Blob(NamedTuple):
    """The content of a file that git has named."""

    repository: Repository
    identity: str

    def open(self) -> BinaryIO:
        return self.repository.open(self.identity)

    def name(self) -> str:
        return self.identity


def _blob(repository: Repository, entry: Entry) -> Content:
    return _Blob(repository, entry.identity)


class _Parts:
    """Divides the entries of one folder into listings; gives those again that were there before."""

    def __init__(self, before: Iterable[Listing]) -> None:
        # by the path of the first: the rest are the same objects, which need no digests to tell
        self._before = {listing[0].path: listing for listing in before}
        self.given: list[Listing] = []

    def divide(self, entries: Iterable[Entry]) -> Iterator[Listing]:
        """Yield what follows each other, divided where the names say so."""
        part: list[Entry] = []
        for entry in entries:
            part.append(entry)
            if zlib.crc32(entry.path.encode("utf-8", "surrogateescape")) % LISTED == 0:
                yield self._give(part)
                part = []
        if part:
            yield self._give(part)

    def _give(self, part: list[Entry]) -> Listing:
        listing = self._before.get(part[0].path)
        if listing is None or listing != (*part,):
            listing = Listing(part)
        self.given.append(listing)
        return listing


def _may_hold_more(excluded: Entry, patterns: Patterns | None) -> bool:
    """Tell whether the context may take something below what is excluded from it."""
    return (
        patterns is not None
        and excluded.kind == "dir"
        and patterns.may_reinclude_under(excluded.path)
    )


class RevisionContext(BuildContext):
    """The tree of a commit below a folder, as a checkout would hold it, with the permissions usual
    in this one.

    Where the folder is the repository's root, `.git` is part of the context: an opaque folder that
    no two commits share. A submodule is an opaque folder too: its files are not in this repository.
    Of a file that Git LFS holds the size is known, which its pointer tells, not the content. Of one
    that a partial clone lacks neither is: its id alone says whether it changed.
    """

    def __init__(
        self, repository: Repository, commit: str, prefix: str = "", dockerfile: str | None = None
    ) -> None:
        """Open `prefix` ("" is the root) of `commit`; `dockerfile` is a path inside the repository.

        Raises DlintError where the folder is not there, or its ignore file is malformed.
        """
        self._repository = repository
        self._commit = commit
        self._prefix = prefix
        root = repository.find(commit, prefix)
        if root is None or root.mode != FOLDER:
            raise DlintError(f"{commit[:12]}: no folder {prefix!r} to be the build context")
        self._root = root
        places = [f"{dockerfile}{NAME}"] if dockerfile else []
        places.append(f"{prefix}/{NAME}" if prefix else NAME)
        super().__init__(
            commit[:12], first_ignore_file((place, self._read_if_there(place)) for place in places)
        )
        self._folders = {"": root.id}
        self.made = repository.made
        self._folder_mode = 0o777 & ~repository.umask

    def _read_if_there(self, place: str) -> bytes | None:
        found = self._repository.find(self._commit, place)
        return self._repository.read(found.id) if found and found.mode in MODES else None

    @cached_property
    def _uses_lfs(self) -> bool:
        """Whether the attributes at the repository's root, the context's or a folder between give
        files to Git LFS.
        """
        return gives_to_lfs(self._prefix, self._read_if_there)

    def _list(self, folder: str) -> list[Entry]:
        objects = self._repository.tree(self._folders[folder]) if folder in self._folders else ()
        place = (self._prefix, folder, self._uses_lfs)
        before = self._repository.folders.get(place, {})
        new = (item.id for item in objects if item not in before and item.mode in MODES)
        sizes = self._repository.sizes(new)
        listed = {
            item: before.get(item) or self._entry(folder, item, sizes.get(item.id))
            for item in objects
        }
        self._repository.folders[place] = listed
        folders = {each.path: item.id for item, each in listed.items() if item.mode == FOLDER}
        self._folders |= folders
        entries = [*listed.values()]
        if not folder and not self._prefix:
            entries.append(self._git_folder())
        if folders or not folder:  # git puts a folder behind files whose names begin as its own
            entries.sort(key=lambda entry: entry.path.encode("utf-8", "surrogateescape"))
        return entries

    def _git_folder(self) -> Entry:
        size = self._repository.bytes_on_disk
        return Entry(GIT_FOLDER, "dir", self._folder_mode, size, identity=self._commit, opaque=True)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """What the builder is sent, by path; most of it is at hand in parts."""
        from dlint.context.walk import Walked

        return Walked(self._root_walk)

    @cached_property
    def _root_walk(self) -> Walk:
        return self._walked("", self.ignore.patterns if self.ignore else None, None)

    def _scan(self, folder: str, patterns: Patterns | None, above: Match | None) -> Iterator[Entry]:
        return chain.from_iterable(self._walked(folder, patterns, above).listings)

    def _walked(self, folder: str, patterns: Patterns | None, above: Match | None) -> Walk:
        """Walk as any context, but take a folder that stood in the revision walked before as it was
        found then.
        """
        place = (self._prefix, folder, "" if patterns is None else "ignoring")
        # the root is not only its tree: `.git` stands in it
        identity = self._folders.get(folder) if folder else self._commit
        facts = (identity, patterns.patterns if patterns else None, above, self._uses_lfs)
        known = self._repository.walks.get(place)
        if known is None or known.facts != facts:
            known = self._repository.walks[place] = self._look(
                folder, facts, patterns, above, known
            )
        return known

    def _look(
        self,
        folder: str,
        facts: Facts,
        patterns: Patterns | None,
        above: Match | None,
        before: Walk | None,
    ) -> Walk:
        from dlint.context.walk import Walk

        parts = _Parts(before.direct if before else ())
        same = before.matches if before and before.facts[1:3] == facts[1:3] else {}
        matches: dict[str, Match] = {}
        listings: list[Listing] = []
        inside: dict[str, Walk] = {}
        direct: list[Entry] = []
        entries = self._list(folder)
        paths = len(entries)
        self._require_bounded(folder, paths)
        for entry in entries:
            match = None
            if patterns:
                match = matches[entry.path] = same.get(entry.path) or patterns.match(
                    entry.path, above
                )
            excluded = match is not None and match.excluded
            if excluded and not _may_hold_more(entry, patterns):
                continue
            below: Sequence[Listing] = ()
            if entry.path in self._folders:
                walk = inside[entry.path] = self._walked(entry.path, patterns, match)
                below = walk.listings
                paths += walk.paths
                if paths > MOST_PATHS:
                    self._require_bounded(folder, paths)
            if below or not excluded:
                direct.append(entry)
            if below:
                listings += parts.divide(direct)
                listings += below
                direct.clear()
        listings += parts.divide(direct)
        return Walk(facts, tuple(listings), inside, tuple(parts.given), matches, paths)

    def _require_bounded(self, folder: str, paths: int) -> None:
        """Raise MissingObjectError where a tree is larger or deeper than any checkout."""
        if folder.count("/") > DEEPEST:
            why = f"folders stand more than {DEEPEST} deep"
        elif paths > MOST_PATHS:
            why = f"there are more than {MOST_PATHS} paths"
        else:
            return
        raise MissingObjectError(
            f"{self.label}: its files cannot be listed: {why}",
            "exclude them in the ignore file",
        )

    def below(self, path: str) -> Iterator[Entry]:
        """Yield what stands below a folder, as the walk found it."""
        return chain.from_iterable(self.listings(path))

    def listings(self, path: str) -> Sequence[Listing]:
        """Return what stands below `path` in parts that all revisions share that have them."""
        walk = self._root_walk
        parts = path.split("/") if path else []
        for end in range(1, len(parts) + 1):
            below = walk.inside.get("/".join(parts[:end]))
            if below is None:
                return ()
            walk = below
        return walk.listings

    def _entry(self, folder: str, item: Object, size: int | None) -> Entry:
        path = f"{folder}/{item.name}" if folder else item.name
        if item.mode == FOLDER:
            return Entry(path, "dir", self._folder_mode)
        if item.mode == SUBMODULE:
            return Entry(path, "dir", self._folder_mode, identity=item.id, opaque=True)
        if item.mode == LINK:
            target = self._repository.read(item.id).decode("utf-8", "surrogateescape")
            return Entry(path, "symlink", 0o777, target=target, identity=item.id)
        mode = MODES[item.mode] & ~self._repository.umask
        if size is None:
            return Entry(path, "file", mode, identity=item.id, lacking=True)
        stored = self._repository.lfs_bytes(item.id) if self._uses_lfs else None
        if stored is not None:
            return Entry(path, "file", mode, stored, identity=item.id, opaque=True)
        return Entry(path, "file", mode, size, identity=item.id)

    def open(self, path: str) -> BinaryIO:
        """Open the file `path` to read; raises DlintError where it is none."""
        found = self._repository.find(self._root.id if self._prefix else self._commit, path)
        if found is None or found.mode not in MODES:
            raise DlintError(f"{self.label}:{path}: not a file")
        return io.BytesIO(self._repository.read(found.id))

    @property
    def contents(self) -> Callable[[Entry], Content]:
        """What gives what a file holds, whichever revision of the repository it was found in: it
        keeps none of them.
        """
        # a repository of SHA-256 names its blobs otherwise than `content_id` does
        if len(self._root.id) != SHA1_DIGITS:
            return super().contents
        return partial(_blob, self._repository)

    def id_of(self, entry: Entry) -> str:
        """Return what git has named, without a look at the path."""
        return entry.identity if _is_named(entry) else super().id_of(entry)

    def _content_id(self, path: str) -> str:
        entry = self.entries.get(path)
        return entry.identity if entry and _is_named(entry) else super()._content_id(path)


def _is_named(entry: Entry) -> bool:
    """Tell whether git names a file as `content_id` does."""
    return entry.kind == "file" and len(entry.identity) == SHA1_DIGITS

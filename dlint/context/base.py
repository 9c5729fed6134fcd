"""What every build context answers, wherever it comes from."""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from bisect import bisect_right
from functools import partial
from io import BytesIO

from dlint.errors import DlintError
from dlint.text.lazy import lazy
from dlint.text.paths import above
from dlint.text.repository_files import GENERATED, bounded
from dlint.text.units import human_bytes
from dlint.text.values import NamedTuple
from dlint.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO, Literal

    Kind = Literal["file", "dir", "symlink", "special"]

    from dlint.context.ignore import IgnoreFile
    from dlint.context.moby import Match, Patterns


ATTRIBUTES = ".gitattributes"
GIT_FOLDER = ".git"
GIT_HEAD = f"{GIT_FOLDER}/HEAD"  # which stands in each
CHUNK = 1 << 20  # bytes read at once
# Bytes of a file that is read: a minute or two. GitHub's registry takes layers of 10 GB, Amazon's
# of 52.
LARGEST = 1 << 36


class Entry(NamedTuple):
    """One path of a context. `path` is relative, separated by "/"; bytes that are not UTF-8 are
    lone surrogates.
    """

    path: str
    kind: Kind
    mode: int = 0o644  # permission bits with setuid, setgid and sticky
    size: int = 0  # bytes of a file; an estimate for an opaque folder; else 0
    mtime: int | None = None  # whole seconds; None where a checkout would set it
    target: str = ""  # of a symlink
    identity: str = ""  # a git object's id; "" in a working tree
    # Its inside is not known: a submodule, `.git` of a revision, a file that Git LFS holds.
    opaque: bool = False
    # A file of a revision whose content the clone lacks: its size is not known either.
    lacking: bool = False
    inode: int = 0  # equal, and not 0, for the names of one file that has several (hard links)


class Content(Protocol):
    """What a file holds. A context of 300,000 files has as many of these."""

    def open(self) -> BinaryIO:
        """Open it to read; raises DlintError where it cannot be had."""

    def name(self) -> str:
        """Return a name that is equal for equal bytes."""


class Listing(tuple[Entry, ...]):  # noqa: SLOT001  `known` needs a dictionary
    """Entries that follow each other in a walk; `known` keeps what somebody worked out of them
    alone.
    """

    @lazy
    def known(self) -> dict[object, Any]:
        """Whatever the asker likes to find again, under a key of its own."""
        return {}

    @lazy
    def by_path(self) -> dict[str, Entry]:
        """Each by its path."""
        return {entry.path: entry for entry in self}


class BuildContext(ABC):
    """The files that a build may copy.

    Paths are relative to the context's root, which has no entry of its own.
    """

    label: str  # for people: a folder, or a revision
    ignore: IgnoreFile | None

    def __init__(self, label: str, ignore: IgnoreFile | None) -> None:
        """Keep the name and the ignore file."""
        self.label = label
        self.ignore = ignore
        # What a layer's tar holds of a file, kept by the layers: revisions of one repository share
        # it.
        self.made: dict[Any, Any] = {}
        # What builds worked out of this context, under keys that hold all else that decides it: the
        # next build of a Dockerfile that somebody edits finds it here.
        self.kept: dict[object, Any] = {}
        self._content_ids: dict[str, str] = {}

    def keep(self, key: object, work_out: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever is kept
        """Return what was worked out of this context before, or is now."""
        if key not in self.kept:
            self.kept[key] = work_out()
        return self.kept[key]

    @abstractmethod
    def _list(self, folder: str) -> list[Entry]:
        """Return what stands in one folder ("" is the root), in byte order of the names."""

    @abstractmethod
    def open(self, path: str) -> BinaryIO:
        """Open the file `path` to read. Raises DlintError where its content cannot be had."""

    def everything(self) -> Iterator[Entry]:
        """Yield all entries, also those that the ignore file leaves out, in the builder's order."""
        return self._scan("", None, None)

    def _walk(self) -> Iterator[Entry]:
        return self._scan("", self.ignore.patterns if self.ignore else None, None)

    def _scan(self, folder: str, patterns: Patterns | None, above: Match | None) -> Iterator[Entry]:
        for entry in self._list(folder):
            match = patterns.match(entry.path, above) if patterns else None
            if match is None or not match.excluded:
                yield entry
                if entry.kind == "dir":
                    yield from self._scan(entry.path, patterns, match)
            elif patterns and entry.kind == "dir" and patterns.may_reinclude_under(entry.path):
                below = self._scan(entry.path, patterns, match)
                first = next(below, None)
                if first:
                    yield entry
                    yield first
                    yield from below

    @lazy
    def entries(self) -> Mapping[str, Entry]:
        """What the builder is sent, by path, in the order of its walk: folders first, siblings in
        byte order.

        A folder that the ignore file leaves out is here if something below it is not left out.
        Raises DlintError where a folder cannot be read.
        """
        return {entry.path: entry for entry in self._walk()}

    @lazy
    def _ordered(self) -> tuple[Entry, ...]:
        return tuple(self.entries.values())

    def below(self, path: str) -> Iterator[Entry]:
        """Yield the entries below the folder `path`, all of them for ""; the folder itself is not
        among them.
        """
        if not path:
            yield from self.entries.values()
            return
        ordered, prefix = self._ordered, f"{path}/"
        first = bisect_right(ordered, walk_key(path), key=_walk_key_of)
        for at in range(first, len(ordered)):
            if not ordered[at].path.startswith(prefix):
                return
            yield ordered[at]

    def listings(self, path: str) -> Sequence[Listing] | None:  # noqa: ARG002  for those that share
        """Return what `below` yields in parts, the same objects in each context that has them;
        None: it shares none.

        There are no hard links among what is shared.
        """
        return None

    def ignored(self, path: str) -> bool:
        """Tell whether the ignore file leaves `path` out."""
        return self.ignore is not None and self.ignore.patterns.excludes(path)

    def read(self, path: str) -> bytes:
        """Return the whole content of the file `path`. Raises as `open` does, and for more than
        `GENERATED` bytes.
        """
        with self.open(path) as file:
            return bounded(file, path, GENERATED)

    @property
    def contents(self) -> Callable[[Entry], Content]:
        """What gives of a file what opens it, as `open` does, and tells its `content_id`; members
        of a tar keep it.
        """
        return partial(_held, self)

    def content_id(self, path: str) -> str:
        """Return the id that git gives a blob of this content (SHA-1): equal for equal bytes, in
        every context.

        The content of a symlink is its target, that of an opaque folder its identity.
        """
        found = self._content_ids.get(path)
        if found is None:
            found = self._content_ids[path] = self._content_id(path)
        return found

    def id_of(self, entry: Entry) -> str:
        """Return the `content_id` of one of its entries."""
        return self.content_id(entry.path)

    def _content_id(self, path: str) -> str:
        entry = self.entries.get(path)
        if entry is None or entry.kind == "file":
            if entry is not None and entry.size > LARGEST:
                raise DlintError(
                    f"{path}: is larger than the {human_bytes(LARGEST)} that dlint reads of a file",
                    "exclude it from the build context in the ignore file",
                )
            with self.open(path) as file:
                return blob_id(file)
        text = entry.identity if entry.opaque else entry.target
        data = text.encode("utf-8", "surrogateescape")
        return blob_id(BytesIO(data))


def gives_to_lfs(folder: str, read: Callable[[str], bytes | None]) -> bool:
    """Tell whether attributes that `read` gives, by their paths from the repository's root, give
    files to Git LFS: those of a folder, of the root or of one between.
    """
    own = posixpath.join(folder, ATTRIBUTES)
    places = (ATTRIBUTES, *(f"{each}/{ATTRIBUTES}" for each in above(own)))
    return any(b"filter=lfs" in (read(each) or b"") for each in places)


def walk_key(path: str) -> bytes:
    """Order paths as a walk does: a folder, then all below it, siblings in byte order."""
    return path.encode("utf-8", "surrogateescape").replace(b"/", b"\0")


def _walk_key_of(entry: Entry) -> bytes:
    return walk_key(entry.path)


class _Held(NamedTuple):
    """The content of a file of a context."""

    context: BuildContext
    path: str

    def open(self) -> BinaryIO:
        return self.context.open(self.path)

    def name(self) -> str:
        return self.context.content_id(self.path)


def _held(context: BuildContext, entry: Entry) -> Content:
    return _Held(context, entry.path)


def blob_id(file: BinaryIO) -> str:
    """Return git's id for a blob that holds all of `file`."""
    from hashlib import sha1  # loads OpenSSL

    size = file.seek(0, 2)
    file.seek(0)
    digest = sha1(b"blob %d\0" % size, usedforsecurity=False)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class EmptyContext(BuildContext):
    """No context at all: a Dockerfile from standard input."""

    def __init__(self) -> None:
        super().__init__("no context", None)

    def _list(self, folder: str) -> list[Entry]:  # noqa: ARG002  every folder is as empty
        return []

    def open(self, path: str) -> BinaryIO:
        """Fail: there is nothing to open."""
        raise DlintError(f"{path}: no build context to read it from")

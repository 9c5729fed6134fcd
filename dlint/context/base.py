"""What every build context answers, wherever it comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.context.ignore import IgnoreFile

Kind = Literal["file", "dir", "symlink", "special"]


class Entry(NamedTuple):
    """One path of a context. `path` is relative, separated by "/"; bytes that are not UTF-8 are lone surrogates."""

    path: str
    kind: Kind
    mode: int = 0o644  # permission bits with setuid, setgid and sticky
    size: int = 0  # bytes; 0 for what is no file
    mtime: int | None = None  # whole seconds; None where a checkout would set it
    target: str = ""  # of a symlink
    identity: str = ""  # a git object's id; "" for a working tree
    opaque: bool = False  # a folder whose inside is not known, such as a submodule or `.git` of a revision


class BuildContext(ABC):
    """The files that a build may copy.

    Paths are relative to the context's root, which has no entry of its own.
    """

    label: str  # for people: a folder, or a revision
    ignore: IgnoreFile | None

    @abstractmethod
    def everything(self) -> Iterator[Entry]:
        """Yield all entries, also those that the ignore file leaves out, in the builder's order."""

    @abstractmethod
    def open(self, path: str) -> BinaryIO:
        """Open the file `path`; raises DlintError where its content cannot be had."""

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """What the builder is sent, by path, in the order of its walk: parents first, siblings in byte order."""
        return {entry.path: entry for entry in self._walk()}

    @abstractmethod
    def _walk(self) -> Iterator[Entry]:
        """Yield what `entries` holds."""

    def ignored(self, path: str) -> bool:
        """Tell whether the ignore file leaves `path` out."""
        return self.ignore is not None and self.ignore.patterns.excludes(path)

    def read(self, path: str) -> bytes:
        """Return the whole content of the file `path`."""
        with self.open(path) as file:
            return file.read()

    def content_id(self, path: str) -> str:
        """Return a hash of the file's content, the same for the same bytes in any context of this kind."""
        digest = sha256()
        with self.open(path) as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()


class EmptyContext(BuildContext):
    """No context at all: a Dockerfile from standard input."""

    label = "no context"
    ignore = None

    def everything(self) -> Iterator[Entry]:
        """Yield nothing."""
        return iter(())

    def _walk(self) -> Iterator[Entry]:
        return iter(())

    def open(self, path: str) -> BinaryIO:
        """Fail: there is nothing to open."""
        raise DlintError(f"{path}: not in the build context")

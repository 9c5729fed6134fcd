"""The context as it lies in a folder."""

from __future__ import annotations

import os
import stat
from functools import lru_cache

from dlint.context.base import BuildContext, Entry, gives_to_lfs
from dlint.context.ignore import NAME, first_ignore_file
from dlint.errors import DlintError
from dlint.text.lazy import lazy
from dlint.text.repository_files import open_below, read_if_there

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from dlint.context.base import Kind
    from dlint.context.git import Repository

KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink"}


# Ids of files as they stood when they were read: the images of one project share a context.
_IDS: dict[tuple[bytes | int, ...], str] = {}


# One number for each of the modes, times and sizes that many of 300,000 files have.
_same = lru_cache(1 << 14)(int)


def forget() -> None:
    """Give back what is kept of files that nobody will ask for again."""
    _IDS.clear()


class WorktreeContext(BuildContext):
    """The files below a folder, as BuildKit's client sends them: symlinks as links, never
    followed.
    """

    def __init__(
        self,
        root: Path,
        dockerfile: Path | None,
        read: Callable[[Path], bytes | None] = read_if_there,
        find: Callable[[Path], Repository | None] | None = None,
    ) -> None:
        """Open `root`; `dockerfile` decides whether it has an ignore file of its own, which `read`
        gives. `find` gives the repository around a folder.

        Raises DlintError where `root` is no folder or the ignore file is malformed.
        """
        if not root.is_dir():
            raise DlintError(f"build context {root}: no such folder")
        self.root = root
        self._find = find
        own = [dockerfile.with_name(dockerfile.name + NAME)] if dockerfile else []
        super().__init__(
            str(root), first_ignore_file((str(path), read(path)) for path in [*own, root / NAME])
        )

    @lazy
    def repository(self) -> Repository | None:
        """The git repository whose working tree holds the folder."""
        from dlint.context.repositories import find_repository

        return (self._find or find_repository)(self.root)

    def _list(self, folder: str) -> list[Entry]:
        """Return the entries of one folder in byte order of their names: those that do not vanish
        meanwhile.
        """
        try:
            with os.scandir(self._place(folder)) as found:
                entries = (
                    _entry(folder, item) for item in sorted(found, key=lambda item: item.name)
                )
                listed = [entry for entry in entries if entry is not None]
                return [*map(self._fetched, listed)] if self._uses_lfs else listed
        except FileNotFoundError:  # another program deleted it after it was listed
            return []
        except OSError as error:
            raise DlintError(
                f"{self.root / folder}: cannot be read: {error.strerror}",
                "the builder fails here as well; exclude the folder in the ignore file, or fix its"
                " permissions",
            ) from error

    @lazy
    def _uses_lfs(self) -> bool:
        """Whether the attributes at the repository's root, the context's or a folder between give
        files to Git LFS.
        """
        repository = self.repository
        top, prefix = (repository.root, repository.prefix) if repository else (self.root, "")
        return gives_to_lfs(prefix, lambda place: read_if_there(top / place))

    def _fetched(self, entry: Entry) -> Entry:
        """Return the file that an entry stands for where it is a pointer of Git LFS: who pushes
        has that.
        """
        from dlint.context.lfs import LARGEST_POINTER, pointed_bytes

        if entry.kind != "file" or entry.size >= LARGEST_POINTER:
            return entry
        try:
            with self.open(entry.path) as file:
                stored = pointed_bytes(file.read(LARGEST_POINTER))
        except DlintError:  # the builder will say so
            return entry
        return entry if stored is None else entry._replace(size=stored, opaque=True)

    def _place(self, path: str) -> bytes:
        return os.path.join(os.fsencode(self.root), path.encode("utf-8", "surrogateescape"))  # noqa: PTH118  bytes

    def _content_id(self, path: str) -> str:
        """Return an id that another build of this run has worked out already, of the same file as
        it stands.
        """
        place = self._place(path)
        try:
            facts = os.stat(place, follow_symlinks=False)  # noqa: PTH116  bytes
        except OSError:
            return super()._content_id(path)
        if not stat.S_ISREG(facts.st_mode):
            return super()._content_id(path)
        key = (place, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
        found = _IDS.get(key)
        if found is None:
            found = _IDS[key] = super()._content_id(path)
        return found

    def open(self, path: str) -> BinaryIO:
        """Open the file `path` to read. Raises DlintError where it is none, cannot be read or lies
        behind a link.
        """
        return open_below(
            str(self.root),
            path.encode("utf-8", "surrogateescape"),
            str(self.root / path),
            links=False,
        )


def _entry(folder: str, item: os.DirEntry[bytes]) -> Entry | None:
    try:
        facts = item.stat(follow_symlinks=False)
        linked = os.readlink(item.path) if stat.S_ISLNK(facts.st_mode) else b""  # noqa: PTH115  bytes
    except FileNotFoundError:
        return None
    name = item.name.decode("utf-8", "surrogateescape")
    path = f"{folder}/{name}" if folder else name
    kind = KINDS.get(stat.S_IFMT(facts.st_mode), "special")
    is_file = kind == "file"
    return Entry(
        path,
        kind,
        _same(stat.S_IMODE(facts.st_mode)),
        _same(facts.st_size) if is_file else 0,
        _same(facts.st_mtime_ns // 1_000_000_000),
        linked.decode("utf-8", "surrogateescape"),
        inode=facts.st_ino if is_file and facts.st_nlink > 1 else 0,
    )

"""The context as a git revision holds it, without a checkout."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from dlint.context.base import BuildContext, Entry
from dlint.context.git import FOLDER
from dlint.context.ignore import NAME, first_ignore_file
from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.context.git import Object, Repository
    from dlint.moby import Match, Patterns

LINK, SUBMODULE = 0o120000, 0o160000
MODES = {0o100644: 0o666, 0o100664: 0o666, 0o100755: 0o777}  # what a checkout gives, before its umask
GIT_FOLDER = ".git"
SHA1_DIGITS = 40  # of an object's id; a repository of SHA-256 names its blobs otherwise than `content_id` does


class RevisionContext(BuildContext):
    """The tree of a commit below a folder, as a checkout would hold it, with the permissions usual in this one.

    Where the folder is the repository's root, `.git` is part of the context: an opaque folder that no two commits
    share. A submodule is an opaque folder too: its files are not in this repository.
    """

    def __init__(self, repository: Repository, commit: str, prefix: str = "", dockerfile: str | None = None) -> None:
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
        super().__init__(commit[:12], first_ignore_file((place, self._read_if_there(place)) for place in places))
        self._folders = {"": root.id}
        self._folder_mode = 0o777 & ~repository.umask

    def _read_if_there(self, place: str) -> bytes | None:
        found = self._repository.find(self._commit, place)
        return self._repository.read(found.id) if found and found.mode in MODES else None

    def _list(self, folder: str) -> list[Entry]:
        objects = self._repository.tree(self._folders[folder]) if folder in self._folders else ()
        sizes = self._repository.sizes(item.id for item in objects if item.mode in MODES)
        entries = [self._entry(folder, item, sizes.get(item.id, 0)) for item in objects]
        if not folder and not self._prefix:
            entries.append(self._git_folder())
        return sorted(entries, key=lambda entry: entry.path.encode("utf-8", "surrogateescape"))

    def _git_folder(self) -> Entry:
        size = self._repository.bytes_on_disk
        return Entry(GIT_FOLDER, "dir", self._folder_mode, size, identity=self._commit, opaque=True)

    def _scan(self, folder: str, patterns: Patterns | None, above: Match | None) -> Iterator[Entry]:
        """Walk as any context, but take a folder that stood in the revision walked before as it was found then."""
        identity = self._folders.get(folder)
        if not folder or identity is None:
            yield from super()._scan(folder, patterns, above)
            return
        place = (self._prefix, folder, "" if patterns is None else "ignoring")
        facts = (identity, patterns and patterns.patterns, above)
        known = self._repository.walks.get(place)
        if known is None or known[0] != facts:
            known = self._repository.walks[place] = (facts, tuple(super()._scan(folder, patterns, above)))
        yield from known[1]

    def _entry(self, folder: str, item: Object, size: int) -> Entry:
        path = f"{folder}/{item.name}" if folder else item.name
        if item.mode == FOLDER:
            self._folders[path] = item.id
            return Entry(path, "dir", self._folder_mode, identity=item.id)
        if item.mode == SUBMODULE:
            return Entry(path, "dir", self._folder_mode, identity=item.id, opaque=True)
        if item.mode == LINK:
            target = self._repository.read(item.id).decode("utf-8", "surrogateescape")
            return Entry(path, "symlink", 0o777, target=target, identity=item.id)
        return Entry(path, "file", MODES[item.mode] & ~self._repository.umask, size, identity=item.id)

    def open(self, path: str) -> BinaryIO:
        """Open the file `path` to read; raises DlintError where it is none."""
        found = self._repository.find(self._root.id if self._prefix else self._commit, path)
        if found is None or found.mode not in MODES:
            raise DlintError(f"{self.label}:{path}: not a file")
        return io.BytesIO(self._repository.read(found.id))

    def _content_id(self, path: str) -> str:
        entry = self.entries.get(path)
        named = entry is not None and entry.kind == "file" and len(entry.identity) == SHA1_DIGITS
        return entry.identity if entry and named else super()._content_id(path)

"""Where the files stand that describe builds: in the working tree, or in a commit."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Protocol

from dlint.context.objects import FOLDER
from dlint.context.revision import MODES
from dlint.errors import UnreadableError
from dlint.text.repository_files import LIMIT, bounded, open_below

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.context.git import Repository
    from dlint.context.objects import Object


class Files(Protocol):
    """The files of one repository; paths begin at its root, with "/" between the names."""

    def read(self, path: str) -> bytes:
        """Return what a file holds that people write. Raises UnreadableError."""
        ...

    def is_file(self, path: str) -> bool:
        """Tell whether a file stands there."""
        ...

    def is_folder(self, path: str) -> bool:
        """Tell whether a folder stands there; "." is the root."""
        ...


class Worktree:
    """The files as they lie in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes:
        """Return what a file holds; no link leads out of the repository."""
        with open_below(str(self.root), path, path) as file:
            return bounded(file, path)

    def is_file(self, path: str) -> bool:
        """Tell whether a file stands there."""
        return (self.root / path).is_file()

    def is_folder(self, path: str) -> bool:
        """Tell whether a folder stands there."""
        return (self.root / path).is_dir()


class Revision:
    """The files as a commit holds them: nothing is checked out."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self.repository = repository
        self.commit = commit

    def read(self, path: str) -> bytes:
        """Return what a file holds."""
        found = self._find(path)
        if found is None or found.mode not in MODES:
            raise UnreadableError(path, os.strerror(errno.ENOENT))
        if self.repository.sizes([found.id]).get(found.id, 0) > LIMIT:
            raise UnreadableError(path, "is too large for a file that people write")
        return self.repository.read(found.id)

    def is_file(self, path: str) -> bool:
        """Tell whether a file stands there."""
        found = self._find(path)
        return found is not None and found.mode in MODES

    def is_folder(self, path: str) -> bool:
        """Tell whether a folder stands there."""
        found = self._find(path)
        return found is not None and found.mode == FOLDER

    def _find(self, path: str) -> Object | None:
        place = "" if path == "." else path
        return self.repository.find(self.commit, self.repository.target(self.commit, place))

"""Contexts and repositories that several builds of one run share, so that each folder is walked and
each file read once.
"""

from __future__ import annotations

from functools import cache, partial

from dlint.context import open_revision, open_worktree
from dlint.context.repositories import find_repository, tells_of
from dlint.text.repository_files import read_if_there

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlint.context.base import BuildContext
    from dlint.context.git import Repository

MOST = 32  # contexts that are kept: images of one project are built in a few


class Opened:
    """What is taken to stand still while it lives: nothing may write to the working tree."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._contexts: dict[tuple[object, ...], BuildContext] = {}
        # git is asked once for all folders of a repository whether it opens it
        self._find = partial(find_repository, ask=cache(tells_of))
        self._repositories: dict[Path, Repository | None] = {}
        self._by_root: dict[Path, Repository] = {}

    def worktree(
        self,
        root: Path,
        dockerfile: Path | None = None,
        read: Callable[[Path], bytes | None] = read_if_there,
    ) -> BuildContext:
        """Open a folder as `open_worktree` does; Dockerfiles for which the same ignore file holds
        have the same context.
        """
        return self._shared((str(root),), open_worktree(root, dockerfile, read, self._find))

    def revision(
        self, repository: Repository, commit: str, prefix: str = "", dockerfile: str | None = None
    ) -> BuildContext:
        """Open a folder of a commit as `open_revision` does."""
        context = open_revision(repository, commit, prefix, dockerfile)
        return self._shared((id(repository), commit, prefix), context)

    def close(self) -> None:
        """End the processes that answer for the repositories."""
        for repository in self._by_root.values():
            repository.close()

    def _shared(self, place: tuple[object, ...], context: BuildContext) -> BuildContext:
        ignore = context.ignore
        key = (*place, ignore and (ignore.source.path, ignore.source.text))
        found = self._contexts.pop(key, context)
        self._contexts[key] = found  # the one asked for last is kept longest
        if len(self._contexts) > MOST:
            del self._contexts[next(iter(self._contexts))]
        return found

    def repository(self, folder: Path) -> Repository | None:
        """Return the repository around a folder, one for all folders of it; its `prefix` is that of
        any.
        """
        folder = folder.resolve()
        if folder not in self._repositories:
            found = self._find(folder)
            self._repositories[folder] = found and self._by_root.setdefault(found.root, found)
        return self._repositories[folder]

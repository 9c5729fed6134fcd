"""The build context: what `COPY` may take, after `.dockerignore`, from a working tree or a git
revision.
"""

from __future__ import annotations

from dlint.context.base import BuildContext, EmptyContext, Entry
from dlint.context.ignore import IgnoreFile
from dlint.text.repository_files import read_if_there

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlint.context.git import Repository

__all__ = [
    "BuildContext",
    "EmptyContext",
    "Entry",
    "IgnoreFile",
    "open_revision",
    "open_worktree",
    "read_if_there",
]


def open_worktree(
    root: Path,
    dockerfile: Path | None = None,
    read: Callable[[Path], bytes | None] = read_if_there,
    find: Callable[[Path], Repository | None] | None = None,
) -> BuildContext:
    """Open the context that `docker build ROOT` sends; `dockerfile` decides which ignore file
    holds, read by `read`. `find` gives the repository around a folder, if not `find_repository`.
    """
    from dlint.context.worktree import WorktreeContext

    return WorktreeContext(root, dockerfile, read, find)


def open_revision(
    repository: Repository, commit: str, prefix: str = "", dockerfile: str | None = None
) -> BuildContext:
    """Open the tree of `commit` below `prefix`, as a checkout would hold it.

    `dockerfile` is a path inside the repository. Nothing is checked out, fetched or run.
    """
    from dlint.context.revision import RevisionContext

    return RevisionContext(repository, commit, prefix, dockerfile)

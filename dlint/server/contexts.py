"""Build contexts that stay open from one keystroke to the next.

A walk of 10,000 files takes longer than all rules together, so an open context is used as it is,
and looked at again between keystrokes: when the client says that files changed, and otherwise when
the last look is some seconds old, since not every client watches files.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from dlint.context.worktree import WorktreeContext
from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlint.context import BuildContext

    Read = Callable[[Path], bytes | None]

MOST = 16  # contexts that stay open: those of the Dockerfiles that somebody works on
OLD = 10.0  # seconds after which a context is looked at again


class _Kept(NamedTuple):
    """An open context: what it was opened for, and when it was last known to be as it is."""

    context: WorktreeContext
    root: Path
    dockerfile: Path | None
    head: str | None
    since: float

    @property
    def is_old(self) -> bool:
        return monotonic() - self.since > OLD


class Contexts:
    """The contexts that are open, the one used last at the end."""

    def __init__(self, read: Read) -> None:
        """Take what reads ignore files."""
        self._read = read
        self._kept: dict[tuple[str, str | None], _Kept] = {}

    def open(self, root: Path, dockerfile: Path | None) -> BuildContext:
        """Return the context of a Dockerfile in `root`. Raises DlintError."""
        key = str(root.absolute()), None if dockerfile is None else str(dockerfile.absolute())
        found = self._kept.pop(key, None) or self._opened(root, dockerfile)
        self._kept[key] = found
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return found.context

    def _opened(self, root: Path, dockerfile: Path | None) -> _Kept:
        context = WorktreeContext(root, dockerfile, self._read)
        return _Kept(context, root, dockerfile, _head(context), monotonic())

    def forget(self) -> None:
        """Open each context again when it is next asked for."""
        self._kept.clear()

    @property
    def is_any_old(self) -> bool:
        """Whether any is to be looked at again."""
        return any(each.is_old for each in self._kept.values())

    def look_again(self, *, at_all: bool = False) -> bool:
        """Open the old contexts again, or all; tell whether any is not as it was. One that is
        keeps what was worked out of it.
        """
        changed = False
        for key, kept in list(self._kept.items()):
            if not (at_all or kept.is_old):
                continue
            try:
                fresh = self._opened(kept.root, kept.dockerfile)
                same = _is_same(kept, fresh)
            except DlintError:  # which the next check tells
                del self._kept[key]
                changed = True
                continue
            self._kept[key] = kept._replace(since=fresh.since) if same else fresh
            changed = changed or not same
        return changed


def _is_same(kept: _Kept, fresh: _Kept) -> bool:
    """Tell whether a context holds what it held: by the names, sizes and times of its files, its
    ignore file and the commit that is checked out.
    """
    ignores = [each.context.ignore and each.context.ignore.source for each in (kept, fresh)]
    return (
        kept.head == fresh.head
        and ignores[0] == ignores[1]
        and kept.context.entries == fresh.context.entries
    )


def _head(context: WorktreeContext) -> str | None:
    return context.repository.head() if context.repository else None

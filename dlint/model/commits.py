"""How often the context's files change, as git tells it."""

from __future__ import annotations

from collections import Counter

from dlint.context.base import GIT_HEAD
from dlint.text.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# Enough for a rate within 10 % at the median, and read in well under a second from a repository of
# 10,000 commits.
COMMITS = 100


ENOUGH = 10  # commits: the few of a shallow clone seem to change everything at once


class History:
    """The last commits that touched the context, newest first: what each changed, relative to the
    context.
    """

    def __init__(
        self, changes: Sequence[frozenset[str]], folder: str = "", *, has_git: bool = False
    ) -> None:
        """Take the change sets, and where the context stands in the repository; `has_git`: the
        builder gets git's own folder with it. Each commit changes that, and lists nothing of it:
        one file stands for all.
        """
        self.changes = [each | {GIT_HEAD} for each in changes] if has_git else changes
        self.folder = folder

    @property
    def commits(self) -> int:
        """How many commits are known."""
        return len(self.changes)

    @property
    def is_telling(self) -> bool:
        """Whether there are enough commits to tell how often something changes."""
        return self.commits >= ENOUGH

    @lazy
    def _counts(self) -> Counter[str]:
        return Counter(path for change in self.changes for path in change)

    @property
    def changed(self) -> Collection[str]:
        """What any of the commits changed."""
        return self._counts.keys()

    def count(self, path: str) -> int:
        """Return how many of the commits changed `path`."""
        return self._counts[path]

    def rate(self, paths: Iterable[str], apart_from: Iterable[str] = ()) -> float | None:
        """Return the share of commits that changed one of `paths` and none of `apart_from`; None
        without commits.
        """
        wanted, others = frozenset(paths), frozenset(apart_from)
        if not self.changes:
            return None
        hits = sum(
            not wanted.isdisjoint(change) and others.isdisjoint(change) for change in self.changes
        )
        return hits / len(self.changes)

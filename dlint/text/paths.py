"""Which paths stand below which, as their texts tell."""

from __future__ import annotations

import posixpath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROOTS = frozenset(("", "/", "//"))


def within(path: str, folder: str) -> bool:
    """Tell whether `path` is `folder` or stands below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def under(paths: Iterable[str], folder: str) -> Iterator[str]:
    """Yield those of `paths` that are `folder` or stand below it."""
    below = folder.rstrip("/") + "/"
    return (path for path in paths if path == folder or path.startswith(below))


def above(path: str) -> Iterator[str]:
    """Yield the folders that hold `path`, but for the root, the innermost first."""
    while (path := posixpath.dirname(path)) not in _ROOTS:
        yield path


def nested(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one of them stands below the other."""
    return within(one, other) or within(other, one)

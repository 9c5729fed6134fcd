"""Which paths stand below which, as their texts tell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def within(path: str, folder: str) -> bool:
    """Tell whether `path` is `folder` or stands below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def under(paths: Iterable[str], folder: str) -> Iterator[str]:
    """Yield those of `paths` that are `folder` or stand below it."""
    below = folder.rstrip("/") + "/"
    return (path for path in paths if path == folder or path.startswith(below))


def nested(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one of them stands below the other."""
    return within(one, other) or within(other, one)

"""What stands at a path of a stage, as far as that can be told without building: tokens, not
content.

Two builds whose tokens for a path are equal hold the same there. A RUN's outcome is a function of
its cache key: the same key is the same outcome, another key is taken for another one wherever the
RUN may have written.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping

# Present in every base that is not scratch: the Filesystem Hierarchy Standard 3.0 and what Debian
# and Alpine add.
STANDARD = frozenset(
    """
    bin boot dev etc home lib lib32 lib64 media mnt opt proc root run sbin srv sys tmp usr var
    """.split()
)

BELOW_USR = frozenset(
    f"usr/{name}"
    for name in ("bin", "lib", "local", "local/bin", "local/lib", "local/share", "share")
)

# What no program writes but package managers and those that they start, wherever else it writes: a
# program that names such a place may write there all the same.
OF_PACKAGES = (
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/ssl",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
)


def token(*parts: object) -> str:
    """Return a short name for `parts`; equal parts, equal token."""
    return sha256("\0".join(map(str, parts)).encode("utf-8", "surrogateescape")).hexdigest()[:32]


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


class Write(NamedTuple):
    """What one step writes: `files` (absolute path to token) are known one by one; `places` are
    where it may write besides, None anywhere but in the folders `kept`, and where `spared` finds
    something.
    """

    name: str
    files: Mapping[str, str]
    places: tuple[str, ...] | None = ()
    kept: tuple[str, ...] = OF_PACKAGES
    spared: re.Pattern[str] | None = None

    def touches(self, path: str) -> bool:
        """Tell whether what stands at `path` may be this step's."""
        if self.places is None:
            is_spared = self.spared is not None and self.spared.search(path) is not None
            return not is_spared and not any(within(path, place) for place in self.kept)
        return any(nested(path, place) for place in self.places)


class Tree:
    """The files of a stage after some of its steps; grows by `write`."""

    def __init__(self, base: Tree | None, name: str) -> None:
        """Stand on `base`, or on an image called `name` whose files are not known; "" is one that
        holds nothing.
        """
        self._writes: list[Write] = []
        self._is_scratch = not name
        if base is not None:
            self._writes += base._writes  # noqa: SLF001  another of its own kind
            self._is_scratch = base._is_scratch  # noqa: SLF001  as above
        elif name:
            self._writes.append(Write(name, {}, ("/",)))

    def write(self, write: Write) -> None:
        """Add a step's doing."""
        self._writes.append(write)

    def token(self, path: str) -> str:
        """Return what stands at `path` (absolute) and below it."""
        parts: list[str] = []
        below: dict[str, str] = {}
        for write in self._writes:
            if write.touches(path) and not (path in below and write.places is None):
                parts.append(write.name)
            below.update({file: write.files[file] for file in under(write.files, path)})
        parts += [f"{file} {content}" for file, content in sorted(below.items())]
        return token(*parts)

    def has(self, path: str) -> bool:
        """Tell whether a folder `path` surely stands there."""
        place = path.strip("/")
        if not place or (not self._is_scratch and place in STANDARD | BELOW_USR):
            return True
        return any(
            path in write.files or any(True for _ in under(write.files, path))
            for write in self._writes
        )

    def paths(self, paths: Iterable[str]) -> str:
        """Return one token for several paths."""
        return token(*(self.token(path) for path in paths))

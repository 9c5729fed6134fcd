"""What a COPY or ADD writes, path by path."""

from __future__ import annotations

from collections import Counter

from dlint.text.lazy import lazy
from dlint.text.paths import above
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dlint.context import Entry


class Landed(NamedTuple):
    """One path of the image that a COPY or ADD writes, without leading slash.

    `entry` is what it is made of in the context. None stands for what is not known: `mode` where
    the builder's version or the base decides it, `uid` and `gid` where a name stands that only the
    image's /etc/passwd can tell. `group` is equal, and not (0, 0), for the names of one file that
    stay hard links.
    """

    path: str
    entry: Entry
    mode: int | None = 0o644
    uid: int | None = 0
    gid: int | None = 0
    group: tuple[int, int] = (0, 0)

    @property
    def source(self) -> str:
        """The context's path it comes from."""
        return self.entry.path


class Landing(tuple[Landed, ...]):  # noqa: SLOT001  `known` needs a dictionary
    """Some of the paths that a COPY writes, in the tar's order.

    `known` keeps what somebody worked out of them alone: another COPY, of another revision, may
    have the same object.
    """

    @lazy
    def known(self) -> dict[object, Any]:
        """Whatever the asker likes to find again, under a key of its own."""
        return {}

    @lazy
    def opaque_bytes(self) -> int:
        """An estimate of what is not known inside."""
        return sum(landed.entry.size for landed in self if landed.entry.opaque)

    @lazy
    def is_named(self) -> bool:
        """Whether git names the content of all of them."""
        return all(landed.entry.identity or landed.entry.kind == "dir" for landed in self)

    @lazy
    def has_unknown(self) -> bool:
        """Whether the inside or the content of some is not known."""
        return any(landed.entry.opaque or landed.entry.lacking for landed in self)

    @lazy
    def lacking(self) -> int:
        """How many files the clone lacks."""
        return sum(landed.entry.lacking for landed in self)

    @lazy
    def files(self) -> frozenset[str]:
        """The paths of what are no folders."""
        return frozenset(landed.path for landed in self if landed.entry.kind != "dir")

    @lazy
    def held(self) -> Counter[str]:
        """How many of `files` each folder holds, at any depth."""
        found: Counter[str] = Counter()
        for folder, count in Counter([path.rpartition("/")[0] for path in self.files]).items():
            for holder in (folder, *above(folder)):
                found[holder] += count
        return found

    def without(self, gone: frozenset[str] | set[str]) -> Landing:
        """Return what is at none of the paths `gone`."""
        hit = gone.intersection(self.paths)
        if not hit:
            return self
        key = ("without", frozenset(hit))
        if key not in self.known:
            self.known[key] = Landing(landed for landed in self if landed.path not in hit)
        found: Landing = self.known[key]
        return found

    @lazy
    def folders(self) -> frozenset[str]:
        """The folders that hold them, the innermost of each."""
        return frozenset(path.rpartition("/")[0] for path in self.paths)

    @lazy
    def paths(self) -> frozenset[str]:
        """All of their paths."""
        return frozenset(landed.path for landed in self)

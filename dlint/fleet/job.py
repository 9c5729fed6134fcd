"""What a run is, what one of its items is, and what comes of it: values that any engine can send.

An item carries no state: where its answer goes, and which answers are there already, is told with
it.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from dlint import __version__
from dlint.context.run_git import without_password
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.config.settings import Overrides


class Kind(StrEnum):
    """Where an item's repository is."""

    CLONE = "clone"  # a folder on a disk that the worker sees
    ADDRESS = "address"  # what git clones
    REGISTRY = "registry"  # a repository of a registry


class Job(NamedTuple):
    """What holds for all items of a run.

    `out` is the folder of the answers, local or as fsspec writes it; `day` (ISO) is that of the run
    (UTC); `commits` says how many are replayed for an image's bill.
    """

    out: str
    day: str
    overrides: Overrides
    commits: int
    plugins: bool = True
    insecure: tuple[str, ...] = ()

    @property
    def settings(self) -> str:
        """Digest of all that decides an answer beside the commit and dlint's version."""
        named = self.overrides.config
        config = Path(named).read_bytes() if named else b""
        told = repr((self.overrides, self.commits, self.plugins)).encode() + config
        return sha256(told).hexdigest()[:16]

    @property
    def version(self) -> str:
        """Dlint's own."""
        return __version__


class Item(NamedTuple):
    """One repository to look at.

    `place` is its folder, its address or `HOST/NAME`; `described` the Compose or Bake file that
    names the images, from the root, where only those are wanted. `known` are the commits, or
    `NAME:TAG@DIGEST`, that have an answer.
    """

    kind: Kind
    place: str
    described: str = ""
    known: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """What it is called, without a password."""
        place = without_password(self.place)
        return f"{place}#{self.described}" if self.described else place


class Outcome(NamedTuple):
    """What came of an item. `rows` were written; none where all had an answer.

    `seconds` were spent in all, `checking` of them in dlint's own work: the rest went into clones,
    laying files out and writing answers.
    """

    item: Item
    repository: str
    commit: str | None = None
    tags: tuple[str, ...] = ()
    rows: int = 0
    error: str | None = None
    seconds: float = 0.0
    checking: float = 0.0

    @property
    def computed(self) -> bool:
        """Whether anything was worked out."""
        return self.rows > 0

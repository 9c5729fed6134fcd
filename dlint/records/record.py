"""What the record of a build tells: which steps ran, which came from the cache, and how long each
took.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.text.safe import number
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

LINK = "LINK "  # what BuildKit puts before the name of a step that joins a linked layer


class Format(StrEnum):
    """What wrote a record."""

    RAWJSON = "rawjson"  # --progress=rawjson
    HISTORY = "history"  # docker buildx history export
    PLAIN = "plain"  # --progress=plain
    TTY = "tty"  # what a terminal showed
    CLASSIC = "classic"  # the legacy builder
    BUILDAH = "buildah"


class Result(StrEnum):
    """What became of a step."""

    RAN = "ran"
    CACHED = "cached"
    JOINED = "joined"  # a linked COPY: its layer is kept, and what stands below it is another
    FAILED = "failed"
    CANCELED = "canceled"
    UNFINISHED = "unfinished"  # the record ends before the step does


class Label(NamedTuple):
    """Where a step stands, as its name says it: `[web linux/amd64 build 2/7] RUN make`.

    `names` are those before the numbers that are no platform: a stage, a target of Bake's, or both.
    `platform` is the one that the step runs on, and for which it makes something if it is told.
    """

    names: tuple[str, ...]
    platform: str
    number: int
    total: int
    text: str


class Vertex(NamedTuple):
    """A step of a build, or something else that the builder did.

    `names` are what it is called: several images that are built together may share a step. `line`
    is that of the record, from 1. `seconds` are None where nothing tells them; `basis` says whether
    the builder told them, or the times that a CI runner put before its lines. `bytes` were
    downloaded or sent to the builder in it.
    """

    names: tuple[str, ...]
    result: Result
    line: int
    seconds: float | None = None
    basis: Basis = Basis.EXACT
    bytes: int | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """What it is called first."""
        return self.names[0]

    @property
    def labels(self) -> tuple[Label, ...]:
        """Where it stands, by each of its names; empty where it is no step of a Dockerfile."""
        return tuple(found for name in self.names if (found := read_label(name)) is not None)


class Record(NamedTuple):
    """One build, as it was recorded.

    `seconds` is the time from its first to its last sign, None where nothing tells when they were.
    `pushed` has the words of `docker push` by layer, where that is in the same record. `error` is
    what ended a build that failed.
    """

    format: Format
    vertices: tuple[Vertex, ...]
    seconds: float | None = None
    pushed: tuple[tuple[str, str], ...] = ()
    error: str = ""
    line: int = 1

    @property
    def busy(self) -> float:
        """The seconds of all that is told, added up: steps may have run side by side."""
        return sum(vertex.seconds or 0.0 for vertex in self.vertices)

    @property
    def basis(self) -> Basis:
        """What the seconds stand on."""
        known = [each.basis for each in self.vertices if each.seconds is not None]
        return Basis.weakest(*known) if known else Basis.UNKNOWN


def read_label(name: str) -> Label | None:
    """Read the name of a step, `[linux/amd64->arm64 build 2/7] COPY . .`, with a name of Bake's
    before all that; None for what is no step of a Dockerfile.
    """
    words, text = _parts(name)
    at, _, of = (words[-1] if words else "").partition("/")
    step, total = number(at), number(of)
    if step is None or total is None:
        return None
    platforms = [word for word in words[:-1] if "/" in word]
    names = tuple(word for word in words[:-1] if "/" not in word)
    platform = platforms[-1] if platforms else ""
    return Label(names, platform, step, total, text.removeprefix(LINK))


def internal_name(name: str) -> str:
    """Return what the builder did beside the steps, without the target that it was for."""
    words, text = _parts(name)
    return text if words[-1:] == ["internal"] else name


def targets_of(vertex: Vertex) -> set[str]:
    """Return the targets of Bake's that the builder did something for beside their steps; "" where
    it was for no single one.
    """
    return {" ".join(_parts(name)[0][:-1]) for name in vertex.names}


def _parts(name: str) -> tuple[list[str], str]:
    """Return the words in brackets that a name begins with, and the rest."""
    if not name.startswith("["):
        return [], name
    inside, _, text = name[1:].partition("] ")
    return inside.split(), text.strip()


def total_bytes(vertices: Iterable[Vertex]) -> int | None:
    """Add up what was downloaded or sent; None where nothing tells it."""
    known = [each.bytes for each in vertices if each.bytes is not None]
    return sum(known) if known else None

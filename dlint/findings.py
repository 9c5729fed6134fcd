"""What a rule finds: a place, a message, a cost and a fix, all of them values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from dlint.text.source import Edit, Source, Span


class Severity(StrEnum):
    """How much a finding weighs; `--fail-on` names one of them."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info."""
        return list(Severity).index(self)


class Basis(StrEnum):
    """Where a number comes from."""

    EXACT = "exact"  # bit for bit, or read from a manifest
    MODELLED = "modelled"  # computed from real content or indexes
    GUESSED = "guessed"  # a measured prior
    UNKNOWN = "unknown"

    @classmethod
    def weakest(cls, *of: Basis) -> Basis:
        """Return what a sum of numbers stands on: the weakest of their bases."""
        return max(of, key=list(cls).index)


class Safety(StrEnum):
    """Whether `--fix` may apply a fix."""

    SAFE = "safe"  # the image holds the same, nothing grows
    UNSAFE = "unsafe"  # right in most cases; needs --unsafe-fixes
    DISPLAY = "display"  # shown, never applied


class Cost(NamedTuple):
    """What a finding costs, in bytes as pushed (compressed) and as stored in the image (compressed
    as well).

    `image_bytes` are paid once by every image, `push_bytes` at each push that the fault causes.
    None is unknown.
    """

    image_bytes: int | None = None
    push_bytes: int | None = None
    basis: Basis = Basis.UNKNOWN

    @classmethod
    def modelled(cls, image_bytes: int | None = None, push_bytes: int | None = None) -> Cost:
        """Return a cost that was computed from real content."""
        return cls(image_bytes, push_bytes, Basis.MODELLED)

    @classmethod
    def guessed(cls, image_bytes: int | None = None, push_bytes: int | None = None) -> Cost:
        """Return a cost that stands on what was measured elsewhere."""
        return cls(image_bytes, push_bytes, Basis.GUESSED)

    @property
    def weight(self) -> int:
        """The larger of the two, for sorting; 0 where neither is known."""
        return max(self.image_bytes or 0, self.push_bytes or 0)

    @property
    def known(self) -> bool:
        """Tell whether either number is known."""
        return self.image_bytes is not None or self.push_bytes is not None


@dataclass(frozen=True)
class Fix:
    """Edits that land together or not at all."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.DISPLAY


class Spanned(Protocol):
    """Anything with a place in the Dockerfile: an instruction, a word, a flag, a command."""

    @property
    def span(self) -> Span:
        """Its place."""
        ...


class Related(NamedTuple):
    """Another place that a finding speaks of: the line that causes what the finding's own line
    pays.

    `source` names another file than the Dockerfile, as in `Finding`.
    """

    at: Spanned
    message: str
    source: Source | None = None


@dataclass(frozen=True)
class Finding:
    """One fault at one place: `at` is what pays, or what is wrong.

    `source` names another file than the Dockerfile, such as its .dockerignore; `severity` overrides
    the rule's own for this finding alone. A cost below `min-bytes` makes any finding an info,
    unless it is a guess; rules need not look at it.
    """

    at: Spanned
    message: str
    fix: Fix | None = None
    cost: Cost | None = None
    related: tuple[Related, ...] = ()
    source: Source | None = None
    severity: Severity | None = None

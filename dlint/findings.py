"""What a rule finds: a place, a message, a cost and a fix, all of them values."""

from __future__ import annotations

from enum import StrEnum

from dlint.text.units import human_bytes
from dlint.text.values import NamedTuple
from dlint.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.text.source import Edit, Source, Span


# 1 MiB: at 10 Mbit/s, a slow uplink, less than a second of a push. The default of `min-bytes`; a
# lower bound of less says nothing of an unknown whole.
MIN_BYTES = 1 << 20
SIZE_UNKNOWN, PUSH_UNKNOWN = "size unknown", "push unknown"  # as people read it
UNKNOWN_IMAGE = (SIZE_UNKNOWN, PUSH_UNKNOWN)


class Severity(StrEnum):
    """How much a finding weighs; `--fail-on` names one of them."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info."""
        return list(Severity).index(self)


# What may make a run fail: a finding of a severity or of a higher one.
FAIL_ON = (*map(str, Severity), "never")


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


class Size(NamedTuple):
    """How many bytes something takes up, as far as that is known; compressed unless told otherwise.

    `bytes` are known, on `basis`. Where `missing` is not empty, something more is not known, and it
    says what, a few words each: `bytes` are then no more than a lower bound, and count as unknown
    wherever sizes are compared. So many of the bytes are in `doubt`: they may as well be none,
    because a layer that is made again can be the one that was there.
    `sources` name the package indexes that were asked, with the day. `slack` are the bytes of an
    estimate that may be too many: a lower bound does without them.
    """

    bytes: int = 0
    basis: Basis = Basis.EXACT
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    doubt: int = 0
    slack: int = 0

    @classmethod
    def unknown(cls, *missing: str) -> Size:
        """Return a size that nothing is known of, for the reasons given."""
        return cls(0, Basis.UNKNOWN, missing or ("no source has it",))

    @classmethod
    def modelled(cls, bytes_: int | None, what: str = "files that cannot be read") -> Size:
        """Return a size that was computed from real content; unknown for None, since nothing tells
        `what`.
        """
        return cls.unknown(what) if bytes_ is None else cls(bytes_, Basis.MODELLED)

    @classmethod
    def sum(cls, sizes: Iterable[Size]) -> Size:
        """Add sizes up: what is missing of one is missing of the sum, and its basis is the
        weakest of the known ones.
        """
        each = list(sizes)
        known = [size.basis for size in each if not size.is_unknown]
        missing = dict.fromkeys([why for size in each for why in size.missing])
        nothing = Basis.UNKNOWN if missing else Basis.EXACT
        basis = Basis.weakest(Basis.EXACT, *known) if known else nothing
        sources = dict.fromkeys([source for size in each for source in size.sources])
        total, doubt = sum([size.bytes for size in each]), sum([size.doubt for size in each])
        slack = sum([size.slack for size in each])
        return cls(total, basis, tuple(missing), tuple(sources), doubt, slack)

    def times(self, factor: float) -> Size:
        """Return so many times the size."""
        total, doubt, slack = (
            round(each * factor) for each in (self.bytes, self.doubt, self.slack)
        )
        return self._replace(bytes=total, doubt=doubt, slack=slack)

    def plus(self, *others: Size) -> Size:
        """Add others to this one."""
        return Size.sum((self, *others))

    @property
    def at_least(self) -> bool:
        """Tell whether something more than `bytes` is not known."""
        return bool(self.missing)

    @property
    def least(self) -> int:
        """The bytes that are there for sure."""
        return max(0, self.bytes - self.doubt - self.slack)

    @property
    def is_unknown(self) -> bool:
        """Tell whether nothing is known at all."""
        return self.at_least and not self.least

    @property
    def is_bound(self) -> bool:
        """Tell whether the bytes that are told are a lower bound."""
        return self.at_least and not self.is_unknown

    @property
    def at_most(self) -> bool:
        """Tell whether the bytes that are told are an upper bound."""
        return not self.at_least and self.doubt > 0

    @property
    def whole(self) -> int | None:
        """The bytes where all of them are known: what is compared, sorted and held against
        limits.
        """
        return None if self.at_least or self.doubt else self.bytes

    @property
    def told(self) -> int | None:
        """The bytes as they are told, beside `at_least` and `at_most`; None where nothing is
        known.
        """
        if not self.at_least:
            return self.bytes
        return None if self.is_unknown else self.least

    def is_below(self, limit: int) -> bool:
        """Tell whether all bytes are known, and less than a limit."""
        return not self.at_least and self.bytes < limit

    def worth_telling(self) -> Size:
        """Return the same size, but for a crumb of an unknown whole: that is unknown."""
        return Size.unknown(*self.missing) if self.at_least and self.least < MIN_BYTES else self

    def __str__(self) -> str:
        """`48.2 MB`, `≈ 48.2 MB` for an estimate, `≥ 48.2 MB` or `≤ 48.2 MB` for a bound, or `size
        unknown`.
        """
        if self.told is None:
            return SIZE_UNKNOWN
        if self.at_most:
            return f"≤ {human_bytes(self.bytes)}"
        return bytes_text(self.told, self.basis, at_least=self.at_least)


def bytes_text(count: int, basis: Basis, *, at_least: bool = False) -> str:
    """Write bytes with what says how far to trust them: `≥` before a lower bound, `≈` before an
    estimate, nothing before what was computed or read.
    """
    if at_least:
        return f"≥ {human_bytes(count)}"
    return f"≈ {human_bytes(count)}" if basis is Basis.GUESSED else human_bytes(count)


class Cost(NamedTuple):
    """What a finding costs, in bytes as pushed (compressed) and as stored in the image (compressed
    as well).

    `image_bytes` are paid once by every image, `push_bytes` at each push that the fault causes.
    None is unknown. Where it is `at_least` so much, an unknown part comes on top.
    """

    image_bytes: int | None = None
    push_bytes: int | None = None
    basis: Basis = Basis.UNKNOWN
    at_least: bool = False

    @classmethod
    def stored(cls, size: Size) -> Cost | None:
        """Return the cost of what is stored in each image and uploaded with it; None for nothing,
        or where nothing is known that is worth telling. Bytes in doubt are no part of it.

        The next layer is another blob than the one that was measured, so it is modelled at best.
        """
        told = size.worth_telling()
        basis = Basis.weakest(Basis.MODELLED, told.basis)
        at_least = told.at_least or told.doubt > 0
        count = told.least if at_least else told.bytes
        return cls(count, count, basis, at_least) if count else None

    @classmethod
    def pushed(cls, size: Size) -> Cost | None:
        """Return the cost of what is uploaded again, as `stored` does."""
        cost = cls.stored(size)
        return cost and cost._replace(image_bytes=None)

    @classmethod
    def modelled(cls, image_bytes: int | None = None, push_bytes: int | None = None) -> Cost:
        """Return a cost that was computed from real content."""
        return cls(image_bytes, push_bytes, Basis.MODELLED)

    @classmethod
    def guessed(cls, image_bytes: int | None = None, push_bytes: int | None = None) -> Cost:
        """Return a cost that stands on what was measured elsewhere."""
        return cls(image_bytes, push_bytes, Basis.GUESSED)

    @classmethod
    def sum(cls, costs: Iterable[Cost | None]) -> Cost | None:
        """Add costs up: what is not known of one is not known of the sum, of which no crumb is
        told then.
        """
        each = list(costs)
        known = [cost for cost in each if cost is not None and cost.known]
        if not known:
            return None
        images, pushes = [cost.image_bytes for cost in known], [cost.push_bytes for cost in known]
        total = cls(
            _added(images),
            _added(pushes),
            Basis.weakest(*(cost.basis for cost in known)),
            len(known) < len(each) or any(cost.at_least for cost in known),
        )
        is_crumb = max(total.image_bytes or 0, total.push_bytes or 0) < MIN_BYTES
        return None if total.at_least and is_crumb else total

    @property
    def weight(self) -> int:
        """The larger of the two, for sorting: no less than that, where it is a lower bound; 0 where
        neither is known.
        """
        return max(self.image_bytes or 0, self.push_bytes or 0)

    @property
    def known(self) -> bool:
        """Tell whether either number is known."""
        return self.image_bytes is not None or self.push_bytes is not None

    def surely_below(self, limit: int) -> bool:
        """Tell whether it is less than `limit` bytes for sure: no guess, and no part unknown."""
        sure = self.known and not self.at_least and self.basis is not Basis.GUESSED
        return sure and self.weight < limit


def _added(numbers: Sequence[int | None]) -> int | None:
    """Add up what is known of some numbers."""
    known = [each for each in numbers if each is not None]
    return sum(known) if known else None


class Fix(NamedTuple):
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


class Finding(NamedTuple):
    """One fault at one place: `at` is what pays, or what is wrong.

    `source` names another file than the Dockerfile, such as its .dockerignore; `severity` overrides
    the rule's own for this finding alone. A cost below `min-bytes` makes any finding an info,
    unless it is a guess or a part of it is unknown; rules need not look at it. `help` says what to
    do where the fix does not: a phrase in the imperative, without a full stop. `things` is of how
    many it tells, such as packages.
    """

    at: Spanned
    message: str
    fix: Fix | None = None
    cost: Cost | None = None
    related: tuple[Related, ...] = ()
    source: Source | None = None
    severity: Severity | None = None
    help: str = ""
    things: int = 1

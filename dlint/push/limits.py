"""Whether limits on a push and on an image hold, as far as sizes are known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dlint.config.limits import Kind
from dlint.findings import Basis, Size, bytes_text
from dlint.push.growth import growth
from dlint.text.units import human_bytes, listed, plural, quoted
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.config.limits import Limit
    from dlint.push.plan import LayerPlan, PushPlan

NAMED = 3  # layers that a message names


class Outcome(StrEnum):
    """Whether a limit holds."""

    WITHIN = "within"
    OVER = "over"
    UNKNOWN = "unknown"


class Verdict(NamedTuple):
    """What a limit says of one image, or of all that is pushed.

    `layers` are those whose size decides, where that is not known.
    """

    name: str
    limit: Limit
    outcome: Outcome
    message: str
    layers: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """What to do where it cannot be told."""
        if not self.layers:
            return ""
        named = listed(self.layers, NAMED)
        return f"`dlint facts record` makes known how large {named} is"


class _Sum(NamedTuple):
    """Sizes as a limit takes them: the bytes that count, and the layers that hold more or less.
    So many of the bytes are in `doubt`: they count, since a limit must hold for them as well.
    """

    bytes: int
    basis: Basis
    unsure: tuple[LayerPlan, ...]
    doubt: int = 0

    def __str__(self) -> str:
        if self.doubt:
            return f"up to {human_bytes(self.bytes)}"
        return bytes_text(self.bytes, self.basis, at_least=bool(self.unsure))


def judge(
    name: str,
    limits: Iterable[Limit],
    plan: PushPlan,
    before: PushPlan | None = None,
    *,
    exact_only: bool = False,
) -> list[Verdict]:
    """Return what limits say of an image, or of several that are pushed together; `before` is the
    image as it stood, without which nothing is said of growth. Estimates count as known, unless
    `exact_only`.
    """
    judged = _Judge(name, plan, before, exact_only=exact_only)
    found = (judged.verdict(limit) for limit in limits)
    return [each for each in found if each is not None]


class _Judge:
    def __init__(
        self, name: str, plan: PushPlan, before: PushPlan | None, *, exact_only: bool
    ) -> None:
        self.name = name
        self.plan = plan
        self.before = before
        self.exact_only = exact_only

    def verdict(self, limit: Limit) -> Verdict | None:
        match limit.kind:
            case Kind.GROWTH:
                return self._growth(limit) if self.before is not None else None
            case Kind.IMAGE_SIZE:
                return self._size(limit, "the image has", self._image(self.plan), limit.bytes)
            case _:
                sent = self._sum((layer, layer.upload) for layer in self.plan.layers)
                most = self._share(limit, self._image(self.plan))
                return self._size(limit, "the push uploads", sent, most)

    def _image(self, plan: PushPlan) -> _Sum:
        return self._sum((layer, layer.size) for layer in plan.layers)

    def _sum(self, sizes: Iterable[tuple[LayerPlan, Size]]) -> _Sum:
        """Add up what counts. A layer in the registry already is no part of a push."""
        every = list(sizes)
        unsure = tuple(layer for layer, size in every if self._is_unsure(size))
        known = [size for _, size in every if not self._is_guess(size)]
        bases = (size.basis for size in known if size.bytes)
        total = Size.sum(known)
        basis = Basis.weakest(Basis.EXACT, *bases)
        if unsure:
            return _Sum(total.least, basis, unsure)
        return _Sum(total.bytes, basis, (), total.doubt)

    def _is_guess(self, size: Size) -> bool:
        return self.exact_only and size.basis is Basis.GUESSED

    def _is_unsure(self, size: Size) -> bool:
        is_doubtful = self.exact_only and size.doubt > 0
        return size.at_least or is_doubtful or self._is_guess(size)

    @staticmethod
    def _share(limit: Limit, whole: _Sum) -> float | None:
        """Return a limit in bytes; None where the whole that it is a share of is not known."""
        if limit.share is None:
            return limit.bytes
        return None if whole.unsure else limit.share * whole.bytes

    def _size(self, limit: Limit, what: str, found: _Sum, most: float | None) -> Verdict:
        if most is not None and found.bytes > most:
            return self._told(limit, Outcome.OVER, f"{what} {found}, over the {limit}")
        if most is None:
            return self._untold(limit, "the image has", self._image(self.plan).unsure)
        if found.unsure:
            known = bytes_text(found.bytes, found.basis)
            return self._untold(limit, f"{what} {known} and", found.unsure)
        return self._told(limit, Outcome.WITHIN, f"{what} {found}, within the {limit}")

    def _growth(self, limit: Limit) -> Verdict:
        """Say whether an image grew too much, as far as bounds tell."""
        assert self.before is not None  # noqa: S101  `verdict` asked
        grown = growth(self.before, self.plan)
        before = self._image(self.before)
        most = self._share(limit, before)
        # of a whole that is not known in full, the share is at least this
        surely = limit.bytes if limit.share is None else limit.share * before.bytes
        guesses = (*grown.alike, *grown.guessed) if self.exact_only else ()
        unsure, sure = (*grown.more, *grown.less, *guesses), not guesses
        what = f"the size changed by {grown}" if grown.bytes else f"there is {grown} of size"
        if sure and grown.most is not None and grown.most <= surely:
            return self._told(limit, Outcome.WITHIN, f"{what}, within the {limit}")
        if most is None:
            return self._untold(limit, "the image before has", before.unsure)
        if sure and grown.least is not None and grown.least > most:
            return self._told(limit, Outcome.OVER, f"{what}, over the {limit}")
        return self._untold(limit, "what changed includes", unsure)

    def _told(self, limit: Limit, outcome: Outcome, message: str) -> Verdict:
        return Verdict(self.name, limit, outcome, message)

    def _untold(self, limit: Limit, why: str, unsure: Sequence[LayerPlan]) -> Verdict:
        """Say that a limit cannot be checked, and which layers decide."""
        named = tuple(dict.fromkeys(map(_named, unsure)))
        size = "unknown or estimated size" if self.exact_only else "unknown size"
        layers = f"{plural(len(unsure), 'layer')} of {size}"
        message = f"cannot tell whether the {limit} holds: {why} {layers}"
        return Verdict(self.name, limit, Outcome.UNKNOWN, message, named)


def _named(layer: LayerPlan) -> str:
    place = "" if layer.line is None else f"line {layer.line} "
    return f"{place}{quoted(layer.instruction)}"

"""How much larger an image became: its layers now against those that it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Basis, bytes_text
from dlint.push.several import names_of
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.push.plan import LayerPlan, PushPlan


class Growth(NamedTuple):
    """The difference of two images, compressed, in bytes.

    A layer of both is no part of it, whatever its size. `guessed` are those of the rest whose size
    is an estimate. `more` are the layers of the image now, and
    `less` those of the image before, whose size is not known in full. `alike` are layers that both
    images make by the same words: what is not known of them counts as equal.
    """

    bytes: int
    basis: Basis
    guessed: tuple[LayerPlan, ...] = ()
    more: tuple[LayerPlan, ...] = ()
    less: tuple[LayerPlan, ...] = ()
    alike: tuple[LayerPlan, ...] = ()

    @property
    def least(self) -> int | None:
        """The least that it can be; None where nothing tells."""
        return None if self.less else self.bytes

    @property
    def most(self) -> int | None:
        """The most that it can be; None where nothing tells."""
        return None if self.more else self.bytes

    @property
    def told(self) -> int | None:
        """The difference, or the bound that is known of it; None where neither is."""
        return self.most if self.least is None else self.least

    def __str__(self) -> str:
        """`+12.5 MB`, `≈ -3 kB`, `≥ +20 MB`, `≤ -1 MB`, `no change`, `no known change` or
        `unknown`.
        """
        if self.told is None:
            return "unknown"
        bound = "≥ " if self.more else "≤ " if self.less else ""
        if not self.bytes:
            return f"{bound}+0 B" if bound else "no known change" if self.alike else "no change"
        figure = bytes_text(abs(self.bytes), Basis.EXACT)
        about = "≈ " if self.basis is Basis.GUESSED and not bound else ""
        return f"{bound}{about}{'+' if self.bytes > 0 else '-'}{figure}"


def growth(before: PushPlan, after: PushPlan) -> Growth:
    """Return how much larger `after` is than `before`."""
    gone, new = _apart(before.layers, after.layers)
    known = [layer for layer in (*gone, *new) if not layer.size.is_unknown]
    less, more, alike = _unknown(gone, new)
    bases = (layer.size.basis for layer in known)
    return Growth(
        sum(layer.size.bytes for layer in new) - sum(layer.size.bytes for layer in gone),
        Basis.weakest(Basis.GUESSED if alike else Basis.EXACT, *bases),
        tuple(layer for layer in known if layer.size.basis is Basis.GUESSED),
        more,
        less,
        alike,
    )


def _apart(
    before: Iterable[LayerPlan], after: Iterable[LayerPlan]
) -> tuple[list[LayerPlan], list[LayerPlan]]:
    """Return the layers that only one of two images has."""
    gone, left = list(before), []
    for layer in after:
        same = next((each for each in gone if _is_same(each, layer)), None)
        if same is None:
            left.append(layer)
        else:
            gone.remove(same)
    return gone, left


def _is_same(before: LayerPlan, now: LayerPlan) -> bool:
    return not set(names_of(before)).isdisjoint(names_of(now))


def _unknown(
    gone: Iterable[LayerPlan], new: Iterable[LayerPlan]
) -> tuple[tuple[LayerPlan, ...], ...]:
    """Return the layers before and now whose size is not known in full, and apart from them those
    now that have a counterpart of the same words.
    """
    waiting: dict[tuple[str, bool], list[LayerPlan]] = {}
    for layer in gone:
        if layer.size.at_least:
            waiting.setdefault(_words(layer), []).append(layer)
    more: list[LayerPlan] = []
    alike: list[LayerPlan] = []
    for layer in new:
        if layer.size.at_least:
            counterparts = waiting.get(_words(layer))
            (alike if counterparts else more).append(layer)
            if counterparts:
                counterparts.pop()
    less = [layer for layers in waiting.values() for layer in layers]
    return tuple(less), tuple(more), tuple(alike)


def _words(layer: LayerPlan) -> tuple[str, bool]:
    return layer.instruction, layer.size.is_unknown

"""Several images in one push: a layer that two of them hold goes up once, and the second is told
where it is, as docker does (`Mounted from`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push.mounts import Place, mount_source
from dlint.push.plan import (
    EXISTS,
    MOUNTED_PREFIX,
    PUSHED,
    LayerPlan,
    PushPlan,
    blob_of,
    counts_of,
)
from dlint.push.wire import further_platform, requests
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.keys import Keys
    from dlint.push.wire import Delivery


class Part(NamedTuple):
    """One image of a push.

    `base` is the number of the part that it is built on, among those before it; `origin` is where a
    base comes from that is no image of this push. `before` names the blobs that the image held when
    it was pushed last; None where it never was. `sibling` is the number of the same image for the
    platform that comes first: both go up in one push, under one index.
    """

    name: str
    plan: PushPlan
    place: Place
    delivery: Delivery
    base: int | None = None
    origin: Place | None = None
    before: frozenset[str] | None = None
    sibling: int | None = None


def blobs_of(keys: Keys) -> frozenset[str]:
    """Name the blobs of the layers that a build's own steps make."""
    return frozenset(blob_of(keyed) for keyed in keys.image if keyed.layer)


def names_of(layer: LayerPlan) -> tuple[str, ...]:
    """Return what a layer's blob is called: two layers that have one in common are the same."""
    return tuple(filter(None, (layer.digest, layer.diff_id, layer.blob)))


class _Held:
    """Which repositories hold which blobs, the one that got it last at the end."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, place: Place, names: tuple[str, ...] | frozenset[str]) -> None:
        for name in names:
            places = self._places.setdefault((place.registry, name), {})
            places.pop(place.repository, None)
            places[place.repository] = None

    def of(self, registry: str, layer: LayerPlan) -> dict[str, None]:
        found: dict[str, None] = {}
        for name in names_of(layer):
            found |= self._places.get((registry, name), {})
        return found


def together(parts: Sequence[Part]) -> list[Part]:
    """Return the parts as they are pushed one after the other."""
    held = _Held()
    for part, names in zip(parts, _held_before(parts), strict=True):
        held.add(part.place, names)
        if part.origin is not None:
            for layer in _base_layers(part.plan):
                held.add(part.origin, names_of(layer))
    done: list[Part] = []
    for part in parts:
        layers = [_shared(layer, part, held) for layer in _whole(part, done)]
        if part.sibling is not None:
            layers = [*_once(layers, done[part.sibling :])]
        for layer in layers:
            held.add(part.place, names_of(layer))
        done.append(part._replace(plan=_with_layers(part, layers)))
    return done


def _once(layers: Iterable[LayerPlan], siblings: Sequence[Part]) -> Iterator[LayerPlan]:
    """Yield the layers of a further platform: one of an earlier platform is not asked for again."""
    sent = {name for each in siblings for layer in each.plan.layers for name in names_of(layer)}
    for layer in layers:
        yield layer._replace(twice=True) if not sent.isdisjoint(names_of(layer)) else layer


def _base_layers(plan: PushPlan) -> Iterator[LayerPlan]:
    return (layer for layer in plan.layers if layer.line is None)


def _held_before(parts: Sequence[Part]) -> Iterator[frozenset[str]]:
    """Yield what each part's repository held before: its own blobs, and where it stands on another
    part, that one's.
    """
    known: list[frozenset[str]] = []
    for part in parts:
        there = (layer for layer in part.plan.layers if layer.status == EXISTS)
        names = frozenset(name for layer in there for name in names_of(layer))
        if part.before is not None:
            names |= part.before
            names |= known[part.base] if part.base is not None else frozenset()
        known.append(names)
        yield names


def _whole(part: Part, done: Sequence[Part]) -> Iterator[LayerPlan]:
    """Yield the layers of an image; its base's are those of the part that it is built on, which
    this image's repository need not hold.
    """
    if part.base is None:
        yield from part.plan.layers
        return
    text = next((layer.instruction for layer in _base_layers(part.plan)), "FROM")
    for layer in done[part.base].plan.layers:
        yield layer._replace(line=None, instruction=text, status=PUSHED, cause=None)
    yield from (layer for layer in part.plan.layers if layer.line is not None)


def _shared(layer: LayerPlan, part: Part, held: _Held) -> LayerPlan:
    """Return a layer as it is pushed where its registry may hold it already."""
    places = held.of(part.place.registry, layer)
    if layer.status != PUSHED or not places:
        return layer
    own = part.place.repository
    status = (
        EXISTS
        if own in places
        else MOUNTED_PREFIX + mount_source(part.delivery.builder, own, places)
    )
    return layer._replace(status=status, cause=None)


def _with_layers(part: Part, layers: Sequence[LayerPlan]) -> PushPlan:
    now, alone = (requests(part.delivery, counts_of(each)) for each in (layers, part.plan.layers))
    rest = part.plan.overhead_bytes + now - alone
    if part.sibling is not None:
        rest += further_platform(part.delivery)
    return PushPlan(tuple(layers), max(0, rest))


def whole(parts: Sequence[Part]) -> PushPlan:
    """Return all that is pushed as one plan, in which each layer is there once for each registry:
    its `image` is the sum of distinct layers.
    """
    numbers: dict[tuple[str, str], int] = {}
    found: list[LayerPlan] = []
    for part in parts:
        for layer in part.plan.layers:
            names = [(part.place.registry, name) for name in names_of(layer)]
            number = next((numbers[name] for name in names if name in numbers), len(found))
            if number == len(found):
                found.append(layer)
            elif layer.status == PUSHED:
                found[number] = layer
            numbers |= dict.fromkeys(names, number)
    return PushPlan(tuple(found), sum(part.plan.overhead_bytes for part in parts))

"""Several images in one push: a layer that two of them hold goes up once, and the second is told
where it is, as docker does (`Mounted from`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push.plan import EXISTS, MOUNTED_PREFIX, PUSHED, LayerPlan, PushPlan, overhead_of
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Place(NamedTuple):
    """Where an image goes: its registry, and its repository there."""

    registry: str
    repository: str


class Part(NamedTuple):
    """One image of a push. `base` is the number of the part that it is built on, among those before
    it; None where that is no image of this push.
    """

    name: str
    plan: PushPlan
    place: Place
    builder: str
    base: int | None = None


def identity(layer: LayerPlan) -> str:
    """Return what two layers have in common that are the same blob."""
    return layer.digest or layer.diff_id or layer.key


def together(parts: Sequence[Part]) -> list[Part]:
    """Return the parts as they are pushed one after the other."""
    done: list[Part] = []
    there: dict[tuple[str, str], str] = {}  # repositories by registry and layer
    for part in parts:
        layers = [_shared(layer, part.place, there) for layer in _whole(part, done)]
        for layer in layers:
            there.setdefault((part.place.registry, identity(layer)), part.place.repository)
        done.append(part._replace(plan=_with_layers(part, layers)))
    return done


def _whole(part: Part, done: Sequence[Part]) -> Iterator[LayerPlan]:
    """Yield the layers of an image; its base's are those of the part that it is built on."""
    if part.base is None:
        yield from part.plan.layers
        return
    own = [layer for layer in part.plan.layers if layer.line is not None]
    text = next((layer.instruction for layer in part.plan.layers if layer.line is None), "FROM")
    for layer in done[part.base].plan.layers:
        status = EXISTS if layer.status == EXISTS else PUSHED
        yield layer._replace(line=None, instruction=text, status=status, cause=None)
    yield from own


def _shared(layer: LayerPlan, place: Place, there: Mapping[tuple[str, str], str]) -> LayerPlan:
    """Return a layer as it is pushed where earlier parts have brought it to the registry."""
    known = there.get((place.registry, identity(layer)))
    if layer.status != PUSHED or known is None:
        return layer
    status = EXISTS if known == place.repository else MOUNTED_PREFIX + known
    return layer._replace(status=status, cause=None)


def _with_layers(part: Part, layers: Sequence[LayerPlan]) -> PushPlan:
    now, alone = (
        overhead_of(part.builder, each, configuration=True) for each in (layers, part.plan.layers)
    )
    return PushPlan(tuple(layers), max(0, part.plan.overhead_bytes + now - alone))


def whole(parts: Sequence[Part]) -> PushPlan:
    """Return all that is pushed as one plan, in which each layer is there once for each registry:
    its `image` is the sum of distinct layers.
    """
    found: dict[tuple[str, str], LayerPlan] = {}
    for part in parts:
        for layer in part.plan.layers:
            place = part.place.registry, identity(layer)
            if place not in found or layer.status == PUSHED:
                found[place] = layer
    return PushPlan(tuple(found.values()), sum(part.plan.overhead_bytes for part in parts))

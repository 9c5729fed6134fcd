"""Which steps that run again with a COPY are more than a trifle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.idle_reruns import is_trifle
from dlint.findings import Size
from dlint.sizes.layers import layer_bytes
from dlint.syntax import Run, Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage


def steps_of_note(
    build: Build, stage: Stage, transfer: Transfer, least: int, *, alone: bool
) -> Sequence[Step] | None:
    """Return the steps after a COPY down to the first that makes it matter that they run again with
    it: a RUN that is no trifle, what another stage copies of its folder, or the layer that makes
    `least` bytes to push; empty where its own layer does. None where nothing of that matters;
    `alone`: all after it runs on each build anyway.
    """
    own, *after = _steps_from(build, stage, transfer)
    size = layer_bytes(build, stage, transfer) if build.shipped(stage) else Size()
    if not size.is_below(least):
        return ()
    for at, step in enumerate([] if alone else after, 1):
        match step.instruction:
            case Run() as run if not is_trifle(build, run):
                return after[:at]
            case Transfer() as copy if build.shipped(step.stage):
                size = size.plus(layer_bytes(build, step.stage, copy))
        if not size.is_below(least):
            return after[:at]
    return after if _is_handed_on(build, stage, own, transfer) else None


def _steps_from(build: Build, stage: Stage, transfer: Transfer) -> list[Step]:
    """Return the steps of built stages from a COPY of `stage` on, in the file's order."""
    above = (each for each in build.stages if build.live(each) and build.stands_on(each, stage))
    return [
        step
        for each in above
        for step in build.steps(each)
        if step.stage is each and step.instruction.index >= transfer.index
    ]


def _is_handed_on(build: Build, stage: Stage, own: Step, transfer: Transfer) -> bool:
    """Tell whether an image takes a folder of what a COPY brings into a stage that does not ship:
    a single file of it stays as it is.
    """
    from dlint.facts.shipping import shipping
    from dlint.reads.arrivals import arrivals
    from dlint.text.paths import nested

    arrival = build.fact(arrivals).of(own, transfer)
    if arrival is None or build.shipped(stage):
        return False
    taken = build.fact(shipping).taken(stage)
    return any(
        nested(each.source, arrival.destination) and each.source not in arrival.files
        for each in taken
    )

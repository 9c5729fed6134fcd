"""Package lists of apt that a step fetches where an earlier one of the image has left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell import CacheLeft
from dlint.shell.judge import emptied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects
    from dlint.syntax import Run


def first_to_leave(build: Build, run: Run, cache: CacheLeft) -> Run | None:
    """Return the RUN above that first left the lists which `run` leaves anew, if any."""
    stage = build.stage_of(run)
    if stage is None or (cache.manager, cache.kind) != ("apt", "index"):
        return None
    return build.fact_of(_renewed, stage).get(run.index)


def renewed(build: Build, run: Run, cache: CacheLeft) -> str:
    """Say what a RUN does to lists that one above it has left, and left there; "" for no such."""
    first = first_to_leave(build, run, cache)
    if first is None:
        return ""
    what = f"renews the package lists that line {first.line} leaves"
    return f"{what}, so the layer contains every list that has changed"


def renewing_below(build: Build, run: Run) -> list[Run]:
    """Return the RUNs of pushed stages that leave lists of their own over those of `run`, or may
    leave some, in an `if`: without those of `run` they would be stored there.
    """
    return build.fact(_renewing).get(run.index, [])


def _renewing(build: Build) -> Mapping[int, list[Run]]:
    """Return the RUNs that leave lists over earlier ones, or may, by the number of the RUN which
    has left those; a fact.
    """
    found: dict[int, list[Run]] = {}
    known = set[int]()
    for stage in filter(build.is_pushed, build.stages):
        for run, _, first in build.fact_of(_again, stage):
            if run.index not in known:
                known.add(run.index)
                found.setdefault(first.index, []).append(run)
    return found


def _renewed(build: Build, stage: Stage) -> Mapping[int, Run]:
    """Return the first RUN that left the lists which are there, by the numbers of those RUNs of a
    stage's chain that surely leave lists again; a fact of the stage.
    """
    return {run.index: first for run, left, first in build.fact_of(_again, stage) if left.certain}


def _again(build: Build, stage: Stage) -> list[tuple[Run, CacheLeft, Run]]:
    """Return the RUNs of a stage's chain that leave lists again, or may, with these and the first
    RUN that left the lists which are there; a fact of the stage.
    """
    found: list[tuple[Run, CacheLeft, Run]] = []
    first: tuple[Run, CacheLeft] | None = None
    for run, effects in build.effects_in(build.chain(stage)):
        if first and emptied(first[1], effects) is not None:
            first = None
        left = _lists_of(effects)
        if left and first:
            found.append((run, left, first[0]))
        elif left and left.certain:
            first = run, left
    return found


def _lists_of(effects: Effects) -> CacheLeft | None:
    """Return the lists that a RUN leaves, the sure ones of several."""
    left = (each for each in effects.of(CacheLeft) if each.manager == "apt")
    indexes = (each for each in left if each.kind == "index")
    return max(indexes, key=lambda each: each.certain, default=None)

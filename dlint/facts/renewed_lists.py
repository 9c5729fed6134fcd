"""Package lists of apt that a step fetches where an earlier one of the image has left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.tools import version_of
from dlint.model.mounts import is_stored
from dlint.shell import CacheLeft
from dlint.shell.judge import emptied
from dlint.shell.managers import manager_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects
    from dlint.syntax import Run

# The releases whose `add-apt-repository` is the first to fetch the lists (software-properties
# 0.96.24 of Ubuntu, 0.99 of Debian), unless a flag keeps it from that.
_FETCHES_SINCE = {"ubuntu": (18,), "debian": (12,)}
_FETCHES_NOTHING = frozenset(("-n", "--no-update"))


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


def stored_above(build: Build, run: Run) -> list[Run]:
    """Return the RUNs above one that surely leave lists which are still there when it leaves its
    own over them.
    """
    stage = build.stage_of(run)
    again = build.fact_of(_again, stage) if stage else []
    first = next((first for each, _, first in again if each is run), None)
    if first is None:
        return []
    between = (each for each, left, of in again if of is first and left.certain)
    return [first, *(each for each in between if each.index < run.index)]


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
        if first and not left and (command := fetching_with_sources(build, run, first[1])):
            left = first[1]._replace(
                command=command, span=command.span, commands=(command,), certain=False
            )
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


def fetching_with_sources(build: Build, run: Run, lists: CacheLeft) -> Command | None:
    """Return the command of a RUN that adds a source of packages, and by that fetches apt's `lists`
    once more and leaves them.
    """
    names = manager_named("apt").also_fetch_index
    last = next((each for each in reversed(build.script(run).commands) if each.name in names), None)
    if last is None or not _FETCHES_NOTHING.isdisjoint(last.forms) or _is_old(build, run):
        return None
    is_deleted = emptied(lists, build.effects(run), behind=last) is not None
    return None if is_deleted or not is_stored(build, run, lists.path) else last


def _is_old(build: Build, run: Run) -> bool:
    """Tell whether the release of a RUN's base is too old to fetch lists with a source."""
    stage = build.stage_of(run)
    versions = ((version_of(stage, each), of) for each, of in _FETCHES_SINCE.items() if stage)
    return any(version is not None and version < first for version, first in versions)

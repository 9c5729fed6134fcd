"""Package lists of apt that a step fetches where an earlier one of the image has left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.model.mounts import is_stored
from dlint.shell import CacheLeft, Install, Refresh
from dlint.shell.judge import emptied
from dlint.shell.managers import manager_named
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects
    from dlint.syntax import Run


# The releases since which add-apt-repository does (software-properties 0.96.24), and its flags that
# keep it from that.
_UPDATE_SINCE = {"debian": (12,), "ubuntu": (18, 4)}
_UPDATING = regex(r"\b(?:bookworm|trixie|focal|jammy|noble)\b")
_NO_UPDATE = frozenset(("-n", "--no-update"))


def first_to_leave(build: Build, run: Run, cache: CacheLeft) -> Run | None:
    """Return the RUN above that first left the lists which `run` leaves anew, if any."""
    stage = build.stage_of(run)
    if stage is None or (cache.manager, cache.kind) != ("apt", "index"):
        return None
    return build.fact_of(_renewed, stage).get(run.index)


def left_with_source(build: Build, run: Run, cache: CacheLeft) -> Run | None:
    """Return the RUN above that added a source of packages, and so left the lists first which `run`
    leaves anew, if any: these are deleted in both, or stay.
    """
    first = first_to_leave(build, run, cache)
    is_with_source = first is not None and _lists_of(build.effects(first)) is None
    return first if is_with_source else None


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
        if first and _is_needed(build, first[0], effects):
            first = None
        left = _lists_of(effects)
        there = left or _lists_of_sources(build, stage, run)
        if left and first:
            found.append((run, left, first[0]))
        elif there and there.certain:
            first = first or (run, there)
    return found


def _is_needed(build: Build, first: Run, effects: Effects) -> bool:
    """Tell whether a RUN installs from the lists that the adding of a source has left."""
    is_of_sources = _lists_of(build.effects(first)) is None
    is_refreshed = "apt" in effects.by_manager(Refresh)
    return is_of_sources and not is_refreshed and "apt" in effects.by_manager(Install)


def _lists_of_sources(build: Build, stage: Stage, run: Run) -> CacheLeft | None:
    """Return the lists that a RUN leaves in which a program adds a source of packages, and fetches
    all lists then, as that of the base's distribution does.
    """
    apt = manager_named("apt")
    adding = [each for each in build.script(run).commands if each.name in apt.also_fetch_index]
    if not adding or not _updates_by_itself(stage) or not _NO_UPDATE.isdisjoint(adding[-1].forms):
        return None
    command, (path, *_) = adding[-1], apt.cache("index").defaults
    left = CacheLeft(command, command.span, "apt", path, (path,), "index", certain=command.certain)
    is_emptied = emptied(left, build.effects(run), behind=command) is not None
    return left if is_stored(build, run, path) and not is_emptied else None


def _updates_by_itself(stage: Stage) -> bool:
    from dlint.facts.tools import version_of

    if _UPDATING.search(stage.outermost.image or ""):
        return True
    return any((version_of(stage, name) or ()) >= first for name, first in _UPDATE_SINCE.items())


def _lists_of(effects: Effects) -> CacheLeft | None:
    """Return the lists that a RUN leaves, the sure ones of several."""
    left = (each for each in effects.of(CacheLeft) if each.manager == "apt")
    indexes = (each for each in left if each.kind == "index")
    return max(indexes, key=lambda each: each.certain, default=None)

"""Package lists of apt that a step fetches where an earlier one of the image has left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.tools import version_of
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

# The releases whose `add-apt-repository` is the first to fetch the lists (software-properties
# 0.96.24 of Ubuntu, 0.99 of Debian), unless a flag keeps it from that.
_FETCHES_SINCE = {"ubuntu": (18,), "debian": (12,)}
_NEW_ENOUGH = regex(r"\b(?:bookworm|trixie|focal|jammy|noble)\b")  # as images of others name them
_FETCHES_NOTHING = frozenset(("-n", "--no-update"))


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
    return first if first is not None and _added_source(build, first) else None


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
        if first and _is_needed(build, first[0], effects):
            first = None
        left = _lists_of(effects)
        there = left or lists_of_sources(build, run)
        if there and first:
            found.append((run, there._replace(certain=left is not None and left.certain), first[0]))
        elif there and there.certain:
            first = run, there
    return found


def _is_needed(build: Build, first: Run, effects: Effects) -> bool:
    """Tell whether a RUN installs from the lists that the adding of a source has left."""
    installs = "apt" in effects.by_manager(Install) and "apt" not in effects.by_manager(Refresh)
    return installs and _added_source(build, first)


def _added_source(build: Build, first: Run) -> bool:
    """Tell whether the RUN that first left lists did so by adding a source of packages."""
    return _lists_of(build.effects(first)) is None


def _lists_of(effects: Effects) -> CacheLeft | None:
    """Return the lists that a RUN leaves, the sure ones of several."""
    left = (each for each in effects.of(CacheLeft) if each.manager == "apt")
    indexes = (each for each in left if each.kind == "index")
    return max(indexes, key=lambda each: each.certain, default=None)


def lists_of_sources(build: Build, run: Run) -> CacheLeft | None:
    """Return the lists that a RUN leaves, or may, in which a program adds a source of packages and
    fetches all lists then.
    """
    apt = manager_named("apt")
    commands = reversed(build.script(run).commands)
    last = next((each for each in commands if each.name in apt.also_fetch_index), None)
    if last is None or not _FETCHES_NOTHING.isdisjoint(last.forms):
        return None
    if (fetches := _fetches(build, run)) is False:
        return None
    path, is_sure = apt.cache("index").defaults[0], last.certain and fetches is True
    left = CacheLeft(last, last.span, "apt", path, (path,), "index", certain=is_sure)
    is_deleted = emptied(left, build.effects(run), behind=last) is not None
    return None if is_deleted or not is_stored(build, run, path) else left


def _fetches(build: Build, run: Run) -> bool | None:
    """Tell whether the release of a RUN's base fetches lists with a source; None if not known."""
    stage = build.stage_of(run)
    versions = ((version_of(stage, each), of) for each, of in _FETCHES_SINCE.items() if stage)
    known = [version >= first for version, first in versions if version is not None]
    if stage and not known and _NEW_ENOUGH.search(stage.outermost.image or ""):
        return True
    return all(known) if known else None

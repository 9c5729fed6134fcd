"""RUNs by which pip upgrades itself: what that leaves in pip's cache is little beside what another
RUN leaves there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.cache_fillings import filled_by
from dlint.facts.caches import wasted_caches
from dlint.shell import CacheLeft, Install

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Run

INSTALLERS = frozenset(("pip", "setuptools", "wheel"))


def is_told_below(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether `run` leaves nothing but pip itself where a RUN below leaves more."""
    return cache.manager == "pip" and run.index in build.fact(_told_below)


def own_upgrades(build: Build, run: Run, cache: CacheLeft) -> list[Run]:
    """Return the RUNs above by which pip upgrades itself that are told with what `run` leaves."""
    return build.fact(_told_together).get(run.index, []) if cache.manager == "pip" else []


def _told_below(build: Build) -> frozenset[int]:
    """Return the numbers of the RUNs that upgrade pip alone and are told with another; a fact."""
    return frozenset(each.index for runs in build.fact(_told_together).values() for each in runs)


def _told_together(build: Build) -> Mapping[int, list[Run]]:
    """Return the RUNs that upgrade pip alone, by the number of the first below that leaves more in
    the same cache; a fact.
    """
    found: dict[int, list[Run]] = {}
    told = set[int]()
    for stage in filter(build.is_pushed, build.stages):
        for index, runs in build.fact_of(_in_chain, stage).items():
            found.setdefault(index, []).extend(each for each in runs if each.index not in told)
            told |= {each.index for each in runs}
    return found


def _in_chain(build: Build, stage: Stage) -> Mapping[int, list[Run]]:
    found: dict[int, list[Run]] = {}
    waiting: dict[tuple[str, ...], list[Run]] = {}
    for run, effects in build.effects_in(build.chain(stage)):
        left = next(iter(effects.of_manager(CacheLeft, "pip")), None)
        if left is None or left not in wasted_caches(build, run):
            continue
        if _upgrades_alone(build, run, left):
            waiting.setdefault(left.paths, []).append(run)
        elif left.paths in waiting:
            found[run.index] = waiting.pop(left.paths)
    return found


def _upgrades_alone(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a RUN installs nothing by pip but pip itself, and what that installs by."""
    effects = build.effects(run)
    installs = [
        install
        for command in filled_by(build, run, cache)
        for install in effects.of_command(Install, command)
    ]
    is_more = any(each.manifests or each.projects for each in installs)
    names = frozenset[str]().union(*(each.names for each in installs))
    return bool(names) and names <= INSTALLERS and not is_more

"""Libraries that a RUN downloads into its layer, and that a cache mount of a later RUN hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell import CacheKept, CacheLeft, Install
from dlint.syntax import Run
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage


class Hidden(NamedTuple):
    """An install that downloads a project's libraries into its layer, where they lie, and the first
    RUN below that works with those of its own cache mount in their place.
    """

    install: Install
    cache: CacheLeft
    by: Run


def hidden_libraries(build: Build, run: Run) -> Hidden | None:
    """Return an install of a RUN whose libraries the cache mount of a later RUN hides."""
    stage, effects = build.stage_of(run), build.effects(run)
    if stage is None:
        return None
    for install in effects.of(Install):
        if install.packages or install.hidden or not install.command.certain:
            continue
        for cache in effects.of(CacheLeft):
            below = next(_below(build, stage, run, cache), None)
            if cache.manager == install.manager and below is not None:
                return Hidden(install, cache, below)
    return None


def _below(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> Iterator[Run]:
    """Yield the RUNs below one that have a mount where it leaves libraries."""
    hiding = build.fact(_hiding)
    for above in build.stages_on(stage):
        for each in hiding.get((above.index, cache.manager, cache.path), ()):
            if each.index > run.index:
                yield each


def _hiding(build: Build) -> Mapping[tuple[int, str, str], list[Run]]:
    """Return the RUNs that work with libraries in a cache mount which begins empty, by the number
    of their stage, the manager and the folder; a fact.
    """
    found: dict[tuple[int, str, str], list[Run]] = {}
    for stage in build.stages:
        mounting = (each for each in stage.instructions if isinstance(each, Run) and each.mounts)
        for run in mounting:
            if any(mount.from_ for mount in run.mounts if mount.type == "cache"):
                continue
            for kept in build.effects(run).of(CacheKept):
                if _is_of_libraries(kept):
                    found.setdefault((stage.index, kept.manager, kept.path), []).append(run)
    return found


def _is_of_libraries(kept: CacheKept) -> bool:
    """Tell whether programs are built with what a manager keeps there, which it gets if need be."""
    manager = kept.managed_by
    is_library = manager.library_users != "" and kept.kind == "cache"
    return is_library and manager.offline.isdisjoint(kept.command.forms)

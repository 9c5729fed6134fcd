"""Caches of package managers that the recipes of a `make` leave in the layer of its RUN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.caches import is_emptied_below, is_surely_filled, is_used_later
from dlint.facts.called_scripts import starting
from dlint.facts.placed import placed
from dlint.model.mounts import is_stored, may_be_anywhere
from dlint.reads.makefiles import surely_run_by_make
from dlint.reads.scripts import clean_up
from dlint.shell import CacheLeft
from dlint.shell.judge import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.shell import Command
    from dlint.syntax import Run


def left_by_make(build: Build, run: Run) -> list[CacheLeft]:
    """Return the caches that recipes of the context's Makefile surely fill and leave, as those of
    the command that runs them: such caches as a variable keeps away, which neither the RUN nor the
    Makefile speaks of. What commands of the RUN itself leave there is told with those.
    """
    return build.keep((left_by_make, run.index), lambda: [*_left(build, run)])


def _left(build: Build, run: Run) -> Iterator[CacheLeft]:
    if may_be_anywhere(build, run, ("cache", "tmpfs")):
        return
    effects = build.effects(run)
    own = effects.by_manager(CacheLeft)
    for command in starting(build, run):
        for left in _left_in(build, run, command) if command.name == "make" else ():
            cache = left._replace(command=command, commands=(command,), span=command.span)
            is_gone = emptied(cache, effects, behind=command) or clean_up(build, run, cache)
            if cache.manager not in own and not is_gone and _stays(build, run, cache):
                yield cache


def _left_in(build: Build, run: Run, command: Command) -> Iterator[CacheLeft]:
    """Yield what the recipes of a `make` leave, where nothing may keep it away."""
    step = build.step_of(run)
    there = build.fact(placed).before(step) if step else {}
    found = surely_run_by_make(build, step, command, there) if step and there else None
    if found is None:
        return
    effects, makefile = found
    for left in effects.of(CacheLeft):
        variables = left.managed_by.cache(left.kind).off_variables
        is_told = any(each in text for each in variables for text in (makefile, run.value.text))
        if left.certain and variables and not is_told:
            yield left


def _stays(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a cache that is filled gets into the image, and stays there for nothing."""
    is_kept = all(is_stored(build, run, path) for path in cache.paths)
    is_for_nothing = not is_used_later(build, run, cache) and not cache.linked
    return (
        is_kept
        and is_for_nothing
        and is_surely_filled(build, run, cache)
        and not is_emptied_below(build, run, cache)
    )

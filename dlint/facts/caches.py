"""What is known of a package manager's cache that a RUN fills: where it is, and who uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import CacheLeft
    from dlint.syntax import Run

_MOVING = ("config set", "cache-dir", "cache_dir", "cacheFolder", "store-dir")


def may_move_cache(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a file that may move the cache is in the context, or `run` or a step above it
    speaks of such a setting.
    """
    if any(name in build.context.entries for name in cache.managed_by.configured_by):
        return True
    stage = build.stage_of(run)
    steps = build.chain(stage) if stage else ()
    above = (step.instruction.value.text for step in steps if step.instruction.index <= run.index)
    return any(word in text for text in above for word in _MOVING)

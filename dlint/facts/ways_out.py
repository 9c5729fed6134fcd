"""How what one layer stores and a later one deletes need not be stored at all."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.caches import refreshed_for_later
from dlint.facts.needs import is_system_manager
from dlint.syntax import Add, Copy, Transfer
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.facts.deletions import Deletion
    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft, Effects
    from dlint.shell.effects import Effect
    from dlint.syntax import Instruction, Run

# for a RUN to unpack or install
_PACKED = regex(r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|7z|[ejw]ar)\Z")
_IN_ONE_RUN = "delete them in the `RUN` that stores them"


def way_out(build: Build, stage: Stage, run: Run, deletion: Deletion, stored: Stored) -> str:
    """Say how what was stored, or the part of a COPY from the context that `run` deletes, need not
    be stored.

    All of a COPY was there for a RUN to read. The part that no RUN in between can have read is not
    needed in the context either.
    """
    taken = deletion.files_of(stored)
    if stored.arrival is None or not taken or taken == stored.arrival.sources:
        return _way_out_of_all(stored.instruction)
    between = (
        effects
        for each, effects in build.effects_in(build.chain(stage))
        if stored.instruction.index < each.index <= run.index
    )
    if any(map(_may_read, between)):
        return "use them in another stage, and copy only what the image needs"
    common = posixpath.commonpath(taken) or min(taken)
    return f"exclude `{common}` in `.dockerignore` or with `COPY --exclude`"


def way_out_of_cache(build: Build, run: Run, left: CacheLeft) -> str:
    """Say how a cache that `run` fills, and a later one empties, need not be stored."""
    is_index = left.kind == "index"
    return _IN_ONE_RUN + (refreshed_for_later(build, run, left.managed_by) if is_index else "")


def _way_out_of_all(instruction: Instruction) -> str:
    match instruction:
        case Copy(from_=str() as name) if all(
            _PACKED.search(word.text) for word in instruction.sources
        ):
            return f"use `RUN --mount=type=bind,from={name}`, which stores nothing"
        case Copy(from_=str()):
            return "delete or move them where they come from, or copy only what the image needs"
        case Add() if any("://" in word.text for word in instruction.sources):
            return "download and delete them in one `RUN`"
        case Transfer():
            return "use `RUN --mount=type=bind`, which stores nothing"
    return _IN_ONE_RUN


def _may_read(effects: Effects) -> bool:
    """Tell whether a RUN may read files that were copied: it does more than install packages of the
    system, delete, and change owners and modes.
    """
    return not effects.known or not all(map(_reads_nothing, effects.items))


def _reads_nothing(effect: Effect) -> bool:
    from dlint.shell import CacheLeft, Clean, Create, Delete, Install, Refresh, Remove, Rewrite

    match effect:
        case Clean() | CacheLeft() | Delete() | Refresh() | Remove():
            return True
        case Create():
            return effect.source is None
        case Rewrite():
            return effect.how in {"chmod", "chown", "chgrp", "touch"}
        case Install():
            return is_system_manager(effect.manager)
    return False

"""What RUNs write to cache and tmpfs mounts, which is in no layer, and what else may make it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.model.mounts import mounts_of
from dlint.shell.managers import family
from dlint.syntax import Run, Transfer
from dlint.text.paths import nested, within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Mount

_TYPES = ("cache", "tmpfs")


class LostOutput(NamedTuple):
    """A mount's place in a stage (`target`, absolute), and the RUN that wrote to it."""

    run: Run
    mount: Mount
    target: str


def lost_outputs(build: Build, stage: Stage) -> Sequence[LostOutput]:
    """Return the cache and tmpfs mounts in a stage's chain, in order."""
    return build.fact(_lost)[stage.index]


def _lost(build: Build) -> dict[int, list[LostOutput]]:
    """Return what `lost_outputs` tells of each stage's whole chain, by the stages' numbers."""
    found: dict[int, list[LostOutput]] = {}
    for stage in build.stages:
        base = stage.base
        # a base stands above in the file, so that it has been looked at
        found[stage.index] = [*(found.get(base.index, ()) if base else ())]
        for step in build.steps(stage):
            run = step.instruction
            if isinstance(run, Run) and run.mounts and build.stage_of(run) is step.stage:
                for mount, target in mounts_of(build, run, _TYPES):
                    found[stage.index].append(LostOutput(run, mount, target))
    return found


def lost_at(build: Build, stage: Stage, path: str) -> LostOutput | None:
    """Return the mount that alone held `path` (absolute) in a stage's chain."""
    for lost in lost_outputs(build, stage):
        is_there = within(path, lost.target)
        if is_there and not is_made_elsewhere(build, stage, path, lost.target):
            return lost
    return None


def is_made_elsewhere(
    build: Build, stage: Stage, path: str, target: str, before: Run | None = None
) -> bool:
    """Tell whether a step of a stage's chain, above `before`, may have made `path` without the
    mount at `target`.
    """
    for step in build.chain(stage):
        if step.instruction is before:
            return False
        if _may_make(build, step, path, target):
            return True
    return False


def _may_make(build: Build, step: Step, path: str, target: str) -> bool:
    match step.instruction:
        case Transfer() as transfer:
            place = _destination(step, transfer)
            if within(place, target) or (transfer.from_ and within(target, place)):
                return True
            return _brings(build, transfer, path)
        case Run() as run:
            mounted = (each.target for each in mounts_of(build, run, _TYPES))
            return not any(within(path, each) for each in mounted) and _may_write(
                build, run, target
            )
    return False


def _destination(step: Step, transfer: Transfer) -> str:
    text = transfer.destination.text if transfer.destination else ""
    place = step.state.expand(text) or "/"
    return posixpath.normpath(posixpath.join(step.state.workdir or "/", place))


def _brings(build: Build, transfer: Transfer, path: str) -> bool:
    """Tell whether a COPY from the context holds `path`; one that is not known is taken to hold no
    build's output.
    """
    selection = build.selection(transfer)
    if selection is None:
        return False
    return any(within(f"/{landed.path}", path) for landed in selection.entries)


def _may_write(build: Build, run: Run, target: str) -> bool:
    from dlint.shell.effects import Install, Unknown

    effects = build.effects(run)
    if not effects.known or effects.of(Unknown):
        return True
    if any(nested(each, target) for each in effects.mentions - {"/"}):
        return True
    return any(_may_fill(install, target) for install in effects.of(Install))


def _may_fill(install: Install, target: str) -> bool:
    """Tell whether an install writes to a folder of the project, which `target` may be."""
    if install.hidden or install.manager in {"cargo", "uv"}:
        return True
    return posixpath.basename(target) == "node_modules" and family(install.manager) == "node"

"""What images do not hold of others that they take as a whole, or a folder of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.deletions import deleted_in, emptied_caches, uninstalled
from dlint.facts.dependencies import dependency_folders
from dlint.facts.own_bases import taken_by_others
from dlint.facts.shipping import copies_from_stages, shipping
from dlint.shell import Delete
from dlint.text.paths import within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction, Run

_OF_PACKAGES = "/usr"  # where nobody knows the folder of what is uninstalled


def is_not_released(build: Build, instruction: Instruction, paths: Sequence[str]) -> bool:
    """Tell whether the file's last image takes all of one that stands on an instruction, where a
    RUN has deleted one of `paths` by then: what is released does not hold what is stored there.
    """
    own, last = build.stage_of(instruction), build.stages[-1]
    if own is None or build.stands_on(last, own):
        return False
    taken = (
        build.stages[number]
        for number, each in copies_from_stages(build, last)
        if each.source == "/"
    )
    return any(
        max(deleted_in(build, each, path), default=0) > instruction.index
        for each in taken
        if build.stands_on(each, own)
        for path in paths
    )


def frees_elsewhere(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether a pushed image takes a folder out of `stage`, or of one on top of it, in which
    `run` deletes something, or another Dockerfile out of this one's: that image does without it.
    """
    out, others = build.fact(shipping), build.fact(taken_by_others)
    places = _places_emptied(build, stage, run) if out.carried or others else ()
    return any(
        out.carrier(stage, place) is not None or any(within(place, each) for each in others)
        for place in places
    )


def _places_emptied(build: Build, stage: Stage, run: Run) -> Iterator[str]:
    yield from filter(None, (each.place.rooted for each in build.effects(run).of(Delete)))
    for gone in uninstalled(build, stage, run):
        step = build.step_of(gone.run)
        folders = dependency_folders(build, step, gone.install) if step else ()
        yield from folders or gone.install.folders or (_OF_PACKAGES,)
    for _, _, left in emptied_caches(build, stage, run):
        yield from left.paths

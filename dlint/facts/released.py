"""What the last image of a file does not hold of others that it takes as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.deletions import deleted_in
from dlint.facts.shipping import copies_from_stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.syntax import Instruction


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

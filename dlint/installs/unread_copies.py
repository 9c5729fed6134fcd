"""COPYs that no later step of their stage reads: they may stand at its end."""

from __future__ import annotations

from dlint.model.build import UNKNOWN_WORKDIR
from dlint.reads.mentions import IMAGES_OWN
from dlint.syntax import Run, Transfer
from dlint.text.paths import nested
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.syntax import Instruction

# Where programs find others, their libraries and their settings without a word of them.
_FOUND_UNNAMED = regex(r"/(?:bin|etc|home|lib\w*|root|sbin|usr|var)(?:/|\Z)")


def may_be_last(build: Build, stage: Stage, arrival: Arrival) -> bool:
    """Tell whether a COPY brings a folder of its own, in which no later step of its stage works,
    and which none names or brings something to.
    """
    place = arrival.destination.rstrip("/")
    if place in IMAGES_OWN or _FOUND_UNNAMED.match(place):
        return False
    later = (each for each in stage.instructions if each.index > arrival.instruction.index)
    return not any(_is_about(build, each, place) for each in later)


def _is_about(build: Build, instruction: Instruction, place: str) -> bool:
    """Tell whether an instruction names a folder, works there, or brings something to it."""
    if any(place in text for text in instruction.texts):
        return True
    if isinstance(instruction, Run):
        workdir = build.state(instruction).workdir or UNKNOWN_WORKDIR
        return workdir != "/" and nested(workdir, place)  # who works in the root names folders
    step = build.step_of(instruction) if isinstance(instruction, Transfer) else None
    return step is not None and nested(step.destination("/?") or "/", place)

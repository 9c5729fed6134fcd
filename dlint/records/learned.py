"""What the record of a build teaches: how long each step took, as the repository keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.images.recorded import LONG, LONGEST, STEPS, RecordedImage, RecordedStep
from dlint.sizes.recorded import instruction_text
from dlint.sizes.times import stage_name, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model import Build
    from dlint.records.explain import Explained


def timed(steps: Iterable[Explained]) -> list[RecordedStep]:
    """Return the steps that ran to their end and whose time is told."""
    found = []
    for each in steps:
        text = instruction_text(each.keyed.step.instruction)
        if not each.has_made or each.is_base or each.match is None or len(text) > LONG:
            continue
        vertex = each.match.vertex
        if vertex.seconds is not None and vertex.seconds <= LONGEST:
            stage = stage_name(each.keyed.step.stage)
            seconds = round(vertex.seconds, 3)
            found.append(RecordedStep(text, stage, each.keyed.key, seconds, vertex.basis))
    return found


def learned(
    before: RecordedImage | None, build: Build, steps: Iterable[Explained], day: str, source: str
) -> RecordedImage:
    """Return what is recorded of an image after a build of it: times of steps that ran stand in
    place of older ones, and those of instructions that are gone are dropped.

    Of an image that nothing was recorded of, nothing else is told.
    """
    new = timed(steps)
    options, target = build.options, build.target
    own = {
        words_of(stage, instruction) for stage in build.stages for instruction in stage.instructions
    }
    image = before or RecordedImage(
        build.dockerfile.source.path,
        options.target,
        options.platform,
        source,
        base=target.outermost.image if target else None,
        day=day,
    )
    kept = {step.words: step for step in image.steps if step.words in own}
    kept.update((step.words, step) for step in new)
    return image._replace(steps=tuple(kept.values())[:STEPS])

"""What is pushed: the layers of the stages that ship, and what they copy from stages that don't."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dlint.model.scope import join
from dlint.model.stages import find_stage
from dlint.model.tree import within
from dlint.syntax import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction


class Carried(NamedTuple):
    """A folder or file of another stage that a COPY brings into an image; `source` is absolute."""

    copy: Copy
    source: str
    destination: str | None


class Shipping:
    """Where the bytes of each stage go."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build

    @cached_property
    def carried(self) -> Mapping[int, tuple[Carried, ...]]:
        """What shipped stages copy, by the number of the stage that it is taken from."""
        found: dict[int, list[Carried]] = {}
        for stage in self._build.stages:
            if self._build.shipped(stage):
                for number, each in copies_from_stages(self._build, stage):
                    found.setdefault(number, []).append(each)
        return {number: tuple(each) for number, each in found.items()}

    def carrier(self, stage: Stage, path: str) -> Copy | None:
        """Return the COPY of a shipped stage that takes `path` (absolute) out of a stage or of one
        on top of it.
        """
        for other in self._build.stages:
            if other.index in self.carried and stage in other.ancestors():
                for each in self.carried[other.index]:
                    if within(path, each.source):
                        return each.copy
        return None

    def later(self, instruction: Instruction) -> Iterator[Step]:
        """Yield the steps that stand on `instruction` in any shipped image, each once."""
        seen: set[int] = set()
        own = self._build.stage_of(instruction)
        for stage in self._build.stages_on(own) if own else ():
            if not self._build.shipped(stage):
                continue
            for step in self._build.steps(stage):
                index = step.instruction.index
                if index > instruction.index and index not in seen:
                    seen.add(index)
                    yield step


def copies_from_stages(build: Build, stage: Stage) -> Iterator[tuple[int, Carried]]:
    """Yield what the COPYs of `stage` take from other stages, with the number of each; unknown
    paths are left out.
    """
    for instruction in stage.instructions:
        if not isinstance(instruction, Copy) or not instruction.from_:
            continue
        origin = find_stage(
            build.stages, build.expand(instruction, instruction.from_) or "", stage.index
        )
        if origin is None:
            continue
        to = (
            build.expand(instruction, instruction.destination.text)
            if instruction.destination
            else None
        )
        destination = join(build.state(instruction).workdir, to)
        for word in instruction.sources:
            source = build.expand(instruction, word.text)
            if source is not None:
                place = posixpath.normpath("/" + source.lstrip("/"))
                yield origin.index, Carried(instruction, "/" + place.lstrip("/"), destination)


def shipping(build: Build) -> Shipping:
    """Return where the bytes of `build` go; a fact: `build.fact(shipping)`."""
    return Shipping(build)

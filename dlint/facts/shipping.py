"""What is pushed: the layers of the stages that ship, and what they copy from stages that don't."""

from __future__ import annotations

import posixpath
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from dlint.facts.changing import change_of_source
from dlint.facts.dependencies import Dependencies, dependencies, filled_after
from dlint.model.scope import join
from dlint.model.stages import SCRATCH, find_stage
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import family, is_system_manager
from dlint.syntax import Copy, Run
from dlint.text.lazy import lazy
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Instruction

# Where an environment of Python keeps its packages.
_PACKAGES = regex(r"lib(?:64)?(?:/python[^/]*(?:/(?:site|dist)-packages)?)?")


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
        self._steps_on: dict[int, Sequence[tuple[int, Step]]] = {}

    @lazy
    def carried(self) -> Mapping[int, tuple[Carried, ...]]:
        """What gets into pushed images, by the number of the stage that it is taken from: also by
        way of other stages, which may hand on but a part of what they take.
        """
        found: dict[int, list[Carried]] = {}
        for stage in reversed(self._build.stages):  # a stage copies from earlier ones alone
            shipped = self._build.shipped(stage)
            taken = () if shipped else tuple(self._taken(found, stage))
            for number, each in copies_from_stages(self._build, stage):
                parts = [each] if shipped else _handed_on(stage, each, taken)
                found.setdefault(number, []).extend(parts)
        return {number: tuple(each) for number, each in found.items() if each}

    def taken(self, stage: Stage) -> Iterator[Carried]:
        """Yield what of the files of a stage, which those on top of it hold, too, gets into pushed
        images.
        """
        return self._taken(self.carried, stage)

    def _taken(self, carried: Mapping[int, Sequence[Carried]], stage: Stage) -> Iterator[Carried]:
        for other in self._build.stages_on(stage):
            yield from carried.get(other.index, ())

    def carrier(self, stage: Stage, path: str) -> Copy | None:
        """Return the COPY that takes `path` (absolute), whole, out of a stage, or of one on top of
        it, so that it gets into a pushed image.
        """
        taken = self._build.fact_of(_taken_by_source, stage)
        return next((each.copy for each in _around(taken, path)), None)

    def later(self, instruction: Instruction) -> Iterator[Step]:
        """Yield the steps that stand on `instruction` in any shipped image, each once."""
        own = self._build.stage_of(instruction)
        steps = self._standing_on(own) if own else ()
        return (step for index, step in steps if index > instruction.index)

    def _standing_on(self, own: Stage) -> Sequence[tuple[int, Step]]:
        """Return the steps of a stage, and of those on top of it, that are shipped, each
        instruction once, with its number.
        """
        found = self._steps_on.get(own.index)
        if found is None:
            steps: dict[int, Step] = {}
            for stage in self._build.stages_on(own):
                for step in self._build.steps(stage) if self._build.shipped(stage) else ():
                    steps.setdefault(step.instruction.index, step)
            found = self._steps_on[own.index] = list(steps.items())
        return found


def _handed_on(stage: Stage, copied: Carried, taken: Iterable[Carried]) -> Iterator[Carried]:
    """Yield the parts of what a COPY brings into a stage that others take out of it, each with the
    COPY that brings it into a pushed image. Of a root that is laid over a base (tools that come as
    an image) only the whole: a part is as likely what the base holds or a step makes.
    """
    to = copied.destination
    if to is None or copied.copy.excludes:
        return
    is_laid_over = copied.source == to == "/" and stage.outermost.image != SCRATCH
    for each in taken:
        if within(to, each.source):
            yield copied._replace(copy=each.copy, destination=None)
        elif within(each.source, to) and not is_laid_over:
            below = posixpath.relpath(each.source, to)
            source = posixpath.join(copied.source, below)
            yield Carried(each.copy, source, each.destination)


def carrier_of(build: Build, run: Run, install: Install) -> Copy | None:
    """Return the COPY that takes the dependencies which `install`, a command of `run`, puts into a
    folder of their own, all of them, out of a stage, so that they get into a pushed image; None
    where a later one fills it again.
    """
    stage = build.stage_of(run)
    taken = {} if stage is None else build.fact_of(_taken_by_source, stage)
    if stage is None or not taken:
        return None
    for held in build.fact_of(_filled_last, stage).get(run.index, ()):
        if held.install == install:
            for each in _taking_whole(taken, held):
                if not each.copy.excludes:
                    return each.copy
    return None


def _taken_by_source(build: Build, stage: Stage) -> dict[str, list[tuple[int, Carried]]]:
    """Return what is taken out of a stage by where it stands there, with numbers that tell the
    order; a fact of the stage, since each RUN asks.
    """
    found: dict[str, list[tuple[int, Carried]]] = {}
    for at, each in enumerate(build.fact(shipping).taken(stage)):
        found.setdefault(each.source.rstrip("/"), []).append((at, each))
    return found


def _taking_whole(
    taken: Mapping[str, Sequence[tuple[int, Carried]]], held: Dependencies
) -> Iterator[Carried]:
    """Yield what takes a folder of dependencies whole, in order: that folder, or one around it."""
    if family(held.install.manager) != "python":
        return _around(taken, held.folder)
    rows = sorted(chain.from_iterable(taken.values()), key=itemgetter(0))
    return (
        each
        for _, each in rows
        if within(held.folder, each.source) or _is_all_of(held, each.source)
    )


def _around(taken: Mapping[str, Sequence[tuple[int, Carried]]], path: str) -> Iterator[Carried]:
    """Yield what takes a path or a folder around it, in order."""
    rows = [row for each in _upwards(path.rstrip("/")) for row in taken.get(each, ())]
    return (each for _, each in sorted(rows, key=itemgetter(0)) if within(path, each.source))


def _upwards(folder: str) -> Iterator[str]:
    """Yield a folder and those around it, the root as nothing."""
    yield folder
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _filled_last(build: Build, stage: Stage) -> dict[int, list[Dependencies]]:
    """Return the dependencies that a stage holds by the numbers of the RUNs that fill their folders
    last; a fact of the stage, since each RUN asks.
    """
    found: dict[int, list[Dependencies]] = {}
    for held in {each.folder: each for each in dependencies(build, stage, "/")}.values():
        found.setdefault(held.run.index, []).append(held)
    return found


def _is_all_of(held: Dependencies, folder: str) -> bool:
    """Tell whether a folder of an environment of Python holds all of the packages in it."""
    if not within(folder, held.folder):
        return False
    return _PACKAGES.fullmatch(posixpath.relpath(folder, held.folder)) is not None


def dependencies_held(build: Build, stage: Stage, below: str) -> Iterator[Dependencies]:
    """Yield the dependencies that a stage holds in folders `below` another one: what its own RUNs
    install there, and what COPYs bring from stages that do.
    """
    yield from dependencies(build, stage, below)
    for number, each in copies_from_stages(build, stage):
        if each.destination is None or each.copy.excludes:
            continue
        for held in dependencies(build, build.stages[number], "/"):
            if within(held.folder, each.source):
                folder = posixpath.join(
                    each.destination, posixpath.relpath(held.folder, each.source)
                )
                folder = posixpath.normpath(folder)
                if within(posixpath.dirname(folder), below):
                    yield held._replace(folder=folder, at=each.copy)


def renewed_with(build: Build, code: Instruction, stage: Stage, below: str) -> frozenset[str]:
    """Return the folders of dependencies that a RUN fills, or changes, which runs again with the
    source: it stands below `code`, or below a COPY of source in its own stage.
    """
    found = dependencies_held(build, stage, below)
    later = [i for i in stage.instructions if isinstance(i, Run) and i.index >= code.index]
    return frozenset(
        each.folder
        for each in found
        if each.run.index > code.index
        or _follows_source(build, each.run)
        or any(_may_change(build, run, each.folder) for run in later)
    )


def leaves_out_after(
    build: Build, code: Instruction, stage: Stage, folder: str, install: Install
) -> bool:
    """Tell whether a RUN of a stage from `code` on removes packages of a language, or installs
    them again to a folder without those for development: what `install` has put there is more than
    what is there in the end.
    """
    later = (each for each in stage.instructions if each.index >= code.index)
    if any(isinstance(each, Run) and _prunes(build, each) for each in later):
        return True
    again = filled_after(build, stage, folder, code.index)
    return install.dev is not False and any(each.install.dev is False for each in again)


def _may_change(build: Build, run: Run, folder: str) -> bool:
    """Tell whether a RUN may change a folder of dependencies: a build keeps caches there, and what
    removes packages writes down when it did.
    """
    from dlint.facts.writing import works_in

    return works_in(build, run, posixpath.dirname(folder)) or _prunes(build, run)


def _prunes(build: Build, run: Run) -> bool:
    """Tell whether a RUN removes packages of a language."""
    from dlint.shell.effects import Remove

    removed = (each.manager for each in build.effects(run).of(Remove))
    return not all(map(is_system_manager, removed))


def _follows_source(build: Build, run: Run) -> bool:
    stage = build.stage_of(run)
    above = build.fact(arrivals).of_stage(stage) if stage else ()
    copies = (each for each in above if each.instruction.index < run.index)
    return any(change_of_source(build, each) for each in copies)


def copies_from_stages(build: Build, stage: Stage) -> Iterator[tuple[int, Carried]]:
    """Yield what the COPYs of `stage` take from other stages, with the number of each; unknown
    paths are left out.
    """
    for origin, each in copied(build, stage):
        if not isinstance(origin, str):
            yield origin.index, each


def carried_by(build: Build, copy: Copy) -> Sequence[tuple[int, Carried]]:
    """Return what a COPY takes from other stages, with the number of each, as
    `copies_from_stages`.
    """
    return build.fact(_by_copy).get(copy.index, ())


def _by_copy(build: Build) -> dict[int, list[tuple[int, Carried]]]:
    found: dict[int, list[tuple[int, Carried]]] = {}
    for stage in build.stages:
        for number, each in copies_from_stages(build, stage):
            found.setdefault(each.copy.index, []).append((number, each))
    return found


def copied(build: Build, stage: Stage) -> Sequence[tuple[Stage | str, Carried]]:
    """Return what the COPYs of `stage` take from other stages, and from images by their names;
    unknown paths are left out.
    """
    return build.fact(_copied)[stage.index]


def _copied(build: Build) -> list[list[tuple[Stage | str, Carried]]]:
    return [[*_copied_into(build, stage)] for stage in build.stages]


def _copied_into(build: Build, stage: Stage) -> Iterator[tuple[Stage | str, Carried]]:
    for instruction in stage.instructions:
        if not isinstance(instruction, Copy) or not instruction.from_:
            continue
        name = build.expand(instruction, instruction.from_)
        if name is None:
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
                place = "/" + posixpath.normpath("/" + source.lstrip("/")).lstrip("/")
                origin = find_stage(build.stages, name, stage.index) or name
                yield origin, Carried(instruction, place, destination)


def shipping(build: Build) -> Shipping:
    """Return where the bytes of `build` go; a fact: `build.fact(shipping)`."""
    return Shipping(build)

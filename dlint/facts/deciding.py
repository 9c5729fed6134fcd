"""Which files of the context decide what a COPY takes from another stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.argument_changes import changes_of
from dlint.facts.compiled import compiled_download
from dlint.facts.dependencies import dependency_folders
from dlint.facts.downloads import may_move
from dlint.facts.handed_on import (
    arriving,
    brought_to,
    change_of_base,
    from_others,
    stage_taken_from,
    taken_paths,
)
from dlint.facts.volatility import Changes
from dlint.facts.writing import works_near, writers
from dlint.reads.arrivals import arrivals
from dlint.shell.effects import Install
from dlint.syntax import Add, Arg, Copy, Run, Transfer
from dlint.text.paths import nested
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage


def files_taken(build: Build, step: Step) -> frozenset[str] | None:
    """Return the context's files with which what a step takes from another stage or an image, or
    from an address, is another one; None where that is not known, or something else decides.
    """
    copy = step.instruction
    if not isinstance(copy, Copy) or not copy.from_:
        return None if isinstance(copy, Add) and may_move(build, copy) else frozenset()
    source = stage_taken_from(build, step, copy)
    if source is None:
        return frozenset() if copy.index in build.fact(from_others) else None
    last = _last_step_deciding(build, source, taken_paths(step, copy))
    kept, key = build.fact(_taken_files), (source.index, step.stage.index, last)
    if key not in kept:
        shared = {each.index for each in step.stage.ancestors()}
        kept[key] = _files_deciding(build, source, shared, last)
    return kept[key]


def _taken_files(_: Build) -> dict[tuple[int, int, int], frozenset[str] | None]:
    """Return what keeps the answers, by the stages that are taken from and those that take, and by
    the last step that decides.
    """
    return {}


def _last_step_deciding(build: Build, source: Stage, taken: Sequence[str]) -> int:
    """Return the number of the last step that decides what a stage holds at the paths that are
    taken: the install of listed dependencies that nothing below writes to, or the one that compiles
    what it clones or downloads; else the last of all.
    """
    chain = build.chain(source)
    last = chain[-1]
    if all(map(_INSTALLED.search, taken)):
        paths = [path.rstrip("/") for path in taken]
        filling = (each for each in reversed(chain) if _may_fill_any(build, each, paths))
        step = next(filling, last)
        last = step if _installs_listed(build, step) else last
    compiled = [compiled_download(build, chain, path) for path in taken]
    if compiled and all(compiled):
        last = max(filter(None, compiled), key=lambda each: each.instruction.index)
    return last.instruction.index


# What programs only read, once it is installed; Python compiles there what it imports.
_INSTALLED = regex(r"\A/(?:.+/)?(?:node_modules|vendor|bundle|gems)/?\Z")


def _may_fill_any(build: Build, step: Step, paths: Sequence[str]) -> bool:
    return any(_may_fill(build, step, path) for path in paths)


def _may_fill(build: Build, step: Step, path: str) -> bool:
    """Tell whether a step may put something at a path; what it deletes or changes there is decided
    by what was there.
    """
    instruction = step.instruction
    if isinstance(instruction, Transfer):
        place = step.destination()
        return place is None or nested(place, path)
    if not isinstance(instruction, Run):
        return False
    if works_near(build, instruction, path) or build.fact(writers).by(step, path):
        return True
    return any(
        _may_install_to(build, step, each, path)
        for each in build.effects(instruction, step.state).of(Install)
    )


def _may_install_to(build: Build, step: Step, install: Install, path: str) -> bool:
    folders = dependency_folders(build, step, install)
    return not folders or any(nested(folder, path) for folder in folders)


def _installs_listed(build: Build, step: Step) -> bool:
    """Tell whether a step installs what manifests list."""
    return any(install.manifests for _, install in build.effects_of(Install, [step]))


def files_brought(build: Build, step: Step) -> frozenset[str]:
    """Return the context's files that the stage is given which a COPY takes from, as far as they
    are known.
    """
    copy = step.instruction
    source = stage_taken_from(build, step, copy) if isinstance(copy, Copy) else None
    given = brought_to(build, source, step.stage) if source is not None else None
    return given.files if given is not None and given.known else frozenset()


def _files_deciding(
    build: Build, source: Stage, shared: set[int], last: int
) -> frozenset[str] | None:
    """Return the context's files with which a stage is another one up to its `last` step, bases
    aside that are `shared`; None where they are not known, or it changes by more than those.
    """
    files: set[str] = set()
    todo, seen = [source], set(shared)
    while todo:
        stage = todo.pop()
        if stage.index in seen:
            continue
        seen.add(stage.index)
        todo += [stage.base] if stage.base else []
        brought = [each for each in arriving(build, stage) if each.instruction.index <= last]
        if _changes_besides(build, stage, last) or not all(each.known for each in brought):
            return None
        files.update(*(each.sources for each in brought))
        for step, copy, origin in _taking(build, stage, last):
            handed = _files_handed_on(build, step, copy, origin)
            todo += [origin] if handed is None else []
            files |= handed or frozenset()
    return frozenset(files)


def _taking(build: Build, stage: Stage, last: int) -> Iterator[tuple[Step, Copy, Stage]]:
    """Yield the COPYs of a stage up to its `last` step that take from another one, with that."""
    for step in build.steps(stage):
        copy = step.instruction
        origin = build.origin_of(copy) if isinstance(copy, Copy) else None
        if isinstance(copy, Copy) and origin is not None and copy.index <= last:
            yield step, copy, origin


def _changes_besides(build: Build, stage: Stage, last: int) -> bool:
    """Tell whether a stage is another one up to its `last` step with builds or releases by an
    argument, with an image that the repository builds, or with what an address gives.
    """
    if change_of_base(build, stage):
        return True
    for each in stage.instructions:
        if each.index > last:
            break
        match each:
            case Arg() as arg:
                changes = (changes_of(build, arg, pair) for pair in arg.pairs)
                if any(change not in {Changes.SELDOM, Changes.IMAGES} for change in changes):
                    return True
            case Copy() as copy if copy.from_ and build.origin_of(copy) is None:
                if copy.index not in build.fact(from_others):
                    return True
            case Add() as add if may_move(build, add):
                return True
    return False


def _files_handed_on(build: Build, step: Step, copy: Copy, origin: Stage) -> frozenset[str] | None:
    """Return the context's files that a COPY takes from another stage as they have arrived there;
    None where it takes anything else.
    """
    found: set[str] = set()
    for path in taken_paths(step, copy):
        files = (each.files for each in build.fact(arrivals).of_stage(origin))
        source = next((brought[path] for brought in files if path in brought), None)
        if source is None:
            return None
        found.add(source)
    return frozenset(found)

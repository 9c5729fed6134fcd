"""The installs that have made the archives which others take out of a folder."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.handed_on import Given, brought_to, stage_taken_from
from dlint.facts.shipping import copies_from_stages
from dlint.installs.installations import installations
from dlint.model.scope import join
from dlint.model.stages import find_stage
from dlint.syntax import Copy, Run
from dlint.text.paths import within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.installs.installations import Installation
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install


def wheel_folders(install: Install) -> set[str]:
    """Return the folders whose wheels an install takes by a pattern, or by their files' names."""
    names = {each.name for each in install.packages if each.kind == "path"}
    names |= {each.rooted for each in install.projects if each.glob and each.rooted}
    return {
        posixpath.dirname(name)
        for name in names
        if name.startswith("/") and name.endswith((".whl", "*"))
    }


def makers(build: Build, step: Step, install: Install) -> Iterator[Installation]:
    """Yield the installs, `pip wheel` and its kin, of any stage that have filled the folders whose
    wheels an install, a command of `step`, takes.
    """
    for folder in sorted(wheel_folders(install)):
        for stage, place in _origins(build, step, folder):
            for each in installations(build, stage):
                if each.install.keeps_archives and place in dependency_folders(
                    build, each.step, each.install
                ):
                    yield each


def made_of(build: Build, stage: Stage, found: Installation) -> frozenset[str] | None:
    """Return the context's files of which other stages have made the wheels that an install takes,
    where it takes nothing else: what arrived there above what made them. None where nobody knows.
    """
    install, folders = found.install, wheel_folders(found.install)
    named = [each.name for each in install.packages]
    named += [each.rooted or "" for each in install.projects]
    if install.manifests or not all(posixpath.dirname(each) in folders for each in named):
        return None
    made = [*makers(build, found.step, install)] if folders else []
    if not made or any(each.step.stage in stage.ancestors() for each in made):
        return None
    given = [_given_above(build, stage, each) for each in made]
    if not all(each.known for each in given):
        return None
    return frozenset[str]().union(*(each.files for each in given))


def _given_above(build: Build, stage: Stage, found: Installation) -> Given:
    """Return what of the context has arrived above an install of another stage than `stage`, by way
    of others, too.
    """
    above = [each.arrival for each in found.above]
    files = found.needs.files.union(*(each.sources for each in above))
    known = found.needs.readable and all(each.known for each in above)
    for step in build.steps_before(found.step.stage, found.run):
        copy = step.instruction
        origin = stage_taken_from(build, step, copy) if isinstance(copy, Copy) else None
        if origin is not None:
            given = brought_to(build, origin, stage)
            files, known = files | given.files, known and given.known
    return Given(files, known)


def _origins(build: Build, step: Step, folder: str) -> Iterator[tuple[Stage, str]]:
    """Yield the stages in which what stands in a folder at a step may have been made, and where it
    is there: that of a mount, the stage itself, those that COPYs take from.
    """
    run = step.instruction
    mounted = mounted_from(build, step.stage, run, folder) if isinstance(run, Run) else None
    if mounted is not None:
        yield mounted
        return
    yield step.stage, folder
    for stage in step.stage.ancestors():
        for number, each in copies_from_stages(build, stage):
            if each.destination is not None and within(folder, each.destination):
                below = posixpath.relpath(folder, each.destination)
                place = join(each.source, below)
                if place is not None:
                    yield build.stages[number], place


def mounted_from(build: Build, stage: Stage, run: Run, folder: str) -> tuple[Stage, str] | None:
    """Return the stage that a RUN has mounted at a folder, and where it is there."""
    for mount in run.mounts:
        if mount.type == "bind" and mount.from_ and mount.target and within(folder, mount.target):
            source = find_stage(build.stages, mount.from_, stage.index)
            below = posixpath.relpath(folder, mount.target)
            place = join(join("/", mount.source or ""), below)
            if source is not None and place is not None:
                return source, place
    return None

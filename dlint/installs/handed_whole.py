"""Installs by manifests that a COPY brings from another stage, together with all that is built
there: with each change of the source they run again.
"""

from __future__ import annotations

import posixpath
from copy import copy as copied
from typing import TYPE_CHECKING

from dlint.facts.dependencies import clears_first
from dlint.facts.handed_on import is_made_of_source, source_of, stage_taken_from, taken_paths
from dlint.facts.volatile_uses import reruns_anyway
from dlint.facts.volatility import of_what_is_made, volatile_files
from dlint.installs.comes_first import sources_of
from dlint.installs.installations import installations
from dlint.reads.arrivals import arrivals
from dlint.reads.needs import needs
from dlint.syntax import Copy, Run, Transfer
from dlint.text.paths import nested, within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.installs.installations import Installation
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.reads.needs import Needs
    from dlint.shell import Install

# Of commands before an install in its RUN, those that work with nothing but what they name.
_HARMLESS = frozenset(("cd", "corepack", "export", "mkdir", "rm", "sed", "set"))
_MODULES = "node_modules"


class HandedWhole(NamedTuple):
    """An install below a COPY that takes its manifests, and all that is built beside them, from
    another stage: how that changes, in words; the manifests, as they are seen from where the
    install runs, and settings that may be beside them. `installed`: the other stage has installed
    there, too. `edits`: commands of the same RUN edit the manifests. `is_alone`: it does nothing
    but to install.
    """

    copy: Copy
    run: Run
    install: Install
    change: str
    names: tuple[str, ...]
    settings: tuple[str, ...]
    installed: bool
    edits: bool
    is_alone: bool

    @property
    def advice(self) -> str:
        """What to do about it."""
        from dlint.text.units import listed

        read = listed([f"`{name}`" for name in self.names])
        if self.settings:
            read += f" (and {listed([f'`{name}`' for name in self.settings])}, if it is there)"
        apart = "" if self.is_alone else " in a `RUN` of its own"
        apart += " that edits them, too" * self.edits
        rest = f"the rest without `{_MODULES}`" if self.installed else "the rest"
        first = f"copy {read} from `{self.copy.from_}` first"
        return f"{first}, install{apart}, and then copy {rest}"


def handed_whole(build: Build, stage: Stage) -> Iterator[HandedWhole]:
    """Yield such installs of a stage that ships, where all that they read is known, and nothing
    above the COPY is new with each change of the source anyway.
    """
    if build.refuses_cache or not build.shipped(stage) or build.fact(arrivals).doubtful:
        return
    for found in installations(build, stage):
        is_own = found.step.stage is stage and _is_of_manifests(found)
        if is_own and (case := _case(build, stage, found)) is not None:
            yield case


def _is_of_manifests(found: Installation) -> bool:
    """Tell whether an install goes by manifests alone, of which the context brings none here."""
    install = found.install
    by_others = install.packages or install.projects or install.hidden
    return bool(install.manifests) and not by_others and not found.needs.files


class _Handed(NamedTuple):
    """The step with the COPY that brings an install's folder, the stage that it takes from, and
    where there the folder and the files that the install reads have come from: in the folder itself
    as a rule, or `home` is where the stage installs by them and has moved them from.
    """

    step: Step
    copy: Copy
    source: Stage
    folder: str
    there: str
    home: str


def _case(build: Build, stage: Stage, found: Installation) -> HandedWhole | None:
    handed = _handed(build, stage, found)
    if handed is None or not _is_worth_it(build, handed, found):
        return None
    places = _moved(build, handed)
    read = _read(build, found, places)
    names = _named(found, handed, places, read) if read else ()
    if read is None or not names or reruns_anyway(build, stage, found.run, handed.copy):
        return None
    kept = read.files | sources_of(each.arrival for each in found.above)
    change = of_what_is_made(volatile_files(build, source_of(build, handed.step), kept))
    return _described(build, found, handed, change, names) if change else None


def _described(
    build: Build, found: Installation, handed: _Handed, change: str, names: tuple[str, ...]
) -> HandedWhole:
    # what a build has moved may have left settings behind
    settings = [each for each in names if handed.home != handed.there and each.startswith(".")]
    return HandedWhole(
        handed.copy,
        found.run,
        found.install,
        change,
        tuple(each for each in names if each not in settings),
        tuple(settings),
        installed=handed.home == handed.there and _is_installed(build, handed, found),
        edits=any(each.name == "sed" for each in found.commands_above(build, found.run)),
        is_alone=len(build.script(found.run).commands) == 1,
    )


def _named(
    found: Installation, handed: _Handed, places: list[Arrival], read: Needs
) -> tuple[str, ...]:
    """Return the paths of what an install reads, seen from its folder; nothing where more than its
    manifests was moved, for that may stand anywhere.
    """
    names = sorted(
        posixpath.relpath(at, handed.folder)
        for at, each in _files(places).items()
        if each in read.files
    )
    is_known = handed.home == handed.there or _names_of(found).issuperset(names)
    return tuple(names) if is_known else ()


def _names_of(found: Installation) -> frozenset[str]:
    """Return what the manifests of an install are called."""
    return frozenset(posixpath.basename(each.form) for each in found.install.manifests)


def _handed(build: Build, stage: Stage, found: Installation) -> _Handed | None:
    """Return how a COPY from a stage brings an install's folder; None where that is not known."""
    before = found.commands_above(build, found.run)
    if len(found.install.folders) != 1 or any(each.name not in _HARMLESS for each in before):
        return None
    (folder,) = found.install.folders
    step = _bringing(build, stage, found.run, folder)
    if step is None or not isinstance(step.instruction, Copy):
        return None
    source = stage_taken_from(build, step, step.instruction)
    place, path = step.destination("/?"), taken_paths(step, step.instruction)[0]
    if source is None or place is None or not path:
        return None
    there = posixpath.normpath(posixpath.join(path, posixpath.relpath(folder, place)))
    home = _home(build, source, found, path.rstrip("/") or "/", there)
    return _Handed(step, step.instruction, source, folder, there, home) if home else None


def _bringing(build: Build, stage: Stage, run: Run, folder: str) -> Step | None:
    """Return the step with the COPY from a stage that alone brings a folder; None where others may
    bring something of it, or what stands above it or between is new with the source as well, or
    may make what an install reads.
    """
    steps = build.steps_before(stage, run)
    found = [each for each in steps if _may_bring(build, each, folder)]
    if len(found) != 1 or found[0].stage is not stage:
        return None
    (step,) = found
    copy, place = step.instruction, step.destination("/?")
    if not isinstance(copy, Copy) or len(copy.sources) != 1 or place is None:
        return None
    later = (each for each in steps if each.instruction.index > copy.index)
    is_known = all(
        build.effects(each.instruction, each.state).known
        for each in later
        if isinstance(each.instruction, Run)
    )
    is_handed = is_known and is_made_of_source(build, step) and within(folder, place)
    return step if is_handed else None


def _may_bring(build: Build, step: Step, folder: str) -> bool:
    """Tell whether a COPY may bring something of a folder, or is new with the source."""
    if not isinstance(step.instruction, Transfer):
        return False
    place = step.destination("/?")
    return place is None or nested(folder, place) or is_made_of_source(build, step)


def _home(build: Build, source: Stage, found: Installation, taken: str, there: str) -> str | None:
    """Return the folder of a stage in which an install's manifests arrive from the context: the one
    that is taken, or else the only one below it by whose manifests the stage itself installs.
    """
    names = _names_of(found)
    arrived = _files(list(build.fact(arrivals).of_stage(source)))
    places = {posixpath.dirname(at) for at in arrived if posixpath.basename(at) in names}
    if there in places:
        return there
    own = [each for each in installations(build, source) if each.family == found.family]
    filled = {folder for each in own for folder in each.install.folders}
    homes = [each for each in places & filled if within(each, taken)]
    return homes[0] if len(homes) == 1 else None


def _files(here: list[Arrival]) -> dict[str, str]:
    """Return the context's files by where they stand."""
    found: dict[str, str] = {}
    for each in here:
        found |= each.files
    return found


def _moved(build: Build, handed: _Handed) -> list[Arrival]:
    """Return what arrives in the other stage, as if it did in the folder of the install."""
    found = []
    for each in build.fact(arrivals).of_stage(handed.source):
        moved = copied(each)
        moved.files = {
            posixpath.normpath(
                posixpath.join(handed.folder, posixpath.relpath(at, handed.home))
            ): path
            for at, path in each.files.items()
            if within(at, handed.home)
        }
        if moved.files:
            found.append(moved)
    return found


def _read(build: Build, found: Installation, here: list[Arrival]) -> Needs | None:
    """Return what an install reads of what would so arrive; None where that is not known for
    sure.
    """
    told = needs(build, found.install, here, found.step.state.workdir)
    is_open = told.whole or told.open or told.git or told.made or not told.readable
    return told if told.proved and told.files and not is_open else None


def _is_worth_it(build: Build, handed: _Handed, found: Installation) -> bool:
    """Tell whether an install fetches all again: what the other stage has installed beside the
    manifests is there, but npm may be told to delete it first.
    """
    if handed.home != handed.there or not _is_installed(build, handed, found):
        return True
    return clears_first(found.install)


def _is_installed(build: Build, handed: _Handed, found: Installation) -> bool:
    """Tell whether the other stage leaves what an install brings, beside the manifests."""
    from dlint.shell.effects import Delete

    every = [each for each in installations(build, handed.source) if each.family == found.family]
    modules = posixpath.join(handed.home, _MODULES)
    deleted = (
        each.place.path
        for step in build.chain(handed.source)
        if isinstance(step.instruction, Run)
        for each in build.effects(step.instruction, step.state).of(Delete)
    )
    fills = any(each.fills(build, modules) for each in every)
    return fills and not any(each and within(modules, each) for each in deleted)

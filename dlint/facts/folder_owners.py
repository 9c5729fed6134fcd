"""Whose folders are that the steps of a stage make: what a COPY to one of them leaves to do."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.metadata import alike_in, is_owner
from dlint.syntax import Run, Transfer, Workdir
from dlint.text.paths import above
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Rewrite
    from dlint.shell.effects import Effect


class _Event(NamedTuple):
    """A folder is made or given to somebody, or deleted: its owner from then on, empty where nobody
    can tell. What `makes` it does nothing where it is there.
    """

    number: int  # of the events of a stage
    at: int  # number of the instruction
    owner: str
    makes: bool = True


class _Events(NamedTuple):
    """What happens to folders: to each by itself, and to all below one."""

    of: dict[str, list[_Event]]
    below: dict[str, list[_Event]]


def is_owned_already(build: Build, run: Run, rewrite: Rewrite) -> bool:
    """Tell whether the folder that a command of a RUN gives to somebody is theirs by the step that
    made it, or by one between.
    """
    stage, folder = build.stage_of(run), rewrite.place.rooted
    if stage is None or folder is None:
        return False
    events, owner = build.fact_of(_events, stage), ""
    around = (events.below.get(each, ()) for each in above(folder))
    own = (*events.of.get(folder, ()), *events.below.get(folder, ()))
    is_there = False
    for each in sorted(chain(own, *around), key=attrgetter("number")):
        if each.at < run.index and not (each.makes and is_there):
            is_there, owner = True, each.owner
    given = [each for each in alike_in(build, run, rewrite) if each.how in {"chown", "chgrp"}]
    return owner != "" and all(is_owner(each, owner) for each in given)


def _events(build: Build, stage: Stage) -> _Events:
    """Return what the steps of a stage's chain do to folders; a fact of the stage."""
    found = _Events({}, {})
    numbers = iter(range(1 << 30))
    for step in build.chain(stage):
        for path, owner in _made_by(build, step):
            event = _Event(next(numbers), step.instruction.index, owner)
            for each in (path, *above(path)):
                found.of.setdefault(each, []).append(event)
        for path, owner, is_below in _changed_by(build, step):
            event = _Event(next(numbers), step.instruction.index, owner, makes=False)
            (found.below if is_below else found.of).setdefault(path, []).append(event)
    return found


def _made_by(build: Build, step: Step) -> Iterator[tuple[str, str]]:
    """Yield the folders that a step makes where they are not there, with their owners."""
    user = step.state.user or "root"
    match step.instruction:
        case Workdir() as workdir:
            path = step.state.resolve(step.state.expand(workdir.rest.text, workdir.escape))
            if path is not None:
                # BuildKit makes it as the user of the image, the others as root, or may do so
                is_users = build.options.builder in {"buildkit", "docker"} or user == "root"
                yield path, user if is_users else ""
        case Transfer() as copy:
            place = step.destination()
            if place is not None:
                given = build.expand(copy, copy.chown) if copy.chown else "root"
                yield place.rstrip("/"), given or ""
        case Run() as run:
            from dlint.shell.effects import Create

            for each in build.effects(run, step.state).of(Create):
                if each.place.rooted is not None:
                    yield each.place.rooted, (each.command.user or user) * _is_mkdir(each)


def _is_mkdir(effect: Effect) -> bool:
    return effect.command.name == "mkdir" and effect.command.certain


def _changed_by(build: Build, step: Step) -> Iterator[tuple[str, str, bool]]:
    """Yield the paths whose owner a step sets, or which it deletes, with that owner, and whether
    it does so to all below them.
    """
    from dlint.shell.effects import Delete, Rewrite

    run = step.instruction
    if not isinstance(run, Run):
        return
    for each in build.effects(run, step.state).items:
        match each:
            case Rewrite(how="chown" | "chgrp"):
                is_sure = each.how == "chown" and each.command.certain and not each.only
                path, owner = each.place.rooted, each.value if is_sure else ""
                below = each.recursive
            case Delete():
                path, owner, below = each.place.rooted, "", each.recursive
            case _:
                continue
        if path is not None:
            yield path, owner or "", below

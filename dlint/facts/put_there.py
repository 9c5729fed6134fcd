"""Which step of a stage puts a program or file there that a COPY takes: a tool that is downloaded
or installed by its name, unpacked, or copied of another image.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.writing import works_near
from dlint.shell.effects import Create, Fetch, Install, Place
from dlint.shell.managers import is_system_manager
from dlint.syntax import Copy, Run, Transfer
from dlint.text.paths import above, nested, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command
    from dlint.shell.effects import Effect

_MAJOR = regex(r"v\d+")  # a last part of a Go module's path that names no program


class _Put(NamedTuple):
    """Which step of a stage's chain puts something there last, by its number in the chain: at
    paths, in folders, and programs by their names.
    """

    at: dict[str, int]
    below: dict[str, int]
    programs: dict[str, int]

    def last(self, path: str) -> int:
        """Return the number of the last step that puts something at a path; -1 where none does."""
        told = [self.at.get(path, -1), self.programs.get(posixpath.basename(path), -1)]
        return max(*told, *(self.below.get(each, -1) for each in (path, *above(path))))


def step_putting(build: Build, stage: Stage, path: str) -> Step | None:
    """Return the step of a stage's chain that puts what stands at a path in the end; None where
    that is not seen, or a later step may put something else there.
    """
    last = build.fact_of(_put, stage).last(path)
    if last < 0:
        return None
    step, *later = build.chain(stage)[last:]
    return None if any(_may_write(build, each, path) for each in later) else step


def _put(build: Build, stage: Stage) -> _Put:
    """Return what the steps of a stage's chain put where; a fact of the stage."""
    found = _Put({}, {}, {})
    for number, step in enumerate(build.chain(stage)):
        match step.instruction:
            case Transfer() as transfer if transfer.from_ or not isinstance(transfer, Copy):
                found.at.update(dict.fromkeys(_landing(step, transfer), number))
            case Run() as run:
                for each in build.effects(run, step.state).items:
                    _note(found, number, each)
    return found


def _landing(step: Step, transfer: Transfer) -> Iterator[str]:
    """Yield where what a COPY or ADD names by itself may stand."""
    place = step.destination()
    if place is None:
        return
    if len(transfer.sources) == 1:
        yield place
    for word in transfer.sources:
        source = step.state.expand(word.text.strip("\"'"))
        if source is not None:
            yield posixpath.join(place, posixpath.basename(source.rstrip("/")))


def _note(found: _Put, number: int, effect: Effect) -> None:
    """Note an effect by which something stands somewhere: an archive's or a clone's files below a
    folder, a copy, a download, or a program that is installed by its name.
    """
    match effect:
        case Create(tree=True, place=Place(path=str(path))):
            found.below[path] = number
        case Create(source=Place(), place=Place(path=str(path))):
            found.at[path] = number
        case Fetch(output=Place(path=str(path))):
            found.at[path] = number
        case Install() if not is_system_manager(effect.manager):
            found.programs.update(
                (_program(each.name), number) for each in effect.packages if each.name
            )


def _program(package: str) -> str:
    """Return what the program of a package is most likely called: as the package itself."""
    *folders, last = package.split("/")
    return folders[-1] if folders and _MAJOR.fullmatch(last) else last


def _may_write(build: Build, step: Step, path: str) -> bool:
    """Tell whether a step may put something at a path, or below it, as far as its words tell: it
    copies to a folder around it, names the path or one around it, or its name for something else
    than to start it.
    """
    match step.instruction:
        case Transfer():
            place = step.destination()
            return place is None or nested(place, path)
        case Run() as run:
            effects = build.effects(run, step.state)
            if works_near(build, run, path) or any(
                nested(each, path) for each in effects.mentions - {"/", path}
            ):
                return True
            commands = build.script(run).commands
            return any(_names(each, step, path) for each in commands)
    return False


def _names(command: Command, step: Step, path: str) -> bool:
    """Tell whether a command names a path, or its last part, as something else than the program
    that it starts; or works in a folder around it.
    """
    name = posixpath.basename(path)
    here = step.works_in(command)
    words = [word.form for word in command.args]
    words += [each.target.form for each in command.redirects if each.target]
    return any(name in word for word in words) or within(path, here)

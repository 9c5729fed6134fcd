"""Where an install puts what a project needs: beside its manifest, or in an environment of its
own; and which of it a stage holds.
"""

from __future__ import annotations

import posixpath
import re
import sys
from bisect import bisect_left
from typing import TYPE_CHECKING

from dlint.model.run_writes import variables_seen
from dlint.model.scope import join
from dlint.shell.managers import family, manager_named
from dlint.syntax import Run
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command, Install
    from dlint.syntax import Instruction

LAST = chr(sys.maxunicode)  # behind all that a path holds
_IN_ENVIRONMENT = regex(r"(.*?[^/])/+bin/+[^/]+")
_ACTIVATES = regex(r"(.+)/bin/activate")
_SOURCES = frozenset((".", "source"))
_NAMES_FOLDER = regex(r"(?:--(?:prefix|target|user|root)|-t)(?:=|\Z)")
_ARCHIVE_FLAGS = frozenset(("-w", "--wheel-dir", "-d", "--dest"))
_RELATIVE = regex(r"[\w.-]+(?:/[\w.-]+)*")
_TRUE = regex(r"(?:true|1|yes|on)", re.IGNORECASE)
_OF_THE_SYSTEM = frozenset(("/", "/usr", "/usr/local"))
_USERS_OWN = "/root/.local"
CLEARS = frozenset(("ci", "clean-install"))  # with which npm first deletes what is installed
_MAKES_ENVIRONMENTS = regex(r"(?:python|pypy)[\d.]*|virtualenv")


def clears_first(install: Install) -> bool:
    """Tell whether an install deletes what is installed before it brings anything, as `npm ci`
    does.
    """
    return install.manager == "npm" and not CLEARS.isdisjoint(install.command.forms[:1])


def dependency_folders(build: Build, step: Step, install: Install) -> tuple[str, ...]:
    """Return the folders (absolute) that hold what `install`, a command of `step`, installs for one
    project.

    Empty where it goes to the interpreter's or the system's own folders, or where nothing tells.
    """
    if install.everywhere or install.hidden:
        return ()
    beside = _beside_manifest(build, step, install)
    if beside is not None:
        return beside
    if family(install.manager) != "python":
        return ()
    if install.keeps_archives:
        folder = _archive_folder(step, install.command)
        return (folder,) if folder is not None and _is_known(folder) else ()
    environment = _environment(build, step, install)
    return () if environment is None else (environment,)


def _beside_manifest(build: Build, step: Step, install: Install) -> tuple[str, ...] | None:
    """Return the folders that an install fills beside a project's manifest, or where a variable has
    them instead; None where it has no such folder.
    """
    name = _name(build, step, install)
    if name is None:
        return None
    return tuple(
        posixpath.normpath(posixpath.join(folder, name))
        for folder in _project_folders(step, install)
        if "?" not in folder
    )


def _archive_folder(step: Step, command: Command) -> str | None:
    """Return the folder that `pip wheel` fills: where it runs, if it names none."""
    here = step.works_in(command)
    for at, word in enumerate(command.args):
        flag, equals, _ = word.form.partition("=")
        if flag in _ARCHIVE_FLAGS:
            named = word if equals else next(iter(command.args[at + 1 : at + 2]), None)
            return join(here, named.text.rpartition("=")[2]) if named and named.text else None
    return here


def _project_folders(step: Step, install: Install) -> list[str]:
    """Return the folders of the projects that are installed, but for those inside another."""
    folders = install.folders or {step.works_in(install.command)}
    return [
        each
        for each in sorted(folders)
        if not any(each != other and within(each, other) for other in folders)
    ]


class Dependencies(NamedTuple):
    """A folder of dependencies that a stage holds in the end, and what fills it: `at` is the
    instruction of the stage that brings it, the install's RUN or a COPY.
    """

    folder: str
    run: Run
    install: Install
    at: Instruction


def dependencies(build: Build, stage: Stage, below: str) -> Iterator[Dependencies]:
    """Yield the dependencies that RUNs of a stage's chain install in folders `below` another one,
    and that none deletes.
    """
    kept, parents = build.fact_of(_kept, stage), build.fact_of(_parents, stage)
    top = below.rstrip("/") + "/"
    # one folder's are next to each other, and so are those of all below it
    parts = ((below,), (f"{below}\0",)), ((top,), (f"{top}{LAST}",))
    rows = (parents[bisect_left(parents, a) : bisect_left(parents, z)] for a, z in parts)
    for at in sorted({at for row in rows for _, at in row}):
        yield kept[at][1]


def is_filled(build: Build, stage: Stage, path: str) -> bool:
    """Tell whether a path is a folder to which RUNs of a stage's chain install dependencies."""
    return any(found.folder == path for _, found in build.fact_of(_filled, stage))


def filled_after(build: Build, stage: Stage, path: str, number: int) -> Iterator[Dependencies]:
    """Yield what RUNs of a stage's chain install to a path below the instruction of a number,
    though it is deleted.
    """
    for _, found in build.fact_of(_filled, stage):
        if found.folder == path and found.run.index > number:
            yield found


def steps_below_dependencies(build: Build, stage: Stage) -> Sequence[Step]:
    """Return the steps of a stage's chain below the last RUN that installs dependencies; none where
    no RUN is known to.
    """
    last = max((at for at, _ in build.fact_of(_filled, stage)), default=None)
    return () if last is None else build.chain(stage)[last + 1 :]


def _filled(build: Build, stage: Stage) -> list[tuple[int, Dependencies]]:
    """Return the folders that RUNs of a stage's chain fill, with the numbers of their steps; a fact
    of the stage, since each COPY out of it asks.
    """
    from dlint.shell.effects import Install

    return [
        (at, Dependencies(folder, run, install, run))
        for at, step in enumerate(build.chain(stage))
        for run, install in build.effects_of(Install, [step])
        for folder in dependency_folders(build, step, install)
    ]


def _kept(build: Build, stage: Stage) -> list[tuple[str, Dependencies]]:
    """Return what of that no step deletes, its own or a later one, with the folder that it stands
    in; a fact of the stage as well.
    """
    from dlint.shell.effects import Delete

    deleted = [
        (at, delete.place.path)
        for at, step in enumerate(build.chain(stage))
        for _, delete in build.effects_of(Delete, [step])
    ]
    return [
        (posixpath.dirname(found.folder), found)
        for first, found in build.fact_of(_filled, stage)
        if not any(at >= first and _may_delete(path, found.folder) for at, path in deleted)
    ]


def _parents(build: Build, stage: Stage) -> list[tuple[str, int]]:
    """Return the folders of `_kept` in order, with their numbers there; a fact of the stage."""
    return sorted((parent, at) for at, (parent, _) in enumerate(build.fact_of(_kept, stage)))


def _may_delete(path: str | None, folder: str) -> bool:
    return path is None or within(folder, path) or path.endswith("node_modules")


def _name(build: Build, step: Step, install: Install) -> str | None:
    """Return what the folder beside a project's manifest is called; None where there is none."""
    if family(install.manager) == "node":
        return "node_modules" if install.manifests or not install.packages else None
    if not install.manifests or any(
        word.form == "pip" for word in install.command.args[:1]
    ):  # `uv pip` has no project
        return None
    manager = install.managed_by
    variable = manager.project_folder_variable
    state = step.state
    if variable and (variable in state.environment or variable in state.unset):
        return state.values.get(variable)
    if install.manager == "bundler":
        path = setting_of(build, step, "BUNDLE_PATH")
        return path if _RELATIVE.fullmatch(path) else None
    if manager.in_project and _is_in_project(build, step, manager.in_project):
        return ".venv"
    return manager.project_folder or None


def _is_in_project(build: Build, step: Step, variable: str) -> bool:
    """Tell whether a variable, or the setting that says the same, has a manager make its
    environment beside the manifest.
    """
    values = (step.state.values.get(variable, ""), setting_of(build, step, variable))
    return any(map(_TRUE.fullmatch, values))


def setting_of(build: Build, step: Step, variable: str) -> str:
    """Return what a manager's own `config set`, in a RUN up to a step, sets in place of a variable;
    "" where none does, or nobody knows what.
    """
    run = step.instruction
    if not isinstance(run, Run):
        return ""
    settings = {**build.settings_above(run), **build.effects(run, step.state).settings}
    return settings.get(variable, "")


def _environment(build: Build, step: Step, install: Install) -> str | None:
    """Return the folder that a command of pip's installs into: the one that it names, or a virtual
    environment.

    An environment is that of the interpreter that it names, its program's own, or the one that is
    chosen beside it.
    """
    command = install.command
    here = step.works_in(command)
    if any(_NAMES_FOLDER.match(word.form) for word in command.args):
        named = _named(step, command)
        folder = join(here, named) if named else None
        return folder if folder not in _OF_THE_SYSTEM and _is_known(folder) else None
    program = join(here, _interpreter(command) or command.word.text or "") or ""
    own = _IN_ENVIRONMENT.fullmatch(program)
    if own and own[1] not in _OF_THE_SYSTEM | {_USERS_OWN}:
        return own[1] if _is_known(own[1]) else None
    return _chosen_environment(build, step, install, here)


def _chosen_environment(build: Build, step: Step, install: Install, here: str) -> str | None:
    """Return the environment that is chosen where the command itself names none: the one that is
    activated, for uv the nearest of a project around, or the one that comes first.
    """
    is_uvs = install.manager == "uv"
    if is_uvs and _passes_environments_over(step, install.command):
        return None
    activated = _activated(build, step, install.command)
    if activated is not None:
        return activated if _is_known(activated) else None
    made = set(_made(build, step))
    if is_uvs and "VIRTUAL_ENV" not in step.state.environment:
        usual = install.managed_by.project_folder
        nearest = next((each for each in _above(here, usual) if each in made), None)
        return nearest or _first_environment(build, step, made)
    return _first_environment(build, step, made)


def _passes_environments_over(step: Step, command: Command) -> bool:
    """Tell whether uv installs for the system's interpreter, whatever environment is there."""
    value = {**step.state.values, **command.assignments}.get("UV_SYSTEM_PYTHON")
    return bool(_TRUE.fullmatch(value or "")) or any(
        word.form == "--system" for word in command.args
    )


def _activated(build: Build, step: Step, command: Command) -> str | None:
    """Return the environment that a command's RUN activates before it: `. /venv/bin/activate`."""
    run = step.instruction
    for each in reversed(build.script(run).commands if isinstance(run, Run) else ()):
        if each.name in _SOURCES and each.args and each.span.start < command.span.start:
            script = join(step.works_in(each), each.args[0].text)
            found = _ACTIVATES.fullmatch(script or "")
            if found:
                return found[1]
    return None


def _above(folder: str, name: str) -> Iterator[str]:
    """Yield the paths of a name in a folder and in all those above it."""
    while folder != "/":
        yield posixpath.join(folder, name)
        folder = posixpath.dirname(folder)
    yield posixpath.join(folder, name)


def _first_environment(build: Build, step: Step, made: Collection[str]) -> str | None:
    """Return the first of the environments made so far that a step's variables choose: programs are
    searched in its folder `bin`, or it is the active one.
    """
    active = step.state.values.get("VIRTUAL_ENV")
    for value in variables_seen(build, step):
        folder = (value or "").removesuffix("/bin")
        if folder in made and value in {f"{folder}/bin", active}:
            return folder
    return None


def _is_known(folder: str | None) -> bool:
    """Tell whether a folder is known: `?` stands for a working directory that only the base has."""
    return folder is not None and "?" not in folder


def _named(step: Step, command: Command) -> str | None:
    """Return the folder that pip's flags name, if it is known."""
    for at, word in enumerate(command.args):
        flag, equals, _ = word.form.partition("=")
        if flag in {"--prefix", "--target", "-t"}:
            named = word if equals else next(iter(command.args[at + 1 : at + 2]), None)
            return named.text.rpartition("=")[2] if named and named.text else None
    is_root = command.user is None and step.state.is_root
    return _USERS_OWN if is_root else None


def _interpreter(command: Command) -> str | None:
    """Return the interpreter for which pip or uv installs, where a flag names one."""
    from dlint.shell.arguments import arguments

    named = arguments(command.args, ("--python",)).value("--python")
    return named and named.text


def _made(build: Build, step: Step) -> Iterator[str]:
    """Yield the virtual environments that the chain has made up to the end of `step`."""
    environments = build.fact(_environments)
    for each, count in build.parts_before(step.stage, step.instruction):
        for at, path in environments[each.index]:
            if at < count or (at == count and each is step.stage):
                yield path


def _environments(build: Build) -> list[list[tuple[int, str]]]:
    """Return the virtual environments that RUNs make, by stage, with the number of the step."""
    return [
        [
            (at, path)
            for at, step in enumerate(build.steps(stage))
            if isinstance(step.instruction, Run)
            for path in _made_by(build, step, step.instruction)
        ]
        for stage in build.stages
    ]


def _made_by(build: Build, step: Step, run: Run) -> Iterator[str]:
    """Yield the virtual environments that one RUN makes: by a command for it, or for a project."""
    from dlint.shell.effects import Create, Install, Unknown

    for effect in build.effects(run, step.state).items:
        match effect:
            case Create(place=place) if _MAKES_ENVIRONMENTS.fullmatch(effect.command.name):
                if place.path and not place.glob:
                    yield place.path
            case Install() if family(effect.manager) == "python" and not effect.hidden:
                yield from _beside_manifest(build, step, effect) or ()
            case Unknown() if effect.command.name == "uv":
                yield from _made_by_uv(step, effect.command)
            case _:
                pass


def _made_by_uv(step: Step, command: Command) -> Iterator[str]:
    """Yield the environment that `uv venv` makes: where it names no folder, the one of projects."""
    from dlint.shell.arguments import arguments

    uv = manager_named("uv")
    operands = arguments(command.args, uv.values).operands
    if not operands or operands[0].form != "venv":
        return
    usual = step.state.values.get(uv.project_folder_variable, uv.project_folder)
    here = step.works_in(command)
    path = join(here, operands[1].text if operands[1:] else usual)
    if path is not None and _is_known(path):
        yield path

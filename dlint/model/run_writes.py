"""Where a RUN may have written, from what its commands are known to do."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import OF_PACKAGES, Tree, Write, nested, token
from dlint.shell.managers import manager_named
from dlint.syntax import Env
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dlint.model.build import Build, Step
    from dlint.shell import Command, Install, Place, Remove, Unknown
    from dlint.syntax import Run

SYSTEM = ("/bin", "/etc", "/lib", "/lib64", "/opt", "/run", "/sbin", "/srv", "/usr", "/var")
# Where languages keep what is installed, and images of theirs besides: golang /go, conda
# /opt/conda.
LANGUAGES = ("/usr", "/opt", "/go", "/home")
_PROGRAMS = regex(r"(?<=[^/])/bin(?:/.*)?\Z")

_ANYWHERE = Write("", {}, None)


def run_writes(build: Build, step: Step, run: Run, tree: Tree) -> Iterator[Write]:
    """Yield what the RUN does to its stage's files, in order; the caller adds each to `tree` before
    the next.

    A copy of what stands elsewhere is known to be just that; all else is known by the places it may
    change.
    """
    from dlint.shell import Create, Delete, Install, Place, Remove, Rewrite, Unknown

    found = build.effects(run, step.state)
    if not found.known:
        yield _ANYWHERE
        yield Write("", {}, OF_PACKAGES)
        return
    for effect in found.items:
        match effect:
            case Unknown() | Install(hidden=True):
                yield from _of_program(step, effect, found.mentions)
            case Create(source=Place(path=str(source)) as copied, place=Place(path=str(path))):
                if copied.glob or effect.place.glob:
                    yield Write("", {}, (path,))
                else:
                    yield Write("", {path: token("copy", tree.token(source))})
            case Install() | Remove():
                yield Write("", {}, _managed(build, step, effect, found.mentions))
            case Create() | Delete() | Rewrite():
                yield _at(effect.place)
            case _:
                yield from (_at(place) for place in effect if isinstance(place, Place))


def _of_program(
    step: Step, effect: Unknown | Install, mentions: Collection[str]
) -> Iterator[Write]:
    """Yield what a program may write: anything, but for what its kind leaves alone; what the script
    names is not left alone.
    """
    from dlint.model.programs import (
        environments,
        spared_by,
        spared_by_build,
        spares_environments,
    )
    from dlint.shell import Install

    spared = spared_by_build(effect) if isinstance(effect, Install) else spared_by(effect.command)
    kept: tuple[str, ...] = OF_PACKAGES
    if spares_environments(spared):
        kept += environments(step.state.known_environment)
    anywhere = _ANYWHERE._replace(kept=kept, spared=spared)
    yield anywhere
    yield Write("", {}, tuple(_left_alone_but_for(anywhere, mentions)))


def _left_alone_but_for(write: Write, mentions: Iterable[str]) -> Iterator[str]:
    """Yield the paths that a script names of those that its programs otherwise leave alone."""
    for path in mentions:
        is_near = any(nested(path, place) for place in write.kept)
        if path != "/" and (is_near or not write.touches(path)):
            yield path


def _managed(
    build: Build, step: Step, effect: Install | Remove, mentions: Collection[str]
) -> tuple[str, ...] | None:
    """Return where a package manager writes: what a flag or a variable names goes before what is
    usual.

    None: one of them names what is not known.
    """
    command = effect.command
    if _has_unknown_value(command):
        return None
    mentioned = [path for path in mentions if path != "/"]
    if manager_named(effect.manager).is_system:
        return (*SYSTEM, *mentioned)
    home = step.state.values.get("HOME", "/root")
    here = join(step.state.workdir or UNKNOWN_WORKDIR, command.cwd or ".")
    if command.cwd is None or here is None:
        return None
    in_variables = _paths_in(chain(variables_seen(build, step), command.assignments.values()))
    # a program's folder stands for what it belongs to: /venv/bin for /venv
    named = (_PROGRAMS.sub("", path) for path in (*mentioned, *in_variables))
    return (home, here, *LANGUAGES, *named)


def _has_unknown_value(command: Command) -> bool:
    """Tell whether a flag's value, or what stands behind a `=`, is not known."""
    flags = zip((command.word, *command.args), command.args, strict=False)
    return any(
        word.text is None and (before.form.startswith("-") or "=" in word.form)
        for before, word in flags
    )


def _paths_in(values: Iterable[str | None]) -> Iterator[str]:
    """Yield the paths in the values of variables, each of which may be a list such as PATH."""
    for value in values:
        for part in (value or "").split(":"):
            if part.startswith("/") and part != "/":
                yield part


def variables_seen(build: Build, step: Step) -> Iterator[str | None]:
    """Yield what is known of the variables that a step sees: of `/venv/bin:$PATH` the first
    part.
    """
    for each, count in build.parts_before(step.stage, step.instruction):
        for at, parts in build.fact(_variables_set)[each.index]:
            if at < count:
                yield from parts
    yield from step.state.known_environment.values()


def _variables_set(build: Build) -> list[list[tuple[int, list[str | None]]]]:
    """Return the parts of the values that ENVs set, by stage, with the number of the step."""
    return [
        [
            (at, [step.state.expand(part) for part in _parts_of(pair.value)])
            for at, step in enumerate(build.steps(stage))
            if isinstance(step.instruction, Env)
            for pair in step.instruction.pairs
        ]
        for stage in build.stages
    ]


def _parts_of(value: str | None) -> list[str]:
    return (value or "").strip("\"'").split(":")


def _at(place: Place) -> Write:
    if place.path is None:
        return _ANYWHERE
    return Write("", {}, (place.path.rpartition("/")[0] or "/" if place.glob else place.path,))

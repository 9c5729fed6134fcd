"""Scripts of the build context that a RUN surely starts, read as the RUN itself is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.placed import placed
from dlint.reads.arrivals import paths_started
from dlint.reads.scripts import paths, program_of
from dlint.shell import Unknown
from dlint.text.patterns import regex
from dlint.text.source import Mapped
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.shell import Command, Effects
    from dlint.shell.effects import Effect
    from dlint.shell.script import Script
    from dlint.syntax import Run

_OF_SHELL = regex(r"#![^\n]{0,200}\b(?:a|ba|da)?sh\b|(?!#!)")


class CalledScript(NamedTuple):
    """A script of the context, its commands, and what they do to the image."""

    path: str
    script: Script
    effects: Effects


def called_scripts(
    build: Build, run: Run, kind: type[Effect]
) -> Iterator[tuple[Command, CalledScript]]:
    """Yield the commands of a RUN that surely start a shell script which a COPY or a mount has
    brought and which has an effect of a kind, and those.
    """
    step = build.step_of(run)
    for command in starting(build, run):
        if step is None or not _may_have(build, command, kind):
            continue
        there = build.fact(placed).before(step)
        started = paths_started(command, step.state.workdir)
        path = next((there[place] for place in started if place in there), None)
        found = None if path is None else read(build, path)
        if found is not None:
            yield command, found


def _may_have(build: Build, command: Command, kind: type[Effect]) -> bool:
    """Tell whether a script of the name that a command starts has an effect of a kind: where those
    stand is not asked of others.
    """
    name = (program_of(command) or "").rpartition("/")[2]
    found = (read(build, path) for path in paths(build, name))
    return any(each is not None and each.effects.of(kind) for each in found)


def starting(build: Build, run: Run) -> Iterator[Command]:
    """Yield the commands of a RUN that surely start something that may be a script."""
    for unknown in build.effects(run).of(Unknown):
        if unknown.command.certain:
            yield unknown.command


def read(build: Build, path: str) -> CalledScript | None:
    """Return a file of the context as a shell script; None where it is for something else."""
    return build.keep((read, path), lambda: _read(build, path))


def _read(build: Build, path: str) -> CalledScript | None:
    from dlint.shell.judge import effects
    from dlint.shell.reader import read_script

    text = build.context.read(path).decode("utf-8", "replace")
    if not _OF_SHELL.match(text):
        return None
    script = read_script(Mapped(text))
    return CalledScript(path, script, effects(script))

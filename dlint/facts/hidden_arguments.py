"""ARGs before the first FROM that a stage expands and does not declare: they are empty there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.syntax import Arg, Env
from dlint.text.patterns import VARIABLE, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.shell.script import Command
    from dlint.syntax import Run

# A name that is not expanded: a script sets it, or reads it.
_NAMED = regex(r"(?<![\w$])(?<!\$\{)[A-Za-z_]\w*")
_DECLARE = "`ARG {0}` of line {1} is not visible in this stage: declare `ARG {0}` in it"


class HiddenArgument(NamedTuple):
    """An ARG before the first FROM: its name, the value that it has there, and its line."""

    name: str
    value: str
    line: int


def hidden_arguments(build: Build, run: Run, command: Command) -> Iterator[HiddenArgument]:
    """Yield the ARGs that a command expands and its stage does not see: neither the stage nor one
    that it stands on declares or sets them, nor does the RUN itself.
    """
    stage = build.stage_of(run)
    expanded = {name for word in command.raw_args for name in VARIABLE.findall(word)}
    if stage is None or not expanded:
        return
    seen = {*_set_above(build, run), *_NAMED.findall(run.value.text)}
    for each in build.dockerfile.instructions[: build.stages[0].from_.index]:
        for pair in each.pairs if isinstance(each, Arg) else ():
            if pair.value is not None and pair.name in expanded - seen:
                value = stage.globals.values.get(pair.name) or ""
                yield HiddenArgument(pair.name, value, each.line)


def _set_above(build: Build, run: Run) -> Iterator[str]:
    """Yield the names that instructions above a RUN declare or set, in its stage and below it."""
    stage = build.stage_of(run)
    for step in build.steps_before(stage, run) if stage else ():
        if isinstance(step.instruction, Arg | Env):
            yield from (pair.name for pair in step.instruction.pairs)


def undeclared_option(build: Build, run: Run, command: Command) -> str:
    """Say which ARG would keep a command of a package manager from filling its cache if its stage
    declared it; "" where none would.
    """
    from dlint.shell.effects import Install

    managers = [each.managed_by for each in build.effects(run).of_command(Install, command)]
    for each in hidden_arguments(build, run, command) if managers else ():
        if managers[0].keeps_no_cache(each.value.split()):
            return _DECLARE.format(each.name, each.line)
    return ""

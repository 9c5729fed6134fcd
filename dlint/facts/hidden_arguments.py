"""ARGs before the first FROM that a stage expands and does not declare: they are empty there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell.effects import Install
from dlint.syntax import Arg, Env
from dlint.text.patterns import VARIABLE, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell.script import Command
    from dlint.syntax import Run
    from dlint.syntax.instructions import Pair

# A name that is not expanded: a script sets it, or reads it.
_NAMED = regex(r"(?<![\w$])(?<!\$\{)[A-Za-z_]\w*")
_DECLARE = "`ARG {0}` of line {1} is not visible in this stage: declare `ARG {0}` in it"


def undeclared_option(build: Build, run: Run, command: Command) -> str:
    """Say which ARG would keep a command of a package manager from filling its cache if its stage
    declared it; "" where none would.
    """
    stage, installs = build.stage_of(run), build.effects(run).of_command(Install, command)
    if stage is None or not installs:
        return ""
    for arg, pair in _hidden(build, stage, run, command):
        value = stage.globals.values.get(pair.name) or ""
        if installs[0].managed_by.keeps_no_cache(value.split()):
            return _DECLARE.format(pair.name, arg.line)
    return ""


def expands_unseen(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command expands an ARG with a value that its stage does not see."""
    stage = build.stage_of(run)
    return stage is not None and any(True for _ in _hidden(build, stage, run, command))


def _hidden(build: Build, stage: Stage, run: Run, command: Command) -> Iterator[tuple[Arg, Pair]]:
    """Yield the ARGs with a value that a command expands and its stage does not see: neither the
    stage nor one that it stands on declares or sets them, nor does the RUN itself.
    """
    expanded = {name for word in command.raw_args for name in VARIABLE.findall(word)}
    if not expanded:
        return
    steps = (step.instruction for step in build.steps_before(stage, run))
    above = (pair.name for each in steps if isinstance(each, Arg | Env) for pair in each.pairs)
    unseen = expanded - {*above, *_NAMED.findall(run.value.text)}
    first = build.dockerfile.instructions[: build.stages[0].from_.index]
    for arg in (each for each in first if isinstance(each, Arg)):
        for pair in arg.pairs:
            if pair.value is not None and pair.name in unseen:
                yield arg, pair

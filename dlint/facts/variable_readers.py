"""Which RUNs start something that may look at a variable without a word of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.reads.arrivals import arrivals
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.facts.arguments import Argument
    from dlint.model.build import Build
    from dlint.shell import Command

# What a script starts that may look at any variable.
_STARTS = regex(
    r"\b(?:ant|bazel|bun|bundle|cargo|cmake|composer|dotnet|env|go|gradlew?|make|mvnw?|ninja|node|npm|npx"
    r"|php|pip3?|pnpm|poetry|printenv|python3?|rake|ruby|sbt|source|uv|yarn)\b|(?:^|[\s;&|])\.{1,2}/",
    re.MULTILINE,
)
_LARGEST = 1 << 16  # bytes; scripts are no larger
# Compilers and their like look at variables of their own, not at what a project calls its commit.
_COMPILERS = frozenset(
    "ar as c++ cc ccache clang clang++ g++ gcc ld nvprune ranlib sccache".split()
)
# Corepack reads variables of its own; its other commands start a manager.
_SETS_UP = frozenset(("cache", "disable", "enable", "hydrate", "install", "pack", "prepare"))
_OF_COMPILERS = "SOURCE_DATE_EPOCH"


def is_read(build: Build, argument: Argument) -> bool:
    """Tell whether something below an argument uses it, or starts what may look at any variable."""
    if argument.users:
        return True
    below = (run for run in build.fact(_readers) if run.index > argument.arg.index)
    return any(
        may_read(build, run, argument.name)
        for run in below
        if (stage := build.stage_of(run)) and build.stands_on(stage, argument.stage)
    )


def _readers(build: Build) -> tuple[Run, ...]:
    """Return the RUNs that start something which may look at any variable; a fact."""
    runs = (each for stage in build.stages for each in stage.instructions if isinstance(each, Run))
    return tuple(run for run in runs if may_read_environment(build, run))


def may_read_environment(build: Build, run: Run) -> bool:
    """Tell whether a RUN starts something of the project's own, which may look at any variable."""
    from dlint.shell.effects import Unknown

    return _works_on_the_project(build, run) or bool(build.effects(run).of(Unknown))


def _works_on_the_project(build: Build, run: Run) -> bool:
    """Tell whether a RUN builds or installs the project, or does what cannot be read."""
    from dlint.shell.effects import Install

    found = build.effects(run)
    return not found.known or any(each.hidden or each.projects for each in found.of(Install))


def may_read(build: Build, run: Run, name: str) -> bool:
    """Tell whether a RUN starts something that may look at a variable: no compiler does, and no
    script of the context whose text does not name it and that starts nothing of the project's in
    turn.
    """
    from dlint.shell.effects import Unknown

    if _works_on_the_project(build, run):
        return True
    blind = frozenset() if name == _OF_COMPILERS else _COMPILERS
    others = [each.command for each in build.effects(run).of(Unknown)]
    others = [each for each in others if each.name not in blind and not _links_managers(each)]
    texts = [script_started(build, run, command) for command in others]
    return any(text is None or name in text or _STARTS.search(text) for text in texts)


def is_likely_reader(build: Build, run: Run, name: str) -> bool:
    """Tell whether a RUN that may look at a variable builds the project, or does what cannot be
    read: a build stamps the commit on what it makes, where a program of others has no use for it.
    """
    from dlint.shell.effects import Install, Unknown

    found = build.effects(run)
    if not found.known or any(each.hidden for each in found.of(Install)):
        return True
    commands = (each.command for each in found.of(Unknown))
    starts = any(_STARTS.search(" ".join((each.word.raw, *each.raw_args))) for each in commands)
    return starts and may_read(build, run, name)


def _links_managers(command: Command) -> bool:
    """Tell whether a command of Corepack sets up managers, which starts none of them."""
    return command.name == "corepack" and not _SETS_UP.isdisjoint(command.forms[:1])


def may_be_set_by(build: Build, run: Run, name: str) -> bool:
    """Tell whether a RUN starts something that may look at a variable, of whatever name, or a
    language's manager: those have settings among the variables, as `NODE_ENV`.
    """
    from dlint.shell.effects import Install

    managers = (each.managed_by for each in build.effects(run).of(Install))
    return not all(each.is_system for each in managers) or may_read(build, run, name)


def script_started(build: Build, run: Run, command: Command) -> str | None:
    """Return the text of the context's file that a command of a RUN starts; None where it is none,
    or nothing that can be read.
    """
    stage, state = build.stage_of(run), build.state(run)
    above = build.fact(arrivals).before(stage, run) if stage else ()
    for arrival in above:
        source = arrival.started_by(command, state.workdir)
        if source is not None and build.context.entries[source].size < _LARGEST:
            return build.context.read(source).decode("utf-8", "replace")
    return None

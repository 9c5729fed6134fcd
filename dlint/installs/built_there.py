"""RUNs that build in a folder, and so leave files there that their text does not name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dlint.installs.leftovers import builds
from dlint.model.scope import join
from dlint.shell.effects import Install
from dlint.syntax import Run
from dlint.text.paths import within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell.script import Command

_ELSEWHERE = frozenset(("install", "-o"))  # words of `go` by which its output goes elsewhere
_MODULE = frozenset(("-m", "install"))  # words by which a module of Python installs something
_MOST_ABOVE = 50  # steps of a chain that are looked at for each command that changes a folder


def built_there(build: Build, stage: Stage, run: Run, folder: str) -> Iterator[Run]:
    """Yield the last RUNs above one that surely build in a folder, or below it."""
    above = build.steps_above(stage, run)
    for step in islice(build.chain(stage), max(0, above - _MOST_ABOVE), above):
        if isinstance(step.instruction, Run) and _builds_in(build, step.instruction, folder):
            yield step.instruction


def _builds_in(build: Build, run: Run, folder: str) -> bool:
    return any(
        within(place, folder)
        for each in build.script(run).commands
        if each.certain and builds(each)
        for place in _places(build, run, each)
    )


def _places(build: Build, run: Run, command: Command) -> Iterator[str]:
    """Yield the folders in which a command builds, and leaves what it builds: of an install only
    the projects that it builds itself. Packages go elsewhere, as does what `go` is asked to put
    elsewhere, or installs.
    """
    installs = [each for each in build.effects(run).of(Install) if each.command is command]
    for each in installs:
        if each.manager == "go" and not _ELSEWHERE.isdisjoint(command.forms):
            continue
        yield from (place.path for place in each.projects if place.path)
    is_module = _MODULE.issubset(command.forms)  # of Python, which builds none
    if not installs and not is_module:
        place = join(build.state(run).workdir, command.cwd)
        yield from [place] if place is not None else []

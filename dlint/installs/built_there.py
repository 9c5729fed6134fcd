"""RUNs that build in a folder, and so leave files there that their text does not name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dlint.installs.leftovers import builds
from dlint.model.scope import join
from dlint.syntax import Run
from dlint.text.paths import within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage

_MOST_ABOVE = 50  # steps of a chain that are looked at for each command that changes a folder


def built_there(build: Build, stage: Stage, run: Run, folder: str) -> Iterator[Run]:
    """Yield the last RUNs above one that surely build in a folder, or below it."""
    above = build.steps_above(stage, run)
    for step in islice(build.chain(stage), max(0, above - _MOST_ABOVE), above):
        if isinstance(step.instruction, Run) and _builds_in(build, step.instruction, folder):
            yield step.instruction


def _builds_in(build: Build, run: Run, folder: str) -> bool:
    workdir = build.state(run).workdir
    return any(
        within(place, folder)
        for each in build.script(run).commands
        if each.certain and builds(each)
        if (place := join(workdir, each.cwd)) is not None
    )

"""Where a stage on the same base calls a `make` that installs again what an install in the base has
put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.dependencies import clears_first
from dlint.facts.placed import placed
from dlint.reads.makefiles import installed_by_make
from dlint.syntax import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.installs.splitting import EarlyCopies
    from dlint.model.build import Step
    from dlint.shell import Command


def made_again(case: EarlyCopies) -> Iterator[tuple[Run, Command]]:
    """Yield the calls of `make` in other RUNs on the base that the main COPY stands in which delete
    what the install brings, and install it again.
    """
    build, base = case.build, case.main.step.stage
    for stage in build.stages_on(base) if base is not case.stage else ():
        for step in build.steps(stage):
            run = step.instruction
            if isinstance(run, Run) and run is not case.found.run:
                yield from ((run, each) for each in _calls(case, step, run))


def _calls(case: EarlyCopies, step: Step, run: Run) -> Iterator[Command]:
    makes = [each for each in case.build.script(run).commands if each.name == "make"]
    read = {each.rooted for each in case.install.manifests}
    places = case.build.fact(placed).before(step) if makes else {}
    for command in makes:
        installs = installed_by_make(case.build, step, command, places)
        if any(clears_first(i) and any(m.rooted in read for m in i.manifests) for i in installs):
            yield command

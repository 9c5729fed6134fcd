"""Installs of system packages that stand below COPYs which they do without, and how much less often
they would run above those.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.volatility import RELEASE, is_dependency_list
from dlint.installs.system_installs import lasting_install, may_need, sets_sources
from dlint.syntax import Run, Transfer, User
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.facts.handed_on import ChangingCopy
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Install
    from dlint.syntax import Instruction


class LateInstall(NamedTuple):
    """An install that may stand above `copy`. Of the COPYs from that on that it does without,
    `worst` changes most often, as `change` tells; `shared`: other commands of its RUN need one of
    them, or may, so that its layer is pushed in any case. `base`: the COPYs are those of an image
    of its own that the stage stands on.
    """

    run: Run
    install: Install
    copy: Instruction
    worst: Instruction
    change: str
    shared: bool
    base: Stage | None = None

    @property
    def names(self) -> list[str]:
        """The packages, as people call them."""
        return [name.removeprefix("./") for name in self.install.named]


def late_installs(build: Build, stage: Stage) -> Iterator[LateInstall]:
    """Yield the installs of system packages in a stage that run again at least twice as often as
    above COPYs which they do without.
    """
    for run in stage.instructions:
        late = _late_install(build, stage, run) if isinstance(run, Run) else None
        if late is not None:
            yield late


def _late_install(build: Build, stage: Stage, run: Run) -> LateInstall | None:
    from dlint.facts.handed_on import changing_copies_above, changing_copies_below

    install = lasting_install(build, run)
    if install is None:
        return None
    late = _late_below(build, stage, run, install, changing_copies_above(build, stage, run))
    if late or not build.is_pushed(stage):
        return late
    late = _late_below(build, stage, run, install, changing_copies_below(build, stage))
    if late is None or late.shared:
        return None
    return late._replace(base=build.stage_of(late.copy))


def _late_below(
    build: Build, stage: Stage, run: Run, install: Install, copies: Sequence[ChangingCopy]
) -> LateInstall | None:
    from dlint.facts.arguments import reruns_anyway
    from dlint.facts.late import is_late_on_purpose
    from dlint.installs.early_copies import is_told_of_install

    alone = [
        each for each in copies if not is_told_of_install(build, stage, run, each.step.instruction)
    ]
    if not alone or is_late_on_purpose(build, run):
        return None
    script = build.script(run)
    last = _last_needed(build, stage, run, script.up_to(install.command), alone[0].number)
    kept = [each.share for each in alone if each.number <= last]
    free = alone[len(kept) :]
    if not free:
        return None
    # releases are rarer than commits, whose files tell how many
    worst = max(free, key=lambda each: (each.change != RELEASE, each.share))
    first = free[0].step.instruction
    if 2 * max(kept, default=0.0) > worst.share or reruns_anyway(build, stage, run, first):
        return None
    shared = any(may_need(build, run, each.step, script.commands) for each in free)
    return LateInstall(run, install, first, worst.step.instruction, worst.change, shared)


def _last_needed(
    build: Build, stage: Stage, run: Run, commands: Sequence[Command], start: int
) -> int:
    """Return the number of the last COPY or ADD from `start` on that `commands` of a RUN may need;
    -1 where they need none.
    """
    above = (step for step in build.steps_before(stage, run) if step.instruction.index >= start)
    copies = [step for step in above if isinstance(step.instruction, Transfer)]
    needed = (step for step in reversed(copies) if may_need(build, run, step, commands))
    return next((step.instruction.index for step in needed), -1)


def moved_along(build: Build, copy: Instruction, runs: Sequence[Run]) -> list[Instruction]:
    """Return what stands between a COPY and RUNs that install packages, and goes before those:
    sources of packages, and the last USER.
    """
    stage = build.stage_of(copy)
    between = [
        each
        for each in (stage.instructions if stage else ())
        if copy.index < each.index < runs[-1].index and each not in runs
    ]
    users = [each for each in between if isinstance(each, User)]
    found = [each for each in between if isinstance(each, Run) and sets_sources(build, each)]
    return sorted([*found, *users[-1:]], key=attrgetter("index"))


def only_brings_lists(build: Build, copy: Instruction) -> bool:
    """Tell whether a COPY brings nothing but lists of dependencies, which are installed again with
    it.
    """
    from dlint.reads.arrivals import arrivals

    step = build.step_of(copy)
    arrival = build.fact(arrivals).of(step, copy) if step and isinstance(copy, Transfer) else None
    files = arrival.sources if arrival and arrival.known else ()
    return bool(files) and all(map(is_dependency_list, files))

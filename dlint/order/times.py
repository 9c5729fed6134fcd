"""What an order costs in the mean of its builds, in time: each step that runs again takes as long
as it did when it was recorded.

Weights are milliseconds, so that a step of less than a second moves nothing. A step that was never
timed is of unknown time, not of none.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.model.keys import EMPTY, Keys, shallow
from dlint.order.judges import Judged, Priors, Replay, Step, changed, is_light_run
from dlint.order.optimum import Cost, Observed
from dlint.sizes.times import Took, step_times
from dlint.syntax import Transfer, Workdir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.model import Build
    from dlint.model.keys import Keyed

MILLISECONDS = 1000
_NOTHING = Cost(0, 0)


class Times:
    """Judges by seconds, where another judge does by bytes: by the same commits, or by priors."""

    def __init__(self, by: Replay | Priors) -> None:
        """Take the judge who knows how often what changes."""
        self._by = by

    @property
    def commits(self) -> int:
        """How many commits are counted."""
        return self._by.commits

    def steps(self, build: Build) -> list[Step]:
        """Return the steps of the target's chain, base first, each with its time."""
        keys = Keys(build, shallow)
        times = build.fact(step_times)
        return [_step(keys, keyed, times) for keyed in keys.image]

    def judge(self, build: Build) -> Judged:
        """Build every commit with the Dockerfile of `build`."""
        steps = self.steps(build)
        basis = _basis(build, steps)
        if isinstance(self._by, Priors):
            return self._by.weighed(build, steps)._replace(basis=Basis.GUESSED)
        cost = _NOTHING
        changes: list[list[int]] = []
        cached: set[str] = set()
        before: Keys | None = None
        for after in self._by.keys(build):
            if before is not None:
                again = [at for at, keyed in enumerate(after.image) if keyed.key not in cached]
                for at in again:
                    cost = cost.plus(steps[at].weight).plus(steps[at].own)
                changes.append(list(changed(before, after)))
            cached.update(keyed.key for keyed in after.image)
            before = after
        return Judged(cost.times(Fraction(1, len(changes))), Observed(changes), basis)


def _step(keys: Keys, keyed: Keyed, times: Mapping[tuple[int, int], Took]) -> Step:
    instruction = keyed.step.instruction
    if not keyed.layer or isinstance(instruction, Workdir):
        return Step(keyed, _NOTHING, _NOTHING)
    took = _took(keyed, times)
    if took is None and (keyed.identity == EMPTY or is_light_run(keys.build, keyed)):
        return Step(keyed, _NOTHING, _NOTHING)
    cost = Cost(1, 0) if took is None else Cost(0, round(took.seconds * MILLISECONDS))
    if keys.is_linked(keyed.step):
        return Step(keyed, _NOTHING, cost)
    return Step(keyed, cost, _NOTHING)


def _took(keyed: Keyed, times: Mapping[tuple[int, int], Took]) -> Took | None:
    """Return how long a step takes. One that copies from the context, and that was split from
    another such one, takes no longer than the longest of these that was timed.
    """
    stage, instruction = keyed.step.stage, keyed.step.instruction
    found = times.get((stage.index, instruction.index))
    if found is not None or not isinstance(instruction, Transfer) or instruction.from_:
        return found
    copied = [
        times[place]
        for each in stage.instructions
        if isinstance(each, Transfer)
        and not each.from_
        and (place := (stage.index, each.index)) in times
    ]
    if not copied:
        return None
    return Took(max(each.seconds for each in copied), Basis.GUESSED)


def _basis(build: Build, steps: Sequence[Step]) -> Basis:
    """Return the weakest of what the known times stand on; that they are taken is modelled."""
    times = build.fact(step_times)
    known = (_took(step.keyed, times) for step in steps if step.weight.known or step.own.known)
    return Basis.weakest(Basis.MODELLED, *(took.basis for took in known if took is not None))

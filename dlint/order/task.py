"""The instructions of a stage as a task for the optimum: which of them matter, what they weigh, and
what must stay above what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.order.arrange import extend
from dlint.order.optimum import Cost, Instance, solve
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.order.judges import Judged, Step
    from dlint.order.optimum import Solution

# Bytes that a better order must save in the mean, and that a layer must have to be moved for its
# own sake: a push that uploads no layer sends 2 to 7 kB all the same.
LEAST = 1000


class StageTask(NamedTuple):
    """The steps of a stage behind its FROM; the chain's number of the first is `first`."""

    judged: Judged
    steps: Sequence[Step]
    first: int

    def solve(self, above: Sequence[int]) -> tuple[Solution, list[int]]:
        """Return the best order under `above`, which holds for each instruction, as bits, those
        that must stand above it; first of the layers that matter, then of all instructions.
        """
        chance = self.judged.chance
        above = self._protecting_unknown(above)
        layers = [number for number in range(len(self.steps)) if self._matters(number)]
        seen = chance.none()
        for number in range(self.first):
            seen = chance.also(seen, number)
        solution = solve(
            Instance(
                [self.first + number for number in layers],
                [_weight(self.steps[number]) for number in layers],
                [_among(layers, above[number]) for number in layers],
                chance,
                seen,
            )
        )
        return solution, extend(above, [layers[number] for number in solution.order])

    def _matters(self, number: int) -> bool:
        """Tell whether it matters where a step stands: it costs something, or makes others do."""
        if _weight(self.steps[number]) != Cost(0, 0):
            return True
        chance = self.judged.chance
        return chance.also(chance.none(), self.first + number) != chance.none()

    def _protecting_unknown(self, above: Sequence[int]) -> list[int]:
        """Return a precedence under which no layer of unknown size is pushed more often for the
        sake of another such one.

        Two of them may change places only where all that changes the lower one, or what it needs
        above it, makes the upper one anew wherever that stands: nobody knows which of the two is
        the larger.
        """
        chance, steps = self.judged.chance, self.steps
        found: list[int] = []
        seen: list[int] = []
        for at, needed in enumerate(above):
            mask = needed
            for before in range(at):
                bound = mask >> before & 1
                if not bound and steps[before].weight.unknown and steps[at].weight.unknown:
                    bound = self._with(seen[before], needed | 1 << at) != seen[before]
                if bound:
                    mask |= 1 << before | found[before]
            found.append(mask)
            seen.append(self._with(chance.none(), needed | 1 << at))
        return found

    def _with(self, seen: int, mask: int) -> int:
        """Return what stands for some steps and those of a mask, whose lowest bit is `first`."""
        for number in range(mask.bit_length()):
            if mask >> number & 1:
                seen = self.judged.chance.also(seen, self.first + number)
        return seen


def _weight(step: Step) -> Cost:
    """Return what one push of a step's layer costs, nothing for a layer that nobody would move
    anything for.
    """
    unknown, known, _ = step.weight
    return Cost(unknown, known) if unknown or known >= LEAST else Cost(0, 0)


def _among(layers: list[int], mask: int) -> int:
    """Return the bits of a mask over all instructions as a mask over some of them."""
    return sum(1 << at for at, number in enumerate(layers) if mask >> number & 1)

"""The better order of a Dockerfile, and the proof that it is one."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.order.arrange import reorder
from dlint.order.graph import Surroundings
from dlint.order.judges import chain
from dlint.order.optimum import Cost
from dlint.order.sameness import difference
from dlint.order.task import LEAST, StageTask
from dlint.text.units import human_bytes
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dlint.model import Build
    from dlint.order.judges import Judged, Priors, Replay, Step
    from dlint.order.optimum import Solution
    from dlint.order.times import Times
    from dlint.push.sizes import Sizes
    from dlint.syntax import Instruction
    from dlint.text.source import Edit, Source

# The part of the known bytes, or of the layers of unknown size, that it must save, too. In 40
# public repositories, orders that saved less moved an instruction or two for one commit in a
# hundred, or for a file of some kB.
SHARE = Fraction(1, 50)


class ArrangedStage(NamedTuple):
    """A stage of the image with its best order that was found."""

    surroundings: Surroundings
    task: StageTask
    solution: Solution

    @property
    def blocked(self) -> list[Instruction]:
        """The instructions that may read or write any file, where a better order might be found if
        they did not.
        """
        unknown = self.surroundings.unknown
        if not unknown:
            return []
        free, _ = self.task.solve(self.surroundings.precedence(free=True))
        return unknown if free.bound != self.solution.cost else []


class Arranged(NamedTuple):
    """A Dockerfile in the best order that was found for its instructions.

    `gap` is what another order of them could cost less at most, per push; nothing where this is the
    optimum. `sets` counts the sets of instructions that were looked at.
    """

    source: Source
    gap: Cost
    sets: int
    stages: tuple[ArrangedStage, ...]


class Candidate(NamedTuple):
    """A Dockerfile to put in order: the present one, or one with an instruction split."""

    build: Build
    split: bool = False


class Proposal(NamedTuple):
    """What the present order costs in the mean of the pushes, and the best one found.

    `after` is None where no better one is offered, and `refused` says of those that were found why
    not. `basis` is the weakest of what the two stand on. `present` are the stages of the present
    Dockerfile.
    """

    build: Build
    before: Cost
    after: Cost | None
    best: Candidate
    arranged: Arranged
    basis: Basis
    present: tuple[ArrangedStage, ...]
    refused: tuple[str, ...] = ()


def propose(
    candidates: Iterable[Candidate],
    judge: Replay | Priors | Times,
    sizes: Sizes,
    model: Callable[[Source], Build],
) -> Proposal:
    """Return the best order of the first candidate, the present Dockerfile, or of the others, its
    variants.

    `model` builds a Dockerfile's text in the same context.
    """
    found: Proposal | None = None
    for candidate in candidates:
        judged = judge.judge(candidate.build)
        arranged = arrange(candidate.build, judged, sizes, judge.steps(candidate.build))
        if found is None:
            found = Proposal(
                candidate.build,
                judged.cost,
                None,
                candidate,
                arranged,
                judged.basis,
                arranged.stages,
            )
        if arranged.source.text == found.build.dockerfile.source.text:
            continue
        build = model(arranged.source)
        cost, _, basis = judge.judge(build)
        least = found.before if found.after is None else found.after
        if not is_better(least, cost):
            continue
        reason = objection(found.build, build, sizes)
        if reason is None:
            basis = Basis.weakest(found.basis, basis)
            best = Candidate(build, candidate.split)
            found = found._replace(after=cost, best=best, arranged=arranged, basis=basis)
        else:
            found = found._replace(refused=(*found.refused, reason))
    if found is None:
        raise ValueError("no candidate to order")
    return found


def is_better(before: Cost, after: Cost) -> bool:
    """Tell whether an order is worth a change."""
    unknown, known = before.unknown - after.unknown, before.known - after.known
    fewer = unknown > 0 and unknown >= before.unknown * SHARE
    return (fewer or (known >= LEAST and known >= before.known * SHARE)) and not after.exceeds(
        before
    )


def objection(before: Build, after: Build, sizes: Sizes) -> str | None:
    """Return why `after` must not take the place of `before`; None where it may."""
    if after.dockerfile.errors:
        return f"the builder would refuse the result: {after.dockerfile.errors[0].message}"
    return difference(before, after) or _larger(before, after, sizes)


def _larger(before: Build, after: Build, sizes: Sizes) -> str | None:
    """Hold the images' layers against each other; a layer's own frame is no more than LEAST."""
    old, new = (_image(build, sizes) for build in (before, after))
    more = new.known - old.known
    if new.unknown > old.unknown or more > LEAST:
        return (
            f"the image would grow by {human_bytes(int(more))}"
            if more > 0
            else "the image would have more layers"
        )
    return None


def _image(build: Build, sizes: Sizes) -> Cost:
    total = Cost(0, 0)
    for step in chain(build, sizes):
        total = total.plus(step.weight).plus(step.own)
    return total


def arrange(
    build: Build, judged: Judged, sizes: Sizes, weighed: Sequence[Step] | None = None
) -> Arranged:
    """Return `build`'s Dockerfile in the order of the least expected cost; stages are ordered each
    for itself. Steps weigh what they push, unless they are `weighed` otherwise.
    """
    source = build.dockerfile.source
    steps = chain(build, sizes) if weighed is None else weighed
    place = {id(step.keyed.step.instruction): number for number, step in enumerate(steps)}
    edits: list[Edit] = []
    stages: list[ArrangedStage] = []
    for stage in build.target.ancestors() if build.target else ():
        own = stage.instructions[1:]
        if not own:
            continue
        first = place[id(own[0])]
        surroundings = Surroundings(build, stage)
        task = StageTask(judged, steps[first : first + len(own)], first)
        solution, order = task.solve(surroundings.precedence())
        stages.append(ArrangedStage(surroundings, task, solution))
        edits += reorder(source, own, order)
    gap = reduce(Cost.plus, (each.solution.gap for each in stages), Cost(0, 0))
    share = Fraction(1, max(judged.chance.total, 1))
    sets = sum(each.solution.sets for each in stages)
    return Arranged(source.edited(edits), gap.times(share), sets, tuple(stages))

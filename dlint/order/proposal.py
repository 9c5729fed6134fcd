"""The better order of a Dockerfile, and the proof that it is one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from dlint.findings import Basis
from dlint.order.arrange import extend, reorder
from dlint.order.graph import Surroundings
from dlint.order.judges import chain
from dlint.order.optimum import Cost, Instance, solve
from dlint.order.sameness import difference
from dlint.text.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dlint.model import Build
    from dlint.order.judges import Judged, Priors, Replay, Step
    from dlint.order.optimum import Chance
    from dlint.push.sizes import Sizes
    from dlint.text.source import Edit, Source

# Bytes that a better order must save in the mean, and that a layer must have to be moved for its
# own sake: a push that uploads no layer sends 2 to 7 kB all the same.
LEAST = 1000
# The part of the known bytes, or of the layers of unknown size, that it must save, too. In 40
# public repositories, orders that saved less moved an instruction or two for one commit in a
# hundred, or for a file of some kB.
SHARE = Fraction(1, 50)


class Arranged(NamedTuple):
    """A Dockerfile in the best order that was found for its instructions.

    `gap` is what another order of them could cost less at most, per push; nothing where this is the
    optimum. `sets` counts the sets of instructions that were looked at.
    """

    source: Source
    gap: Cost
    sets: int


class Candidate(NamedTuple):
    """A Dockerfile to put in order: the present one, or one with an instruction split."""

    build: Build
    split: bool = False


class Proposal(NamedTuple):
    """What the present order costs in the mean of the pushes, and the best one found.

    `after` is None where no better one is offered, and `refused` says of those that were found why
    not. `basis` is the weakest of what the two stand on.
    """

    build: Build
    before: Cost
    after: Cost | None
    best: Candidate
    arranged: Arranged
    basis: Basis
    refused: tuple[str, ...] = ()


def propose(
    candidates: Iterable[Candidate],
    judge: Replay | Priors,
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
        arranged = arrange(candidate.build, judged, sizes)
        if found is None:
            found = Proposal(candidate.build, judged.cost, None, candidate, arranged, judged.basis)
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


def arrange(build: Build, judged: Judged, sizes: Sizes) -> Arranged:
    """Return `build`'s Dockerfile in the order of the least expected cost; stages are ordered each
    for itself.
    """
    source = build.dockerfile.source
    steps = chain(build, sizes)
    place = {id(step.keyed.step.instruction): number for number, step in enumerate(steps)}
    gap, sets = Cost(0, 0), 0
    edits: list[Edit] = []
    for stage in build.target.ancestors() if build.target else ():
        own = stage.instructions[1:]
        if not own:
            continue
        first = place[id(own[0])]
        above = _protecting_unknown(
            Surroundings(build, stage).precedence(), steps[first:], first, judged.chance
        )
        layers = [
            number
            for number in range(len(own))
            if _matters(judged, steps[first + number], first + number)
        ]
        seen = judged.chance.none()
        for number in range(first):
            seen = judged.chance.also(seen, number)
        instance = Instance(
            [first + number for number in layers],
            [_weight(steps[first + number]) for number in layers],
            [_among(layers, above[number]) for number in layers],
            judged.chance,
            seen,
        )
        solution = solve(instance)
        gap = gap.plus(
            Cost(
                max(0, solution.cost.unknown - solution.bound.unknown),
                max(0, solution.cost.known - solution.bound.known),
            )
        )
        sets += solution.sets
        edits += reorder(source, own, extend(above, [layers[number] for number in solution.order]))
    return Arranged(source.edited(edits), gap.times(Fraction(1, max(judged.chance.total, 1))), sets)


def _protecting_unknown(
    above: Sequence[int], steps: Sequence[Step], first: int, chance: Chance
) -> list[int]:
    """Return a precedence under which no layer of unknown size is pushed more often for the sake of
    another such one.

    Two of them may change places only where all that changes the lower one, or what it needs above
    it, makes the upper one anew wherever that stands: nobody knows which of the two is the larger.
    """
    found: list[int] = []
    seen: list[int] = []
    for at, needed in enumerate(above):
        mask = needed
        for before in range(at):
            bound = mask >> before & 1
            if not bound and steps[before].weight.unknown and steps[at].weight.unknown:
                bound = _with(chance, seen[before], needed | 1 << at, first) != seen[before]
            if bound:
                mask |= 1 << before | found[before]
        found.append(mask)
        seen.append(_with(chance, chance.none(), needed | 1 << at, first))
    return found


def _with(chance: Chance, seen: int, mask: int, first: int) -> int:
    """Return what stands for some steps and those of a mask, whose lowest bit is the step
    `first`.
    """
    for number in range(mask.bit_length()):
        if mask >> number & 1:
            seen = chance.also(seen, first + number)
    return seen


def _weight(step: Step) -> Cost:
    """Return what one push of a step's layer costs, nothing for a layer that nobody would move
    anything for.
    """
    unknown, known, _ = step.weight
    return Cost(unknown, known) if unknown or known >= LEAST else Cost(0, 0)


def _matters(judged: Judged, step: Step, number: int) -> bool:
    """Tell whether it matters where a step stands: it costs something, or makes others do."""
    return (
        _weight(step) != Cost(0, 0)
        or judged.chance.also(judged.chance.none(), number) != judged.chance.none()
    )


def _among(layers: list[int], mask: int) -> int:
    """Return the bits of a mask over all instructions as a mask over some of them."""
    return sum(1 << at for at, number in enumerate(layers) if mask >> number & 1)

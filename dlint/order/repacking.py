"""How far an image's pushes can fall at all: by the best order of its instructions, by layers that
are packed anew, and by no layers but single files.

An image consists of parts: each file that is copied from the context, and all that another step
makes, as a whole, which changes with what the step reads. The last commits each change some of
them. What is pushed is weighed by the sizes
of today and the changes of the past, so that the four ways can be held against each other: whatever
is packed, a part is uploaded at least whenever it changes.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING

from dlint.bytes.tar import BLOCK
from dlint.findings import MIN_BYTES, Basis
from dlint.model.keys import content_keys
from dlint.order.footprints import overlap
from dlint.order.graph import Surroundings, meeting
from dlint.order.judges import FEW, Judged, chain
from dlint.order.optimum import Cost, Observed
from dlint.order.proposal import arrange, is_better, objection
from dlint.order.task import LEAST
from dlint.syntax import Run, Transfer
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlint.context import BuildContext
    from dlint.model import Build
    from dlint.model.keys import Keyed, Keys
    from dlint.model.stages import Stage
    from dlint.order.footprints import Footprint
    from dlint.order.judges import Step
    from dlint.push.sizes import Sizes
    from dlint.text.source import Source

# Layers that an image is packed into: rechunk's own default (github.com/hhd-dev/rechunk,
# 3_chunk.sh). An image may have 127.
LAYERS = 40
# Parts that are packed; those that cost the least beyond are one part. Packing 200 of them takes a
# third of a second.
MOST_PARTS = 200


class Part(NamedTuple):
    """Some files: their bytes, and the commits that change any of them, as bits."""

    size: int
    commits: int

    def with_(self, other: Part) -> Part:
        """Return both together."""
        return Part(self.size + other.size, self.commits | other.commits)

    @property
    def cost(self) -> int:
        """What a layer of its own pushes in all commits."""
        return self.size * self.commits.bit_count()


NOTHING = Part(0, 0)


def together(parts: Iterable[Part]) -> Part:
    """Return parts as one."""
    return reduce(Part.with_, parts, NOTHING)


def alike(parts: Iterable[Part]) -> list[Part]:
    """Return parts in which all that the same commits change is one, which costs the same; those
    that cost the most come first.
    """
    sizes: dict[int, int] = {}
    for part in parts:
        sizes[part.commits] = sizes.get(part.commits, 0) + part.size
    found = [Part(size, commits) for commits, size in sizes.items() if size]
    return sorted(found, key=lambda part: (-part.cost, -part.size, part.commits))


def packed(parts: Sequence[Part], layers: int) -> list[Part]:
    """Pack parts into layers that do not depend on each other, by the greedy rule of tools that
    take finished images apart.

    Each layer begins with the largest part that is left, and takes what makes it cost the least
    more until it is full; then each part that is left goes where it adds the least.
    """
    full = sum(part.size for part in parts) / layers
    left = sorted(parts, key=lambda part: part.size)
    found: list[Part] = []
    while left and len(found) < layers:
        layer = left.pop()
        while left and layer.size <= full:
            cheapest = min(left, key=lambda part: layer.with_(part).cost)
            left.remove(cheapest)
            layer = layer.with_(cheapest)
        found.append(layer)
    while left:
        places = ((at, part) for at in range(len(found)) for part in left)
        at, part = min(places, key=lambda each: _added(found[each[0]], each[1]))
        left.remove(part)
        found[at] = found[at].with_(part)
    return found


def _added(layer: Part, part: Part) -> int:
    return layer.with_(part).cost - layer.cost


class Ways(NamedTuple):
    """What `commits` commits would push of an image, compressed, by each of the ways.

    `now` is the present order of its instructions, `ordered` the best one. `repacked` are layers
    that are packed anew by size and change, and `bound` has each file by itself: no packing of
    whole files goes below. `at_least` tells that something of it is not known, which a packing can
    only push less often.
    """

    commits: int
    now: int
    ordered: int
    repacked: int
    bound: int
    at_least: bool
    basis: Basis


def ways(
    build: Build,
    contexts: Sequence[BuildContext],
    sizes: Sizes,
    model: Callable[[Source], Build],
) -> Ways | None:
    """Weigh the ways to push an image, by what changed from each of `contexts` to the next, the
    last of which is today's; None where they are too few, or nothing is known of what was pushed.

    `model` builds a Dockerfile's text in the same context. Raises DlintError where the repository
    lacks what a commit holds.
    """
    if len(contexts) <= FEW:
        return None
    weighed = _Weighed(build, contexts, sizes)
    now = weighed.cost
    if now.unknown and now.told < MIN_BYTES:
        return None
    parts = alike(weighed.parts())
    packing = packed([*parts[: MOST_PARTS - 1], together(parts[MOST_PARTS - 1 :])], LAYERS)
    told, bound = round(now.told), sum(part.cost for part in parts)
    ordered = told
    if told - bound >= LEAST * weighed.commits:
        ordered = round(_ordered(weighed, model).told)
    return Ways(
        weighed.commits,
        told,
        ordered,
        # who packs anew may leave the layers as they are
        min(told, sum(part.cost for part in packing)),
        min(told, bound),
        bool(now.unknown),
        weighed.basis,
    )


def _ordered(weighed: _Weighed, model: Callable[[Source], Build]) -> Cost:
    """Return what the best order costs, if `dlint order` would offer it; else the present one."""
    build, sizes, now = weighed.build, weighed.sizes, weighed.cost
    share = Fraction(1, weighed.commits)
    judged = Judged(now.times(share), weighed.chance, weighed.basis)
    source = arrange(build, judged, sizes).source
    if source.text == build.dockerfile.source.text:
        return now
    after = model(source)
    if objection(build, after, sizes) is not None:
        return now
    cost = _Weighed(after, weighed.contexts, sizes).cost
    return cost if is_better(now.times(share), cost.times(share)) else now


class _Weighed:
    """The steps of an image with their sizes of today, and the commits that change each."""

    def __init__(self, build: Build, contexts: Sequence[BuildContext], sizes: Sizes) -> None:
        """Hold each of `contexts` against the one before."""
        self.build, self.contexts, self.sizes = build, contexts, sizes
        self._today = build.in_context(contexts[-1])
        self._steps = chain(self._today, sizes)
        self._files: list[dict[str, int]] = [{} for _ in self._steps]
        self.commits = len(contexts) - 1
        keys = (build.in_context(each).fact(content_keys) for each in contexts)
        changes = [
            list(self._changed(before, after, 1 << at))
            for at, (before, after) in enumerate(pairwise(keys))
        ]
        self.chance = Observed(changes)
        self._made = [self._commits(number) for number in range(len(self._steps))]
        for stage in reversed(list(self._today.target.ancestors()) if self._today.target else []):
            self._spread(stage)

    def _changed(self, before: Keys, after: Keys, commit: int) -> Iterator[int]:
        """Yield the numbers of the steps that a commit changes; note the files that it does."""
        for number, (old, new) in enumerate(zip(before.image, after.image, strict=True)):
            if old.own != new.own:
                yield number
                files = self._files[number]
                for path, _ in new.inputs.items() - old.inputs.items():
                    files[path] = files.get(path, 0) | commit

    @property
    def cost(self) -> Cost:
        """What all commits push as the steps stand: each with those below a change."""
        total, seen = Cost(0, 0), self.chance.none()
        for number, step in enumerate(self._steps):
            seen = self.chance.also(seen, number)
            total = total.plus(step.weight.times(self.chance.share(seen)))
            total = total.plus(step.own.times(self.chance.share(self._commits(number))))
        return total

    def _commits(self, number: int) -> int:
        return self.chance.also(self.chance.none(), number)

    def _spread(self, stage: Stage) -> None:
        """Have what a RUN makes change with what it reads, as far as that is known: with all of it
        otherwise, and with all that its base is made of.
        """
        found = Surroundings(self._today, stage)
        prints = found.prints
        numbers = {id(step.keyed.step): number for number, step in enumerate(self._steps)}
        own = [numbers[id(step)] for step in found.steps]
        base = reduce(or_, self._made[: own[0]] if own else [], 0)
        for at, number in enumerate(own):
            if isinstance(self._steps[number].keyed.step.instruction, Run):
                above = zip(own[:at], prints[:at], strict=True)
                read = (self._read(each, brought, prints[at]) for each, brought in above)
                self._made[number] |= reduce(or_, read, base)

    def _read(self, number: int, brought: Footprint, reader: Footprint) -> int:
        """Return the commits that change what a RUN reads of what a step above it brought."""
        if not overlap(brought.writes, reader.reads):
            return 0
        if reader.reads is None or not brought.files:
            return self._made[number]
        sources = (brought.files[place].source for place in meeting(brought.files, reader.reads))
        return reduce(or_, (self._files[number].get(source, 0) for source in sources), 0)

    @property
    def basis(self) -> Basis:
        """The weakest of what the sizes stand on; that they are pushed is modelled."""
        known = (
            self.sizes.of(step.keyed, self._today).basis for step in self._steps if _told(step)
        )
        return Basis.weakest(Basis.MODELLED, *known)

    def parts(self) -> Iterator[Part]:
        """Yield the parts of the image, as far as their sizes are known; of a layer's files each
        has the share of its bytes in the layer's.
        """
        for number, step in enumerate(self._steps):
            files = self._copied(step.keyed)
            whole = sum(files.values())
            if not whole:
                yield Part(_told(step), self._made[number])
            for path, size in files.items():
                yield Part(_told(step) * size // whole, self._files[number].get(path, 0))

    def _copied(self, keyed: Keyed) -> dict[str, int]:
        """Return the bytes in a tar of each file that a step copies from the context."""
        if not isinstance(keyed.step.instruction, Transfer):
            return {}
        entries = self._today.context.entries
        return {path: entries[path].size + BLOCK for path in keyed.inputs}


def _told(step: Step) -> int:
    """Return the bytes of a step's layer that are known."""
    return round(step.weight.plus(step.own).told)

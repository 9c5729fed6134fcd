"""The cheapest order of steps that precedence allows.

A step at a place is pushed again in each commit that changes it or any step above it. What a prefix
costs is a matter of the set of its steps alone, so the best order of each set that precedence
allows grows from those of one step less: dynamic programming over sets, exact for any joint
probability of the changes. Where more sets of one size can be reached than WIDTH, the most
promising are kept, and the others leave a bound on what the optimum may save besides.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Protocol

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Number = int | Fraction

# Sets of one size, or ways to order them, that are looked at: all that 16 steps have without any
# precedence, and fewer the more steps there are, for time's sake. Measured on one core: 2 s for 16
# steps without precedence, 2 s for 24 of which one in twenty pairs has precedence, 9 s for 100.
WIDTH, WORK = 13_000, 4_000_000


class Chance(Protocol):
    """How likely a commit changes any of some steps; `total` is the share that means all
    commits.
    """

    total: int

    def none(self) -> int:
        """Return what stands for no step at all."""
        ...

    def also(self, seen: int, step: int) -> int:
        """Return what stands for the steps of `seen` and one more."""
        ...

    def share(self, seen: int) -> Number:
        """Return the share of commits, in any unit, that change one of the steps that `seen` stands
        for.
        """
        ...


class Observed:
    """What each of some commits changed; the share is a count of commits."""

    def __init__(self, commits: Iterable[Iterable[int]]) -> None:
        """Take, for each commit, the steps whose own inputs it changed."""
        self._by_step: dict[int, int] = {}
        self.total = 0
        for changed in commits:
            for step in changed:
                self._by_step[step] = self._by_step.get(step, 0) | 1 << self.total
            self.total += 1

    def none(self) -> int:
        """Return the empty set of commits."""
        return 0

    def also(self, seen: int, step: int) -> int:
        """Add the commits that change `step`; sets of commits are integers, a bit a commit."""
        return seen | self._by_step.get(step, 0)

    def share(self, seen: int) -> Number:
        """Count the commits."""
        return seen.bit_count()


class Guessed:
    """Things that happen independently of each other, each with a probability; the share is that of
    any of them.
    """

    total = 1

    def __init__(self, steps: Mapping[int, Iterable[str]], rates: Mapping[str, Fraction]) -> None:
        """Take what changes each step, by names, and how likely a commit does each of those
        things.
        """
        names = list(rates)
        self._rates = list(rates.values())
        self._by_step = {
            step: sum(1 << names.index(each) for each in set(happens))
            for step, happens in steps.items()
        }
        self._shares: dict[int, Fraction] = {}

    def none(self) -> int:
        """Return the empty set of things; sets are integers, a bit a thing."""
        return 0

    def also(self, seen: int, step: int) -> int:
        """Add what changes `step`."""
        return seen | self._by_step.get(step, 0)

    def share(self, seen: int) -> Number:
        """Return the probability that any of them happens."""
        if seen not in self._shares:
            self._shares[seen] = 1 - prod(
                (1 - self._rates[each] for each in _bits(seen)), start=Fraction(1)
            )
        return self._shares[seen]


class Cost(NamedTuple):
    """Expected pushes of layers that are not known in full, and expected bytes of all layers, as
    far as they are known, in units of `Chance.share`.

    Of these bytes so many are `assumed`: what an install or a download of unknown size comes to at
    the least. They count in comparisons, and are left out where bytes are told.
    """

    unknown: Number
    known: Number
    assumed: Number = 0

    def plus(self, other: Cost) -> Cost:
        """Add two costs."""
        return Cost(*(one + another for one, another in zip(self, other, strict=True)))

    def times(self, share: Number) -> Cost:
        """Return this cost in a `share` of the commits."""
        return Cost(*(each * share for each in self))

    @property
    def told(self) -> Number:
        """The bytes that are known indeed."""
        return self.known - self.assumed

    @property
    def rank(self) -> tuple[Number, Number]:
        """What orders are sorted by: by what is known, so that no layer counts for more because
        its size is missing.
        """
        return self.known, self.unknown

    def exceeds(self, other: Cost) -> bool:
        """Tell whether either number is greater, and not outweighed: known bytes never outweigh
        unknown ones.
        """
        return self.unknown > other.unknown or self.known > other.known


class Instance(NamedTuple):
    """Steps in their present order; `numbers` are those that `chance` knows them by.

    `weights` is what one push of each step's layer costs: Cost(1, 0) where its size is unknown,
    Cost(1, 5000) where 5000 bytes of it are known, nothing for a layer that is the same blob
    wherever it stands. `above` holds for each step, as
    bits, those that must stand above it.
    `first` stands for all that stands above these steps anyway.
    """

    numbers: Sequence[int]
    weights: Sequence[Cost]
    above: Sequence[int]
    chance: Chance
    first: int

    def also(self, seen: int, step: int) -> int:
        """Return what stands for the steps of `seen` and one of these."""
        return self.chance.also(seen, self.numbers[step])


class Solution(NamedTuple):
    """The best order found, and what no order can go below; both costs are equal where it is the
    optimum.
    """

    order: tuple[int, ...]
    cost: Cost
    bound: Cost
    sets: int

    @property
    def optimal(self) -> bool:
        """Whether no allowed order is cheaper."""
        return self.cost == self.bound

    @property
    def gap(self) -> Cost:
        """What another order could cost less at most."""
        return Cost(
            max(0, self.cost.unknown - self.bound.unknown),
            max(0, self.cost.known - self.bound.known),
        )


class _Way(NamedTuple):
    """One way to order a set of steps; `turned` counts the pairs that it puts the other way
    round.
    """

    unknown: Number
    known: Number
    turned: int
    step: int
    before: _Way | None

    def sort_key(self) -> tuple[Number, Number, int]:
        """Return what it costs at least, and then how much it moves."""
        return (*Cost(self.unknown, self.known).rank, self.turned)

    @property
    def order(self) -> tuple[int, ...]:
        """The steps, the first one first."""
        steps = []
        way: _Way | None = self
        while way is not None and way.before is not None:
            steps.append(way.step)
            way = way.before
        return tuple(reversed(steps))


def cost(instance: Instance, order: Iterable[int]) -> Cost:
    """Return what an order costs."""
    total, seen = Cost(0, 0), instance.first
    for step in order:
        seen = instance.also(seen, step)
        total = total.plus(instance.weights[step].times(instance.chance.share(seen)))
    return total


def solve(instance: Instance, width: int | None = None) -> Solution:
    """Return the cheapest order that does not exceed the present one; of equals the least moved."""
    steps = max(1, len(instance.weights))
    width = width or max(1, min(WIDTH, WORK // steps**2))
    found = _Search(instance, width, trades=False).run()
    present = cost(instance, range(len(instance.weights)))
    # the least may push layers of unknown size more often: then the ways that trade the two are
    # looked at
    return found if not found.cost.exceeds(present) else _Search(instance, width, trades=True).run()


class _State(NamedTuple):
    """A set of steps: what stands for them as a chance, and the ways to order them that no other
    beats.
    """

    seen: int
    share: Number
    rest: Cost  # what the steps that are left cost at least
    ways: list[_Way]

    @property
    def promise(self) -> Cost:
        """What no order that begins with this set goes below."""
        best = min((Cost(way.unknown, way.known) for way in self.ways), key=lambda way: way.rank)
        return best.plus(self.rest)


_Level = dict[int, _State]


class _Search:
    """One run over all sets, level by level.

    `trades` keeps all ways to order a set that no other beats in both numbers, and that lead to
    nothing beyond the present order. Without it the one of the least bytes is kept.
    """

    def __init__(self, instance: Instance, width: int, *, trades: bool) -> None:
        self.instance = instance
        self.width = width
        self.trades = trades
        self.present = cost(instance, range(len(instance.weights)))
        self.least = [self._alone(step) for step in range(len(instance.weights))]
        self.dropped: list[Cost] = []

    def _alone(self, step: int) -> Cost:
        """Return what a step costs at least: below no more than what must stand above it."""
        seen = self.instance.first
        for other in (*_bits(self.instance.above[step]), step):
            seen = self.instance.also(seen, other)
        return self.instance.weights[step].times(self.instance.chance.share(seen))

    def run(self) -> Solution:
        """Look at all sets that can be reached; the last one holds all steps."""
        rest = Cost(
            sum(each.unknown for each in self.least), sum(each.known for each in self.least)
        )
        first = self.instance.first
        level = {
            0: _State(first, self.instance.chance.share(first), rest, [_Way(0, 0, 0, -1, None)])
        }
        sets = 0
        for _ in self.least:
            level = self._kept(self._next(level))
            sets += len(level)
        (state,) = level.values()
        best = min(state.ways, key=_Way.sort_key)
        found = Cost(best.unknown, best.known)
        bound = min([found, *self.dropped], key=lambda each: each.rank)
        return Solution(best.order, found, bound, sets)

    def _next(self, level: _Level) -> _Level:
        """Return the sets of one step more."""
        weights, above = self.instance.weights, self.instance.above
        found: _Level = {}
        for mask, state in level.items():
            for step in range(len(weights)):
                bit = 1 << step
                if mask & bit or above[step] & ~mask:
                    continue
                after = found.get(mask | bit)
                if after is None:
                    after = found[mask | bit] = self._grown(state, step)
                turned = (~mask & (bit - 1)).bit_count()
                unknown, known, _ = weights[step]
                paid, bytes_paid = unknown and unknown * after.share, known and known * after.share
                for way in state.ways:
                    self._offer(
                        after, _Way(way[0] + paid, way[1] + bytes_paid, way[2] + turned, step, way)
                    )
        return {mask: state for mask, state in found.items() if state.ways}

    def _grown(self, state: _State, step: int) -> _State:
        seen = self.instance.also(state.seen, step)
        least = self.least[step]
        rest = Cost(state.rest.unknown - least.unknown, state.rest.known - least.known)
        return _State(seen, self.instance.chance.share(seen), rest, [])

    def _offer(self, state: _State, new: _Way) -> None:
        """Keep a way where none there is as good."""
        if not self.trades:
            if not state.ways or new.sort_key() < state.ways[0].sort_key():
                state.ways[:] = [new]
            return
        unknown, known, turned = new[:3]
        if Cost(unknown + state.rest.unknown, known + state.rest.known).exceeds(self.present):
            return
        for way in state.ways:
            if way[0] <= unknown and way[1] <= known and (way[:2] != new[:2] or way[2] <= turned):
                return
        state.ways[:] = [way for way in state.ways if way[0] < unknown or way[1] < known]
        state.ways.append(new)

    def _kept(self, level: _Level) -> _Level:
        """Leave out the least promising sets where there are too many, but never the present
        order's.
        """
        if sum(len(state.ways) for state in level.values()) <= self.width:
            return level
        ranked = sorted(level, key=lambda mask: level[mask].promise.rank)
        present = (1 << ranked[0].bit_count()) - 1
        ends = accumulate(len(level[mask].ways) for mask in ranked)
        kept = {
            mask: level[mask]
            for mask, end in zip(ranked, ends, strict=True)
            if end <= self.width or mask == present
        }
        self.dropped += [level[mask].promise for mask in ranked if mask not in kept]
        return kept


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low

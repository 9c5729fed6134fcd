"""The optimum: against every order that precedence allows, on thousands of small instances."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings, strategies as st

from dlint.order.judges import LIGHTEST
from dlint.order.optimum import Cost, Guessed, Instance, Observed, cost, solve

SIZES = [0, 1, 5, 93, 4000, 70_000_000]


@st.composite
def instances(draw, most=5):
    """Draw a few layers: some stable, some of unknown size, precedence at random, commits that
    change several.
    """
    count = draw(st.integers(1, most))
    weights = [
        draw(
            st.sampled_from(
                [
                    Cost(0, 0),
                    Cost(1, 0),
                    Cost(1, 90_000),
                    Cost(1, LIGHTEST),
                    *(Cost(0, size) for size in SIZES),
                ]
            )
        )
        for _ in range(count)
    ]
    above = []
    for step in range(count):
        mask = 0
        for other in range(step):
            if draw(st.integers(0, 3)) == 0:
                mask |= 1 << other | above[other]
        above.append(mask)
    if draw(st.booleans()):
        commits = draw(st.lists(st.sets(st.integers(0, count)), min_size=1, max_size=8))
        chance = Observed(commits)
    else:
        rates = {name: Fraction(draw(st.integers(0, 1000)), 1000) for name in "abc"}
        chance = Guessed(
            {step: draw(st.sets(st.sampled_from("abc"))) for step in range(count + 1)}, rates
        )
    first = (
        chance.also(chance.none(), count) if draw(st.booleans()) else chance.none()
    )  # a step that stands above all
    return Instance(range(count), weights, above, chance, first)


def allowed(instance):
    """Yield every order in which each step has below it what must stand above."""
    for order in permutations(range(len(instance.weights))):
        done = 0
        for step in order:
            if instance.above[step] & ~done:
                break
            done |= 1 << step
        else:
            yield order


def turned(order):
    return sum(order[a] > order[b] for a in range(len(order)) for b in range(a + 1, len(order)))


@settings(max_examples=2000)
@given(instances())
def test_no_order_is_cheaper_and_none_as_cheap_moves_less(instance):
    present = cost(instance, range(len(instance.weights)))
    *rank, moved = min(
        (*each.rank, turned(order))
        for order in allowed(instance)
        if not (each := cost(instance, order)).exceeds(present)
    )
    found = solve(instance)
    assert found.optimal
    assert (*found.cost.rank, turned(found.order)) == (*rank, moved)
    assert cost(instance, found.order) == found.cost
    assert found.order in set(allowed(instance))


@settings(max_examples=300)
@given(instances(most=6), st.integers(1, 4))
def test_bound_holds_where_not_all_sets_are_looked_at(instance, width):
    present = cost(instance, range(len(instance.weights)))
    best = min(
        each.rank
        for order in allowed(instance)
        if not (each := cost(instance, order)).exceeds(present)
    )
    found = solve(instance, width)
    assert found.bound.rank <= best <= found.cost.rank
    assert cost(instance, found.order) == found.cost
    assert not found.cost.exceeds(present)
    assert found.order in set(allowed(instance))


def test_order_of_equals_stays():
    weights = [Cost(0, 100), Cost(0, 100), Cost(0, 100)]
    instance = Instance(range(3), weights, [0, 0, 0], Observed([{0, 1, 2}, {0, 1, 2}]), 0)
    assert solve(instance).order == (0, 1, 2)


@pytest.mark.parametrize(
    ("commits", "order"),
    [([{0}] * 9 + [{1}], (1, 0)), ([{1}] * 9 + [{0}], (0, 1)), ([{0, 1}] * 9, (0, 1))],
)
def test_what_changes_most_goes_last(commits, order):
    instance = Instance(range(2), [Cost(0, 500), Cost(0, 500)], [0, 0], Observed(commits), 0)
    assert solve(instance).order == order


@pytest.mark.parametrize(
    ("size", "unknown", "order"),
    [
        (1000, Cost(1, 0), (0, 1)),
        (1000, Cost(1, LIGHTEST), (1, 0)),
        (10_000_000, Cost(1, LIGHTEST), (0, 1)),
        (1000, Cost(1, 5000), (1, 0)),
    ],
)
def test_known_bytes_rise_for_what_is_known_of_another_layer_alone(size, unknown, order):
    weights = [Cost(0, size), unknown]
    chance = Observed([{1}] * 3 + [{0}])
    instance = Instance(range(2), weights, [0, 0], chance, 0)
    assert solve(instance).order == order


def test_no_known_bytes_are_worth_a_layer_of_unknown_size():
    weights = [Cost(1, 0), Cost(0, 900_000_000)]
    instance = Instance(range(2), weights, [0, 0], Observed([{0}, {1}]), 0)
    assert solve(instance).order == (0, 1)


def test_a_missing_size_is_no_reason_to_save_less():
    # both better orders end with what changes most; one saves a push of a layer of unknown size more
    weights = [Cost(0, 0), Cost(1, 0), Cost(0, 100_000_000)]
    commits = Observed([{0}] * 9 + [{1}] * 3 + [{2}])
    found = solve(Instance(range(3), weights, [0, 0, 0], commits, 0))
    assert (found.order, found.cost) == ((2, 1, 0), Cost(4, 100_000_000))


def test_what_is_known_of_a_layer_weighs():
    weights = [Cost(1, 0), Cost(1, 50_000_000)]
    chance = Observed([{0}, {1}])
    assert solve(Instance(range(2), weights, [0, 0], chance, 0)).order == (1, 0)

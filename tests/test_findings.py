"""Sizes that say how much of them is known, and costs made of them."""

from __future__ import annotations

import pytest

from dlint.findings import MIN_BYTES, Basis, Cost, Size

KNOWN = Size(50_200_000, Basis.MODELLED)
GUESS = Size(3_000_000, Basis.GUESSED)
BOUND = Size(8_000_000, Basis.GUESSED, ("nosuchpackage-xyz",))
UNKNOWN = Size.unknown("what `make` writes")


def test_a_sum_with_an_unknown_part_is_a_lower_bound_that_says_why() -> None:
    total = Size.sum((KNOWN, BOUND, UNKNOWN, UNKNOWN))
    assert total == Size(58_200_000, Basis.GUESSED, ("nosuchpackage-xyz", "what `make` writes"))
    assert (total.whole, total.told, total.at_least) == (None, 58_200_000, True)
    assert KNOWN.plus(GUESS) == Size(53_200_000, Basis.GUESSED)
    assert Size.sum(()) == Size(0, Basis.EXACT)


def test_what_nothing_is_known_of_is_never_nothing() -> None:
    total = Size.sum((UNKNOWN, UNKNOWN))
    assert (total.whole, total.told, total.is_bound, str(total)) == (
        None,
        None,
        False,
        "size unknown",
    )
    assert total.basis is Basis.UNKNOWN
    assert total != Size()


@pytest.mark.parametrize(
    ("size", "text"),
    [(KNOWN, "50.2 MB"), (BOUND, "≥ 8 MB"), (UNKNOWN, "size unknown"), (Size(), "0 B")],
)
def test_how_a_size_is_written(size: Size, text: str) -> None:
    assert str(size) == text


def test_a_crumb_of_an_unknown_whole_is_not_told() -> None:
    crumb = Size(4_200, Basis.MODELLED, ("what line 8 has stored",))
    assert crumb.worth_telling() == Size.unknown("what line 8 has stored")
    assert Cost.stored(crumb) is None
    for size in (KNOWN, BOUND, Size(4_200, Basis.MODELLED), Size(MIN_BYTES, Basis.GUESSED, ("x",))):
        assert size.worth_telling() == size


def test_costs_of_sizes() -> None:
    assert Cost.stored(KNOWN) == Cost(50_200_000, 50_200_000, Basis.MODELLED)
    assert Cost.pushed(BOUND) == Cost(None, 8_000_000, Basis.GUESSED, at_least=True)
    assert Cost.pushed(UNKNOWN) is Cost.stored(Size()) is None


def test_a_lower_bound_sorts_as_what_it_says_and_is_surely_below_nothing() -> None:
    bound = Cost(9_000, 9_000, Basis.MODELLED, at_least=True)
    assert bound.weight == 9_000
    assert not bound.surely_below(MIN_BYTES)
    assert bound._replace(at_least=False).surely_below(MIN_BYTES)
    assert not bound._replace(at_least=False, basis=Basis.GUESSED).surely_below(MIN_BYTES)
    assert not Cost().surely_below(MIN_BYTES)


def test_an_estimate_counts_in_a_bound_by_what_is_there_for_sure() -> None:
    estimate = Size(5_000_000, Basis.GUESSED, slack=2_000_000)
    assert [str(each) for each in (estimate, estimate.plus(UNKNOWN))] == ["≈ 5 MB", "≥ 3 MB"]
    assert str(estimate.plus(KNOWN, UNKNOWN)) == "≥ 53.2 MB"
    assert Cost.stored(estimate) == Cost.guessed(5_000_000, 5_000_000)
    bound = Cost.pushed(estimate.plus(UNKNOWN))
    assert bound == Cost(None, 3_000_000, Basis.GUESSED, at_least=True)
    assert estimate.times(2) == Size(10_000_000, Basis.GUESSED, slack=4_000_000)

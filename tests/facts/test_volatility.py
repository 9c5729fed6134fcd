"""How often something changes: a number that is carried, not one that is read out of words."""

from __future__ import annotations

import pytest

from dlint.facts.volatility import SOURCE, Counted, share


@pytest.mark.parametrize(
    ("change", "wanted"),
    [(Counted(3, 12), 0.25), (SOURCE, 1.0), ("every change of v2 and 10 more", 1.0)],
)
def test_the_share_of_the_commits(change: str, wanted: float) -> None:
    assert share(change) == wanted


def test_what_is_counted_is_told_in_words() -> None:
    assert Counted(3, 12) == "3 of the last 12 commits"
    assert Counted(3, 12, "shop/web") == "3 of the last 12 commits to `shop/web/`"

"""What a layer weighs after the lists of its packages have changed."""

from __future__ import annotations

import pytest

from dlint.findings import Basis
from dlint.images.recorded import Packages, RecordedPackage
from dlint.sizes.packages import Change


def told(**sizes: int | None) -> Packages:
    """Return Python's packages whose lock file tells sizes, in kB."""
    return {
        "python": tuple(
            RecordedPackage(name, "1.0", None if size is None else size * 1_000)
            for name, size in sizes.items()
        )
    }


def node(*names: str, version: str = "1.0.0") -> Packages:
    return {"node": tuple(RecordedPackage(name, version) for name in names)}


MANY = tuple(f"p{number}" for number in range(221))
MORE = tuple(f"q{number}" for number in range(86))


@pytest.mark.parametrize(
    ("size", "old", "new", "expected", "basis"),
    [
        # the layer's own ratio holds for what comes
        (2_000_000, told(a=1_000), told(a=1_000), 2_000_000, Basis.MODELLED),
        (2_000_000, told(a=1_000), told(a=1_000, b=500), 3_000_000, Basis.MODELLED),
        (3_000_000, told(a=1_000, b=500), told(a=1_000), 2_000_000, Basis.MODELLED),
        (2_000_000, told(a=1_000), told(a=1_200), 2_400_000, Basis.MODELLED),
        # but for a layer that is another thing's for the most part
        (90_000_000, told(a=1_000), told(a=2_000), 93_000_000, Basis.MODELLED),
        # by share where nothing tells sizes
        (22_100_000, node(*MANY), node(*MANY, *MORE), 30_700_000, Basis.GUESSED),
        (22_100_000, node(*MANY), node(*MANY[:200]), 20_000_000, Basis.GUESSED),
        (22_100_000, node(*MANY), node(*MANY, version="2.0.0"), 22_100_000, Basis.GUESSED),
        (1_000_000, node("a", "b"), node("a", "c"), 1_000_000, Basis.GUESSED),
        # what is known is taken off first; what is not weighs no more than the known in the middle
        (1_400_000, told(a=1_000, x=None), told(a=1_000, x=None, y=None), 1_800_000, Basis.GUESSED),
        (
            9_000_000,
            told(a=1_000, x=None),
            told(a=1_000, x=None, y=None),
            10_000_000,
            Basis.GUESSED,
        ),
        (
            2_000_000,
            told(a=1_000, b=1_000),
            told(a=1_000, b=1_000, y=None),
            3_000_000,
            Basis.GUESSED,
        ),
        (1_000_000, told(a=5_000), {}, 0, Basis.MODELLED),
        (1_000_000, {}, {}, 1_000_000, Basis.MODELLED),
    ],
)
def test_a_layer_grows_with_its_packages(
    size: int, old: Packages, new: Packages, expected: int, basis: Basis
) -> None:
    found = Change(size, old, new).size
    assert (found.bytes, found.basis) == (pytest.approx(expected, abs=2), basis)
    assert not found.at_least


def test_packages_of_the_table_weigh_what_it_says_with_all_that_they_need() -> None:
    names = ("flask", "click", "jinja2", "markupsafe", "werkzeug", "itsdangerous", "blinker")
    old = {"python": tuple(RecordedPackage(name) for name in names)}
    new = {"python": (*old["python"], RecordedPackage("numpy", "2.0"))}
    before, after = 1_500_000, Change(1_500_000, old, new).size
    assert after.basis is Basis.MODELLED
    assert after.bytes > before + 10_000_000


def test_packages_of_which_nothing_is_known_make_it_a_lower_bound() -> None:
    found = Change(1_000, {}, node("left-pad")).size
    assert (found.bytes, found.missing) == (1_000, ("left-pad",))

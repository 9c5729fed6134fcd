"""Limits on a push and on an image: how they are written, and whether they hold."""

from __future__ import annotations

import pytest

from dlint.config.limits import Kind, read_limit
from dlint.findings import Basis, Size
from dlint.push.growth import growth
from dlint.push.limits import Outcome, judge
from dlint.push.plan import EXISTS, PUSHED, LayerPlan, PushPlan

MB = 1_000_000
UNKNOWN = Size.unknown("what make writes")


def layer(blob: str, size: Size | int, status: str = PUSHED, text: str = "") -> LayerPlan:
    known = Size(size, Basis.MODELLED) if isinstance(size, int) else size
    return LayerPlan(int(blob.strip("abc") or 1), text or f"RUN {blob}", status, known, blob=blob)


def image(*layers: LayerPlan) -> PushPlan:
    return PushPlan(layers, 0)


def outcome(
    kind: Kind, text: str, plan: PushPlan, before: PushPlan | None = None, **how: bool
) -> Outcome:
    (found,) = judge("web", [read_limit(kind, text)], plan, before, **how)
    return found.outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20MB", 20 * MB), ("20 MiB", 20 << 20), ("1.5GB", 1500 * MB), ("900B", 900)],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_sizes_with_a_unit(kind: Kind, text: str, expected: int) -> None:
    assert read_limit(kind, text).bytes == expected


@pytest.mark.parametrize("text", ["20", "", "1.5", "-5MB", "5MX", "%", "much", "1e3MB"])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_no_size_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match="write 20MB or 20MiB"):
        read_limit(kind, text)


def test_a_share_is_of_growth_and_of_pushes_alone() -> None:
    assert read_limit(Kind.GROWTH, "12.5%").share == 0.125
    assert read_limit(Kind.BUDGET, "10 %").share == 0.1
    with pytest.raises(ValueError, match=r"^'10%' is a share; write 20MB or 20MiB$"):
        read_limit(Kind.IMAGE_SIZE, "10%")


@pytest.mark.parametrize(
    ("size", "text", "expected"),
    [
        (30 * MB, "20MB", Outcome.OVER),
        (20 * MB, "20MB", Outcome.WITHIN),
        (Size(30 * MB, Basis.GUESSED), "20MB", Outcome.OVER),
        (Size(10 * MB, Basis.GUESSED), "20MB", Outcome.WITHIN),
        (UNKNOWN, "20MB", Outcome.UNKNOWN),
        (Size(30 * MB, Basis.GUESSED, ("more",)), "20MB", Outcome.OVER),
        (Size(10 * MB, Basis.GUESSED, ("more",)), "20MB", Outcome.UNKNOWN),
    ],
)
@pytest.mark.parametrize("kind", [Kind.BUDGET, Kind.IMAGE_SIZE])
def test_the_known_part_decides_where_it_can(
    kind: Kind, size: Size | int, text: str, expected: Outcome
) -> None:
    assert outcome(kind, text, image(layer("a1", size))) is expected


def test_layers_that_are_there_are_no_part_of_a_push() -> None:
    plan = image(layer("a1", UNKNOWN, EXISTS), layer("a2", 5 * MB))
    assert outcome(Kind.BUDGET, "6MB", plan) is Outcome.WITHIN
    assert outcome(Kind.IMAGE_SIZE, "6MB", plan) is Outcome.UNKNOWN
    assert outcome(Kind.BUDGET, "50%", plan) is Outcome.UNKNOWN  # of what?
    known = image(layer("a1", 5 * MB, EXISTS), layer("a2", 5 * MB))
    assert outcome(Kind.BUDGET, "50%", known) is Outcome.WITHIN
    assert outcome(Kind.BUDGET, "49%", known) is Outcome.OVER


def test_exact_only_lets_estimates_count_as_unknown() -> None:
    plan = image(layer("a1", Size(30 * MB, Basis.GUESSED)), layer("a2", 5 * MB))
    assert outcome(Kind.BUDGET, "20MB", plan, exact_only=True) is Outcome.UNKNOWN
    assert outcome(Kind.BUDGET, "4MB", plan, exact_only=True) is Outcome.OVER


def test_what_cannot_be_told_names_the_layers_to_record() -> None:
    layers = [layer(f"a{number}", UNKNOWN) for number in range(1, 6)]
    (found,) = judge("web", [read_limit(Kind.BUDGET, "1MB")], image(*layers))
    assert found.message.endswith("the push uploads 0 B and 5 layers of unknown size")
    assert found.hint == (
        "`dlint facts record` makes known how large line 1 `RUN a1`, line 2 `RUN a2`, line 3"
        " `RUN a3` and 2 more is"
    )


BASE = layer("a1", UNKNOWN)


@pytest.mark.parametrize(
    ("before", "after", "text", "told"),
    [
        # a layer of both is no part of the difference, whatever its size
        ([BASE, layer("a2", 5 * MB)], [BASE, layer("b2", 8 * MB)], "+3 MB", 3 * MB),
        ([BASE, layer("a2", 5 * MB)], [BASE], "-5 MB", -5 * MB),
        ([BASE], [BASE], "no change", 0),
        ([BASE], [BASE, layer("b2", Size(MB, Basis.GUESSED))], "≈ +1 MB", MB),
        # something of unknown size comes, or goes, or both
        ([BASE], [BASE, layer("b2", MB), layer("b3", UNKNOWN)], "≥ +1 MB", MB),
        ([BASE, layer("a2", UNKNOWN)], [BASE, layer("b3", MB)], "≤ +1 MB", MB),
        ([layer("a2", UNKNOWN)], [layer("b3", UNKNOWN)], "unknown", None),
        # the same words: what is not known of them is taken to be the same
        (
            [layer("a2", UNKNOWN, text="RUN make"), layer("a3", MB)],
            [layer("b2", UNKNOWN, text="RUN make"), layer("b3", 3 * MB)],
            "≈ +2 MB",
            2 * MB,
        ),
        (
            [layer("a2", Size(5 * MB, Basis.MODELLED, ("x",)), text="RUN pip")],
            [layer("b2", Size(9 * MB, Basis.MODELLED, ("x",)), text="RUN pip")],
            "≈ +4 MB",
            4 * MB,
        ),
        (
            [layer("a2", UNKNOWN, text="RUN make")],
            [layer("b2", UNKNOWN, text="RUN make")],
            "no known change",
            0,
        ),
    ],
)
def test_growth(
    before: list[LayerPlan], after: list[LayerPlan], text: str, told: int | None
) -> None:
    found = growth(image(*before), image(*after))
    assert (str(found), found.told) == (text, told)


@pytest.mark.parametrize(
    ("before", "after", "text", "expected"),
    [
        ([10 * MB], [12 * MB], "1MB", Outcome.OVER),
        ([10 * MB], [12 * MB], "2MB", Outcome.WITHIN),
        ([10 * MB], [12 * MB], "20%", Outcome.WITHIN),
        ([10 * MB], [12 * MB], "19%", Outcome.OVER),
        ([10 * MB], [5 * MB], "1%", Outcome.WITHIN),
        ([10 * MB], [12 * MB, UNKNOWN], "1MB", Outcome.OVER),
        ([10 * MB], [12 * MB, UNKNOWN], "3MB", Outcome.UNKNOWN),
        ([10 * MB, UNKNOWN], [12 * MB], "3MB", Outcome.WITHIN),
        ([10 * MB, UNKNOWN], [12 * MB], "1MB", Outcome.UNKNOWN),
        ([10 * MB, UNKNOWN], [12 * MB], "10%", Outcome.UNKNOWN),
    ],
)
def test_limits_on_growth(
    before: list[Size | int], after: list[Size | int], text: str, expected: Outcome
) -> None:
    old, new = (
        image(*(layer(f"{side}{at}", size) for at, size in enumerate(sizes, 1)))
        for side, sizes in (("a", before), ("b", after))
    )
    assert outcome(Kind.GROWTH, text, new, old) is expected


def test_a_new_image_has_not_grown() -> None:
    assert judge("web", [read_limit(Kind.GROWTH, "1MB")], image(layer("a1", 9 * MB))) == []


def test_steps_of_the_same_words_are_equal_as_an_estimate() -> None:
    old = image(layer("a1", UNKNOWN, text="RUN make"))
    new = image(layer("b1", UNKNOWN, text="RUN make"), layer("b2", MB))
    assert outcome(Kind.GROWTH, "2MB", new, old) is Outcome.WITHIN
    assert outcome(Kind.GROWTH, "2MB", new, old, exact_only=True) is Outcome.UNKNOWN
    (found,) = judge("web", [read_limit(Kind.GROWTH, "2MB")], image(new.layers[0]), old)
    assert found.message == "there is no known change of size, within the max-growth of 2MB"

"""What several ways to start one build say together of its image."""

from __future__ import annotations

import pytest

from dlint.project.delivery import MACHINE, OPTION, Delivery

STAYS, FOR_JOB = Delivery(stays=True), Delivery().within_job()
FRESH = Delivery(pushes=True, per_commit=True, cold=MACHINE)
WARM = Delivery(pushes=True, per_commit=True, reads=True)


@pytest.mark.parametrize(
    ("several", "together"),
    [
        ([FOR_JOB, FOR_JOB], FOR_JOB),
        ([FOR_JOB, STAYS], STAYS),
        ([STAYS, Delivery()], Delivery()),
        # what is built without being pushed tells nothing of the pushes
        ([FRESH, Delivery(per_commit=True)], FRESH),
        ([FRESH, WARM], WARM._replace(reads=False)),
        ([WARM, WARM], WARM),
        # nor does one that pushes releases alone, of the cache that commits are built with
        ([FRESH, Delivery(pushes=True)], FRESH),
        (
            [Delivery(pushes=True, cold=MACHINE), Delivery(per_commit=True)],
            FRESH._replace(per_commit=False),
        ),
    ],
)
def test_a_build_that_is_started_several_times(several: list[Delivery], together: Delivery) -> None:
    assert Delivery.of_all(several) == together


def test_a_new_machine_refuses_no_cache() -> None:
    assert [Delivery(cold=each).refuses_cache for each in (OPTION, MACHINE, "")] == [
        True,
        False,
        False,
    ]

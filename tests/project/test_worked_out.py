"""What recipes work out their values of."""

from __future__ import annotations

import pytest

from dlint.project.worked_out import Worker

JOBS = """\
jobs:
  a:
    steps:
      - id: told
        run: {}
  b:
    steps:
      - id: told
        run: {}
"""
COMMIT = 'echo "tag=$(git rev-parse HEAD)" >> out'


@pytest.mark.parametrize(
    ("one", "other", "is_known"),
    [
        (COMMIT, COMMIT, True),
        (COMMIT, "echo tag=1 >> out", False),
        (COMMIT, "echo other=1 >> out", False),
    ],
)
def test_steps_of_one_name_in_several_jobs(one: str, other: str, *, is_known: bool) -> None:
    text = JOBS.format(repr(one), repr(other))
    made = Worker(".github/workflows/a.yml", text).source("${{ steps.told.outputs.tag }}")
    assert ("git rev-parse" in made) is is_known
    assert bool(made) is is_known

"""What steps hand on."""

from __future__ import annotations

from dlint.project.own_actions import outputs_of


def test_the_outputs_of_a_step_are_told_apart_by_their_counts() -> None:
    run = (
        'echo "a=1" >> $GITHUB_OUTPUT\necho "b=2" >> $GITHUB_OUTPUT\nprintf b=3 >> $GITHUB_OUTPUT\n'
    )
    assert dict(outputs_of([{"id": "s", "run": run}])) == {"steps.s.outputs.a": ["1"]}

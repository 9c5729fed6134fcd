"""What steps hand on."""

from __future__ import annotations

from dlint.project.own_actions import outputs_of, with_inputs


def test_the_outputs_of_a_step_are_told_apart_by_their_counts() -> None:
    run = (
        'echo "a=1" >> $GITHUB_OUTPUT\necho "b=2" >> $GITHUB_OUTPUT\nprintf b=3 >> $GITHUB_OUTPUT\n'
    )
    assert dict(outputs_of([{"id": "s", "run": run}])) == {"steps.s.outputs.a": ["1"]}


def test_what_actions_are_given_reaches_the_steps_inside() -> None:
    texts = {
        "outer/action.yml": "inputs:\n  tag:\n    default: one\nruns:\n  using: composite\n  steps:\n"
        "    - uses: ./inner\n      with:\n        name: ${{ inputs.tag }}\n",
        "inner/action.yaml": "runs:\n  using: composite\n  steps:\n    - run: echo ${{ inputs.name }}\n",
    }
    steps = [{"uses": "./outer", "if": "always()"}, {"uses": "./outer/", "with": {"tag": "two"}}]
    assert with_inputs(steps, texts) == [
        {"run": "echo one", "if": "always()"},
        {"run": "echo two"},
    ]


def test_actions_that_use_each_other_many_times_take_no_time() -> None:
    step = "    - uses: ./a{}\n"
    texts = {
        f"a{at}/action.yml": "runs:\n  using: composite\n  steps:\n" + step.format(at + 1) * 100
        for at in range(4)
    }
    assert len(with_inputs([{"uses": "./a0"}], texts)) < 100**3

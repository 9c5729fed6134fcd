"""What steps hand on."""

from __future__ import annotations

import pytest

from dlint.project.own_actions import outputs_of, with_inputs


def test_the_outputs_of_a_step_are_told_apart_by_their_counts() -> None:
    run = (
        'echo "a=1" >> $GITHUB_OUTPUT\necho "b=2" >> $GITHUB_OUTPUT\nprintf b=3 >> $GITHUB_OUTPUT\n'
    )
    assert dict(outputs_of([{"id": "s", "run": run}])) == {"steps.s.outputs.a": ["1"]}


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        ("F=Dockerfile\nif a; then\n  F=web.Dockerfile\nfi\n", ["Dockerfile", "web.Dockerfile"]),
        ("F='a/Dockerfile'\n", ["a/Dockerfile"]),
        ("if a; then\n  F=web.Dockerfile\nfi\n", None),  # else what the step is given
        ("F=Dockerfile\nF=$(pick)\n", None),
        ("F=Dockerfile\nF+=.web\n", None),
        ("F=Dockerfile\nread -r F\n", None),
        ("G=Dockerfile\n", None),
    ],
)
def test_an_output_is_each_value_that_its_variable_is_given(
    commands: str, told: list[str] | None
) -> None:
    run = commands + 'echo "file=${F}" >> $GITHUB_OUTPUT\n'
    assert dict(outputs_of([{"id": "s", "run": run}])).get("steps.s.outputs.file") == told


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

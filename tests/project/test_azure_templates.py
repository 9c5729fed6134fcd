"""What expressions and templates of Azure Pipelines put in, and that no text makes them endless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import recipes

from dlint.manifests.loading import yaml_table
from dlint.project.azure_templates import UNKNOWN, Around, Expander

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

_AT = "azure-pipelines.yml"
_SHIPS = (
    "parameters:\n- {name: at, type: string}\n- {name: push, type: boolean, default: true}\n"
    "steps:\n- task: Docker@2\n  inputs:\n    command: build\n    repository: our/shop\n"
    "    Dockerfile: ${{ parameters.at }}/Dockerfile\n"
    "- ${{ if eq(parameters.push, true) }}:\n"
    "  - task: Docker@2\n    inputs: {command: push, repository: our/shop}\n"
)


def _pushed(root: Path, text: str, **templates: str) -> dict[str, bool]:
    files = {name.replace("__", "/") + ".yml": told for name, told in templates.items()}
    own = recipes(root, "web/Dockerfile", "api/Dockerfile", **{_AT: text}, **files)
    assert {each.path for each in own.builds} <= {_AT}
    return {each.dockerfile: each.delivery.pushes for each in own.builds}


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("ci/ship.yml", "ci__ship"),
        ("/ci/ship.yml", "ci__ship"),
        ("ci/ship.yml@self", "ci__ship"),
        ("azure-pipelines/ship.yml", "azure-pipelines__ship"),
    ],
)
def test_steps_of_a_template(tmp_path: Path, name: str, at: str) -> None:
    text = f"steps:\n- template: {name}\n  parameters: {{at: web}}\n"
    assert _pushed(tmp_path, text, **{at: _SHIPS}) == {"web/Dockerfile": True}


def test_parameters_decide_what_is_there(tmp_path: Path) -> None:
    text = "steps:\n- template: ci/ship.yml\n  parameters: {at: web, push: false}\n"
    assert _pushed(tmp_path, text, ci__ship=_SHIPS) == {"web/Dockerfile": False}


@pytest.mark.parametrize("name", ["ship.yml@others", "../ship.yml", "none.yml", "${{ x }}.yml"])
def test_templates_of_others(tmp_path: Path, name: str) -> None:
    text = f"steps:\n- template: {name}\n  parameters: {{at: web}}\n"
    assert _pushed(tmp_path, text, ship=_SHIPS) == {}


def test_jobs_stages_variables_and_what_is_extended(tmp_path: Path) -> None:
    text = "variables:\n- template: vars.yml\nextends:\n  template: all.yml\n  parameters: {each: [web, api]}\n"
    stages = (
        "parameters: {each: []}\nstages:\n- ${{ each one in parameters.each }}:\n"
        "  - stage: ${{ one }}\n    jobs:\n    - template: jobs/job.yml\n      parameters: {at: '${{ one }}'}\n"
    )
    job = (
        "jobs:\n- job: a\n  steps:\n  - script: docker build -t $(image) ${{ parameters.at }}\n"
        "  - script: docker push $(image)\n"
    )
    found = _pushed(
        tmp_path, text, all=stages, jobs__job=job, vars="variables: {image: our/shop}\n"
    )
    assert found == {"web/Dockerfile": True, "api/Dockerfile": True}


def test_steps_as_a_parameter(tmp_path: Path) -> None:
    text = (
        "parameters:\n- {name: at, default: web}\n"
        "extends:\n  template: ci/all.yml\n  parameters:\n    steps:\n"
        "    - template: ship.yml\n      parameters: {at: '${{ parameters.at }}'}\n"
    )
    every = "jobs:\n- job: a\n  steps:\n  - ${{ parameters.steps }}\n"
    assert _pushed(tmp_path, text, ci__all=every, ship=_SHIPS) == {"web/Dockerfile": True}


_NAMES = yaml_table(
    "yes: 'true'\nno: 'false'\none: a\nmany: [a, b]\npairs: {x: 1}\ndeep: {in: c}\n"
)


def _items(text: str) -> list[str]:
    around = Around().given({}, _NAMES)
    expander = Expander(lambda *_: ("", {}))
    found = expander.items(yaml_table(text)["steps"], "steps", around)
    return [expander.text(table.get("script"), place) for table, place in found]


@pytest.mark.parametrize(
    ("steps", "scripts"),
    [
        ("- script: ${{ parameters.one }}-${{ parameters['deep'].in }}", ["a-c"]),
        ("- script: ${{ parameters.other }}", ["${{ parameters.other }}"]),
        ("- script: ${{ lower(parameters.one) }}", ["${{ lower(parameters.one) }}"]),
        ("- ${{ if parameters.yes }}:\n  - script: x\n- ${{ else }}:\n  - script: y", ["x"]),
        ("- ${{ if parameters.no }}:\n  - script: x\n- ${{ else }}:\n  - script: y", ["y"]),
        ("- ${{ if f() }}:\n  - script: x\n- ${{ else }}:\n  - script: y", ["x", "y"]),
        ("- ${{ if ne(parameters.one, 'A') }}:\n  - script: x", []),
        (
            (
                "- ${{ if eq(parameters.one, 'b') }}:\n  - script: x\n"
                "- ${{ elseif eq('a', parameters.one) }}:\n  - script: y\n"
                "- ${{ else }}:\n  - script: z"
            ),
            ["y"],
        ),
        (
            (
                "- ${{ if f() }}:\n  - script: x\n- ${{ elseif parameters.no }}:\n"
                "  - script: y\n- ${{ else }}:\n  - script: z"
            ),
            ["x", "z"],
        ),
        ("- ${{ each one in parameters.many }}:\n  - script: do ${{ one }}", ["do a", "do b"]),
        ("- ${{ each it in parameters.pairs }}:\n  - script: ${{ it.key }}${{ it.value }}", ["x1"]),
        ("- ${{ each it in parameters.other }}:\n  - script: ${{ it }}", ["${{ it }}"]),
        ("- script: x\n  ${{ if parameters.yes }}:\n    script: y", ["y"]),
        ("- script: x\n  ${{ if f() }}:\n    script: y", [UNKNOWN]),
        ("- plain", []),
    ],
)
def test_conditions_and_loops(steps: str, scripts: list[str]) -> None:
    assert _items(f"steps:\n{steps}\n") == scripts


def test_a_template_may_include_itself(tmp_path: Path) -> None:
    own = "steps:\n- template: ship.yml\n- template: ship.yml\n- script: docker build web\n"
    assert _pushed(tmp_path, "steps:\n- template: ship.yml\n", ship=own) == {
        "web/Dockerfile": False
    }


def test_loops_in_loops_end() -> None:
    many = "[" + ", ".join("a" * 100) + "]"
    loops = "".join(f"{'  ' * at}- ${{{{ each x{at} in parameters.many }}}}:\n" for at in range(20))
    text = f"many: {many}\nsteps:\n{loops}{'  ' * 20}- script: x\n"
    tree: Mapping[str, Any] = yaml_table(text)
    around = Around().given({}, {"many": tree["many"]})
    found = Expander(lambda *_: ("", {})).items(tree["steps"], "steps", around)
    assert sum(1 for _ in found) < 20_000


def test_a_condition_without_an_end_is_none() -> None:
    steps = [{"${{ if" + " " * 100_000 + "x": "y"}, {"${{ each" + " " * 100_000: "y"}]
    found = Expander(lambda *_: ("", {})).items(steps, "steps", Around())
    assert len([*found]) == len(steps)


def test_parameters_that_double_end(tmp_path: Path) -> None:
    own = (
        "parameters: {a: ''}\nsteps:\n- template: ship.yml\n"
        "  parameters: {a: '${{ parameters.a }}${{ parameters.a }}'}\n- script: ${{ parameters.a }}\n"
    )
    text = f"steps:\n- template: ship.yml\n  parameters: {{a: {'docker ' * 1000}}}\n"
    assert _pushed(tmp_path, text, ship=own) == {}


def test_aliases_that_multiply_end(tmp_path: Path) -> None:
    lists = "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 20))
    text = f"a0: &a0 [x]\n{lists}steps:\n- template: ship.yml\n  parameters: {{a: *a19}}\n"
    assert _pushed(tmp_path, text, ship="steps:\n- script: docker build web\n") == {}

"""What pipelines of Azure's build and push, on which machines, and what starts them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support import recipes, tree

from dlint.project.purpose import is_of_azure
from dlint.project.pushers import is_seen_pushed
from dlint.project.recipes import Recipes, is_of_ci

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.builds import Built

_AT = "azure-pipelines.yml"
_HOSTED = "pool: {vmImage: ubuntu-latest}\n"
_TASK = "- task: Docker@2\n  inputs: {command: %s, repository: our/shop%s}\n"


def _built(root: Path, text: str, path: str = _AT, **more: str) -> list[Built]:
    own = recipes(root, "Dockerfile", **{path: text}, **more)
    return list(own.builds)


@pytest.mark.parametrize(
    "path",
    [
        "azure-pipelines.yml",
        "azure-pipelines-release.yaml",
        "web/azure-pipelines.yml",
        ".vsts-ci.yml",
        ".azure-pipelines/ci.yml",
        ".azure-pipelines/jobs/ship.yml",
        "azure-pipelines/ci.yml",
        ".azuredevops/ci.yml",
        ".azure/pipelines/ci.yml",
        ".azdo/pipelines/ci.yml",
        ".pipelines/ci.yml",
    ],
)
def test_names_of_pipelines(tmp_path: Path, path: str) -> None:
    text = f"{_HOSTED}steps:\n{_TASK % ('buildAndPush', ', Dockerfile: Dockerfile')}"
    (built,) = _built(tmp_path, text, path)
    assert is_of_azure(path)
    assert is_of_ci(path)
    assert built.delivery.is_pushed
    assert is_seen_pushed(Recipes(tmp_path), "Dockerfile")
    assert path in Recipes(tmp_path).pushing


def test_other_names_are_known_by_what_they_hold(tmp_path: Path) -> None:
    text = f"jobs:\n- job: a\n  {_HOSTED}  steps:\n  - script: docker build -t our/shop . --push\n"
    (built,) = _built(tmp_path, text, ".ci/ship.yml")
    assert (built.delivery.pushes, built.delivery.per_commit) == (True, True)


@pytest.mark.parametrize(
    ("steps", "pushes"),
    [
        (_TASK % ("build", ""), False),
        (_TASK % ("build", "") + _TASK % ("push", ""), True),
        (_TASK % ("buildAndPush", ""), True),
        ("- task: Docker@2\n  inputs: {repository: our/shop}\n", True),
        ("- task: Docker@2\n  inputs: {Dockerfile: Dockerfile}\n", False),  # no name to push
        (_TASK % ("build", "") + "- script: docker push our/shop:$(Build.BuildId)\n", True),
        ("- bash: |\n    docker build -t our/shop .\n    docker push our/shop\n", True),
        ("- pwsh: docker build -t our/shop .\n", False),
        (_TASK % ("login", ""), None),
    ],
)
def test_what_pushes(tmp_path: Path, steps: str, *, pushes: bool | None) -> None:
    _tracked(tmp_path, "Dockerfile")
    told = _built(tmp_path, f"{_HOSTED}steps:\n{steps}")
    assert [each.delivery.is_pushed for each in told] == ([] if pushes is None else [pushes])


@pytest.mark.parametrize(
    ("pool", "pushes"), [("vmImage: ubuntu-latest", False), ("name: ours", True)]
)
def test_another_job_may_push_what_is_on_its_machine(
    tmp_path: Path, pool: str, *, pushes: bool
) -> None:
    text = (
        f"variables: {{image: our/shop}}\npool: {{{pool}}}\njobs:\n- job: a\n  steps:\n"
        "  - task: Docker@2\n    inputs: {command: build, repository: $(image), Dockerfile: Dockerfile}\n"
        "- job: b\n  steps:\n  - task: Docker@2\n    inputs: {command: push, repository: $(image)}\n"
    )
    (built,) = _built(tmp_path, text)
    assert built.delivery.pushes is pushes


@pytest.mark.parametrize(
    ("pool", "cold"),
    [
        ("pool: {vmImage: ubuntu-24.04}\n", "machine"),
        ("pool: {name: Azure Pipelines, vmImage: ubuntu-24.04}\n", "machine"),
        ("pool: {vmImage: $(image)}\n", "machine"),
        ("pool: {name: ours}\n", ""),
        ("pool: {name: ours, vmImage: ubuntu-24.04}\n", ""),
        ("pool: ours\n", ""),
        ("", ""),
    ],
)
def test_machines(tmp_path: Path, pool: str, cold: str) -> None:
    step = _TASK % ("buildAndPush", ", Dockerfile: Dockerfile")
    (built,) = _built(tmp_path, f"{pool}steps:\n{step}")
    assert (built.delivery.fresh, built.delivery.cold) == (bool(cold), cold)


def test_a_job_has_its_own_pool(tmp_path: Path) -> None:
    step = (_TASK % ("buildAndPush", ", Dockerfile: Dockerfile")).replace("\n", "\n    ")
    text = (
        f"{_HOSTED}stages:\n- stage: a\n  jobs:\n  - job: b\n    pool: ours\n    steps:\n    {step}"
    )
    (built,) = _built(tmp_path, text)
    assert not built.delivery.fresh


@pytest.mark.parametrize(
    ("before", "options", "cold"),
    [
        ("", "", "machine"),
        ("", "--no-cache", "option"),
        ("", "--cache-from our/shop", ""),
        ("- script: docker load -i layers.tar\n", "", ""),
        ("- script: export DOCKER_HOST=tcp://builder\n", "", ""),
    ],
)
def test_caches(tmp_path: Path, before: str, options: str, cold: str) -> None:
    step = _TASK % ("build", f", Dockerfile: Dockerfile, arguments: {options}")
    text = f"{_HOSTED}steps:\n{before}{step}{_TASK % ('push', '')}"
    (built,) = _built(tmp_path, text)
    assert built.delivery.cold == cold


@pytest.mark.parametrize(
    ("starts", "told"),
    [
        ("", (True, True, False)),
        ("trigger: [main]\npr: none\n", (True, True, False)),
        ("trigger: none\n", (True, False, False)),
        ("trigger: none\npr: none\n", (False, False, False)),
        ("trigger: [none]\npr: [none]\n", (False, False, False)),
        ("trigger: {tags: {include: ['v*']}}\npr: none\n", (False, False, False)),
        ("trigger: {branches: {include: [release/*]}}\npr: none\n", (False, False, False)),
        ("trigger: {branches: {exclude: ['*']}, tags: {include: [v1]}}\npr: none\n", (False,) * 3),
        ("trigger: {paths: {include: [src]}}\npr: none\n", (True, True, False)),
        ("trigger: none\npr: none\nschedules: [{cron: 0 0 * * *}]\n", (False, False, True)),
    ],
)
def test_what_starts_a_pipeline(tmp_path: Path, starts: str, told: tuple[bool, bool, bool]) -> None:
    step = _TASK % ("buildAndPush", ", Dockerfile: Dockerfile")
    (built,) = _built(tmp_path, f"{starts}{_HOSTED}steps:\n{step}")
    found = built.delivery
    assert (found.per_commit, found.on_branch, found.by_clock) == told
    assert Recipes(tmp_path).are_released("Dockerfile") is not told[0]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("succeeded()", (True, True)),
        ("startsWith(variables['Build.SourceBranch'], 'refs/tags/')", (False, False)),
        ("and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))", (True, True)),
        ("eq(variables['Build.Reason'], 'PullRequest')", (True, False)),
        ("and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'))", (True, True)),
        ("eq(variables['Build.Reason'], 'Manual')", (False, False)),
        ("or(a, startsWith(variables['Build.SourceBranch'], 'refs/tags/'))", (True, True)),
    ],
)
@pytest.mark.parametrize("where", ["stage", "job", "step", "branch"])
def test_conditions(tmp_path: Path, condition: str, told: tuple[bool, bool], where: str) -> None:
    text = f'condition: "{condition}"'
    lines = {each: text if each == where else "displayName: x" for each in ("stage", "job", "step")}
    start = f"- ${{{{ if {condition} }}}}:\n      - " if where == "branch" else "- "
    step = (
        f"{start}{{task: Docker@2, {lines['step']},"
        " inputs: {repository: our/shop, Dockerfile: Dockerfile}}\n"
    )
    (built,) = _built(
        tmp_path,
        f"{_HOSTED}stages:\n- stage: a\n  {lines['stage']}\n  jobs:\n  - job: b\n    {lines['job']}\n"
        f"    steps:\n    {step}",
    )
    assert (built.delivery.per_commit, built.delivery.on_branch) == told


def test_variables_and_arguments(tmp_path: Path) -> None:
    text = (
        "variables:\n- group: secrets\n- {name: image.name, value: our/shop}\n"
        "- {name: at, value: $(Build.SourcesDirectory)/web}\n- {name: version, value: '1'}\n"
        f"{_HOSTED}steps:\n"
        "- task: docker@2\n  inputs:\n    Command: build\n    repository: $(image.name)\n"
        "    dockerfile: $(at)/Dockerfile\n    tags: |\n      $(tag)\n      latest\n"
        "    arguments: >\n      --build-arg VERSION=$(version)\n      --target app --pull\n"
    )
    (built,) = _built(tmp_path, text, web__Dockerfile="FROM x AS app\n")
    assert (built.dockerfile, built.context, built.target) == ("web/Dockerfile", "web", "app")
    assert built.names == ("our/shop:$(tag)", "our/shop:latest")
    assert built.passes == {"VERSION"}


def test_a_variable_that_a_step_sets_is_not_known(tmp_path: Path) -> None:
    text = (
        f"variables: {{at: web}}\n{_HOSTED}steps:\n"
        '- script: echo "##vso[task.setvariable variable=at]api"\n'
        "- script: docker build -t our/shop $(at)\n"
    )
    assert not _built(tmp_path, text, web__Dockerfile="FROM x\n")


def test_rows_of_a_matrix(tmp_path: Path) -> None:
    text = (
        "jobs:\n- job: a\n  strategy:\n    matrix:\n      one: {at: web}\n      two: {at: api}\n"
        "  steps:\n  - task: Docker@2\n    inputs: {repository: our/$(at), Dockerfile: $(at)/Dockerfile}\n"
    )
    told = _built(tmp_path, text, web__Dockerfile="FROM x\n", api__Dockerfile="FROM x\n")
    assert [(each.dockerfile, each.delivery.rows) for each in told] == [
        ("web/Dockerfile", 1),
        ("api/Dockerfile", 1),
    ]


def test_scripts_work_in_a_folder(tmp_path: Path) -> None:
    text = (
        "steps:\n- script: docker build -t our/shop .\n  workingDirectory: $(Build.SourcesDirectory)/web\n"
        "- task: Bash@3\n  inputs: {targetType: inline, script: docker push our/shop, workingDirectory: web}\n"
    )
    (built,) = _built(tmp_path, text, web__Dockerfile="FROM x\n")
    assert (built.dockerfile, built.delivery.pushes) == ("web/Dockerfile", True)


def test_scripts_of_the_repository(tmp_path: Path) -> None:
    text = (
        "steps:\n- task: Bash@3\n  inputs: {filePath: $(Build.SourcesDirectory)/ci/ship.sh}\n"
        "- script: docker push our/shop\n"
    )
    told = _built(tmp_path, text, ci__ship_sh="", **{"ci/ship.sh": "docker build -t our/shop .\n"})
    assert any(each.path == _AT and each.delivery.pushes for each in told)


def test_steps_of_a_deployment(tmp_path: Path) -> None:
    text = (
        "jobs:\n- deployment: a\n  strategy:\n    runOnce:\n      deploy:\n        steps:\n"
        "        - checkout: self\n        - script: docker build -t our/shop . && docker push our/shop\n"
    )
    (built,) = _built(tmp_path, text)
    assert built.delivery.pushes


def _tracked(root: Path, *paths: str) -> None:
    tree(root, dict.fromkeys(paths, "FROM scratch\n"))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)


@pytest.mark.parametrize(
    ("paths", "pattern", "found"),
    [
        (["Dockerfile"], "", [("Dockerfile", ".")]),
        (["web/Dockerfile"], "", [("web/Dockerfile", "web")]),
        (["web/Dockerfile", "web/my-Dockerfile"], "", [("web/Dockerfile", "web")]),
        (["web/Dockerfile", "api/Dockerfile"], "", []),
        (["web/Dockerfile", "api/Dockerfile"], "web/**/Dockerfile", [("web/Dockerfile", "web")]),
        (["web/Dockerfile", "api/Dockerfile"], "**/api/Dockerfile", [("api/Dockerfile", "api")]),
    ],
)
def test_a_pattern_is_known_where_one_file_fits(
    tmp_path: Path, paths: list[str], pattern: str, found: list[tuple[str, str]]
) -> None:
    _tracked(tmp_path, *paths)
    file = f", Dockerfile: '{pattern}'" * bool(pattern)
    tree(tmp_path, {_AT: f"steps:\n{_TASK % ('buildAndPush', file)}"})
    own = Recipes(tmp_path)
    assert [(each.dockerfile, each.context) for each in own.builds] == found
    assert bool(own.hidden) is not bool(found)


def test_a_build_in_the_registry(tmp_path: Path) -> None:
    text = (
        "pool: ours\nsteps:\n- task: AzureCLI@2\n  inputs:\n    scriptType: bash\n"
        "    scriptLocation: inlineScript\n    inlineScript: az acr build -r ours -t shop:$(tag) .\n"
    )
    (built,) = _built(tmp_path, text)
    assert (built.delivery.pushes, built.delivery.cold) == (True, "machine")
    assert _AT in Recipes(tmp_path).pushing

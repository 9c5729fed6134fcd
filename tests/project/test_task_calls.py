"""What steps start by task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes
from dlint.project.task_calls import with_included, with_tasks

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.builds import Built

TASKFILE = """\
version: "3"
vars:
  IMAGE: our/web
  FULL: "{{.IMAGE}}:{{.TAG}}"
  SHA: {sh: git rev-parse HEAD}
env:
  DOCKER_BUILDKIT: 1
tasks:
  one: docker pull {{.IMAGE}}
  build:
    dir: web
    vars:
      HOW: '{{.HOW | default "--pull"}}'
    cmds:
      - |
        docker build --build-arg SHA={{.SHA}} \\
          {{.HOW}} {{if .FAST}}--no-cache{{end}} -t {{.FULL}} {{.CLI_ARGS}} .
      - cmd: build.exe
        platforms: [windows]
  push:
    deps: [one]
    env: {CI: yes}
    cmds:
      - task: build
        vars: {HOW: --quiet}
      - for: [a, b]
        cmd: docker push {{.FULL}}-{{.ITEM}}
  there:
    - make && cd web && docker push our/web
"""


def commands(call: str) -> list[str]:
    found = with_tasks(f"{call}\n", ".", {"Taskfile.yml": TASKFILE}).split("\n")
    return [" ".join(each.split()) for each in found if each]


def test_a_task_with_all_that_it_needs() -> None:
    assert commands("task push TAG=v1 -- --load") == [
        'DOCKER_BUILDKIT="1"',
        "docker pull our/web",
        "(cd web; docker build --build-arg SHA={{.SHA}} --quiet @ -t our/web:v1 --load .)",
        'CI="yes"',
        "docker push our/web:v1-a",
        "docker push our/web:v1-b",
    ]


def test_what_stands_for_a_variable_that_is_not_given() -> None:
    (_, told) = commands("task build")
    assert "--pull @ -t our/web:{{.TAG}}" in told


def test_variables_that_double_each_other_are_not_filled_in_for_ever() -> None:
    doubled = "".join(f"  V{n + 1}: '{{{{.V{n}}}}}{{{{.V{n}}}}}'\n" for n in range(40))
    text = f"vars:\n  V0: abcdefghij\n{doubled}tasks:\n  a:\n    - docker pull {{{{.V40}}}}\n"
    found = with_tasks("task a\n", ".", {"Taskfile.yml": text})
    assert "docker pull {{.V" in found
    assert len(found) < 100_000


@pytest.mark.parametrize("call", ["task other", "task -d web build", "task there", "task"])
def test_a_call_that_nobody_follows_stays_as_it_is(call: str) -> None:
    assert commands(call) == [call]


WORKFLOW = """\
on: push
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/login-action@v3
      - run: task image
      - run: CALL
"""
SHIPS = """\
tasks:
  image: docker build -t our/web .
  ship: docker push our/web
  out: docker buildx bake --push --set "*.platform=linux/amd64,linux/arm64"
"""


def built(root: Path, call: str, **texts: str) -> list[Built]:
    own = {"Taskfile.yml": SHIPS, ".github/workflows/a.yml": WORKFLOW.replace("CALL", call)}
    for path, text in {"Dockerfile": "FROM scratch\n", **own, **texts}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return list(Recipes(root).builds)


@pytest.mark.parametrize("call", ["task ship", "docker push our/web"])
def test_tasks_of_a_job_that_pushes_count_as_its_commands(tmp_path: Path, call: str) -> None:
    (own,) = [each for each in built(tmp_path, call) if each.path.startswith(".github")]
    told = own.delivery
    assert (told.pushes, told.per_commit, told.cold) == (True, True, "machine")


@pytest.mark.parametrize("call", ["task test", "docker run our/web"])
def test_tasks_of_a_job_that_pushes_nothing_are_those_of_people(tmp_path: Path, call: str) -> None:
    assert {each.path for each in built(tmp_path, call)} == {"Taskfile.yml"}


@pytest.mark.parametrize(("call", "cold"), [("task out", "machine"), ("task test", "")])
def test_what_a_task_bakes(tmp_path: Path, call: str, cold: str) -> None:
    bake = {"docker-bake.hcl": 'target "web" {\n  context = "."\n}\n'}
    (own,) = [each for each in built(tmp_path, call, **bake) if each.path == "docker-bake.hcl"]
    assert (own.delivery.pushes, own.delivery.cold) == (True, cold)
    assert own.platforms == ("linux/amd64", "linux/arm64")


INCLUDING = """\
includes:
  own: ./tools/Own.yml
  web:
    taskfile: web
    dir: web
    vars: {TAG: v2}
  flat: {taskfile: tools/flat.yml, flatten: true}
  far: https://example.com/Taskfile.yml
  hidden: "Taskfile_{{OS}}.yml"
  outside: ../Taskfile.yml
vars: {IMAGE: our/web}
tasks:
  here: docker pull here
  all: [task: 'web:push']
"""
INCLUDED = {
    "tools/Own.yml": (
        "tasks:\n  push:\n    - task: inner\n    - docker push {{.IMAGE}}\n"
        "  inner: {cmds: [task: ':here']}\n"
    ),
    "web/Taskfile.yml": (
        "includes: {deep: deep/Taskfile.yml, again: Taskfile.yml}\n"
        "tasks:\n  push: docker push our/web:{{.TAG}}\n"
    ),
    "web/deep/Taskfile.yml": "env: {A: b}\ntasks:\n  push: docker push deep:{{.TAG}}\n",
    "tools/flat.yml": "tasks:\n  flat: docker push flat\n",
    "../Taskfile.yml": "tasks: {push: docker push outside}\n",
}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("task own:push", ["docker pull here", "docker push our/web"]),
        ("task web:push", ["(cd web; docker push our/web:v2)"]),
        ("task all", ["(cd web; docker push our/web:v2)"]),
        ("task web:deep:push", ['A="b"', "(cd web; docker push deep:v2)"]),
        ("task flat", ["docker push flat"]),
        ("task web:other", ["task web:other"]),
        ("task outside:push", ["task outside:push"]),
        ("task far:push", ["task far:push"]),
    ],
)
def test_included_taskfiles(call: str, expected: list[str]) -> None:
    own = {"Taskfile.yml": INCLUDING}
    files = with_included(own, lambda path: INCLUDED.get(path, ""))
    found = with_tasks(f"{call}\n", ".", files)
    assert [each for each in found.split("\n") if each] == expected


def test_taskfiles_that_include_each_other_for_ever() -> None:
    text = "includes:\n" + "".join(f"  n{at}: Taskfile.yml\n" for at in range(1000))
    files = with_included({"Taskfile.yml": text}, lambda path: text if "/" not in path else "")
    assert with_tasks("task a\n", ".", files) == "task a\n"

"""What CI has Compose build and push, and whether a cache is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.delivery import MACHINE, OPTION
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.delivery import Delivery

COMPOSE = """\
services:
  web:
    image: registry.example/shop/web
    build: web
"""
JOB = """\
on: push
jobs:
  ship:
    runs-on: {machine}
    steps:
      - uses: actions/checkout@v4
      - run: |
          {run}
"""


def delivered(root: Path, workflow: str, **texts: str) -> Delivery:
    own = {"compose.yaml": COMPOSE, "web/Dockerfile": "FROM scratch\n", **texts}
    for path, text in {".github/workflows/ship.yml": workflow, **own}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    [built] = Recipes(root).builds_of("web/Dockerfile")
    return built.delivery


def job(run: str, machine: str = "ubuntu-latest") -> str:
    return JOB.format(run=run.replace("\n", "\n          "), machine=machine)


@pytest.mark.parametrize(
    ("run", "pushes", "cold"),
    [
        ("docker compose build\ndocker compose push", True, MACHINE),
        ("docker-compose -p shop build --push", True, MACHINE),
        ("docker compose --file=./compose.yaml build web --push", True, MACHINE),
        ("docker compose build --no-cache\ndocker compose push", True, OPTION),
        ("docker compose build --build-arg REV=$(git rev-parse HEAD) --push", True, MACHINE),
        ("F=compose\ndocker compose -f $F.yaml build --push", True, MACHINE),
        ("docker compose -f $SHOP.yaml build --push", True, MACHINE),
        # it pushes nothing, others, or what another file describes
        ("docker compose build", False, ""),
        ("docker compose build api\ndocker compose push api", False, ""),
        ("docker compose build\ndocker compose -f other.yaml push", False, ""),
        ("docker compose -f other.yaml build --push", False, ""),
        ("docker compose run web npm run build\ndocker compose push", False, ""),
        ("# docker compose build\ndocker compose push", False, ""),
        ("export COMPOSE_FILE=other.yaml\ndocker compose build --push", False, ""),
        # a file beside it may tell a cache
        ("docker compose -f compose.yaml -f ci.yaml build --push", True, ""),
    ],
)
def test_commands(tmp_path: Path, run: str, cold: str, *, pushes: bool) -> None:
    found = delivered(tmp_path, job(run))
    assert (found.pushes, found.cold, found.fresh) == (pushes, cold, pushes)


LOCAL = COMPOSE.replace("registry.example/shop/web", "local/web")
SHIP = "docker tag local/web $TO"


@pytest.mark.parametrize(
    ("run", "pushes"),
    [
        (f"docker compose build\n{SHIP}\ndocker push $TO", True),
        (f"just build\n{SHIP}\ndocker push $TO", True),
        # others, or none
        (f"docker compose build api\n{SHIP}\ndocker push $TO", False),
        (f"docker compose -f other.yaml build\n{SHIP}\ndocker push $TO", False),
        ("docker compose build\ndocker tag local/api $TO\ndocker push $TO", False),
        (f"docker compose build\n{SHIP}", False),
        (f"just test\n{SHIP}\ndocker push $TO", False),
    ],
)
def test_what_other_commands_push(tmp_path: Path, run: str, *, pushes: bool) -> None:
    recipe = "build *services='web':\n    docker compose build {{services}}\ntest:\n    true\n"
    found = delivered(tmp_path, job(run), **{"compose.yaml": LOCAL, "justfile": recipe})
    assert (found.pushes, found.cold) == (pushes, MACHINE * pushes)


@pytest.mark.parametrize(("action", "pushes"), [("docker-push", True), ("docker-scan", False)])
def test_what_an_action_pushes(tmp_path: Path, action: str, *, pushes: bool) -> None:
    run = f"docker compose build\n{SHIP}"
    text = f"{job(run)}      - uses: our/actions/{action}@v1\n"
    assert delivered(tmp_path, text, **{"compose.yaml": LOCAL}).pushes is pushes


@pytest.mark.parametrize(("file", "pushes"), [("compose.yaml", True), ("a.yaml", False)])
def test_a_variable_says_which_files_are_meant(tmp_path: Path, file: str, *, pushes: bool) -> None:
    text = f"env: {{COMPOSE_FILE: {file}}}\n{job('docker compose build --push')}"
    assert delivered(tmp_path, text).pushes is pushes


def test_a_machine_that_stays_may_have_a_cache(tmp_path: Path) -> None:
    found = delivered(tmp_path, job("docker compose build --push", "self-hosted"))
    assert (found.pushes, found.cold, found.fresh) == (True, "", False)


def test_a_cache_that_the_file_tells(tmp_path: Path) -> None:
    cached = COMPOSE.replace("build: web", "build: {context: web, cache_from: [shop/web]}")
    found = delivered(tmp_path, job("docker compose build --push"), **{"compose.yaml": cached})
    assert (found.pushes, found.cold) == (True, "")


def test_a_service_without_an_image_is_not_pushed(tmp_path: Path) -> None:
    bare = COMPOSE.replace("    image: registry.example/shop/web\n", "")
    found = delivered(tmp_path, job("docker compose build --push"), **{"compose.yaml": bare})
    assert not found.pushes


@pytest.mark.parametrize("run", ["bash ci/ship.sh", "sh ./ci/ship.sh"])
def test_scripts_that_a_job_calls(tmp_path: Path, run: str) -> None:
    script = 'F="compose-$1.yaml"\ndocker compose -f "$F" build \\\n  --pull\ndocker compose -f "$F" push\n'
    texts = {"ci/ship.sh": script, "compose.yaml": "", "compose-live.yaml": COMPOSE}
    found = delivered(tmp_path, job(f"docker login registry.example\n{run}"), **texts)
    assert (found.pushes, found.per_commit, found.cold) == (True, True, MACHINE)


@pytest.mark.parametrize(("place", "pushes"), [("shop", True), ("site", False)])
def test_a_file_of_a_folder_that_the_job_does_not_enter(
    tmp_path: Path, place: str, *, pushes: bool
) -> None:
    there = COMPOSE.replace("build: web", "build: ../web")
    texts = {"compose.yaml": "", "shop/compose.yaml": there}
    run = f"cd {place}\ndocker compose build --push"
    assert delivered(tmp_path, job(run), **texts).pushes is pushes

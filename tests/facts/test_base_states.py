"""What a base hands on that the repository builds itself."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from past import commit, git

from dlint.cli import main
from dlint.facts.base_states import states_of_own_bases
from dlint.model import Options
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.model.build import BaseState

BASE = """\
FROM debian:12
ARG VERSION=1
ENV HOME_DIR=/opt/shop VERSION=$VERSION OTHER=$UNKNOWN
ARG NO_ENV=1
WORKDIR $HOME_DIR/app
USER shop
"""
APP = "FROM acme/base:1\nCOPY app $HOME_DIR/app\n"


def lay_out(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text))


def states(root: Path, recipe: str, text: str, app: str = APP, base: str = BASE) -> list[BaseState]:
    lay_out(root, {recipe: text, "Dockerfile.base": base, "Dockerfile": app})
    return list(states_of_own_bases(Recipes(root), "Dockerfile", Options()).values())


RECIPES = {
    "build.sh": "docker build -t acme/base:$TAG -f Dockerfile.base .\ndocker build -t acme/app .\n",
    "Makefile": "base:\n\tdocker build -f Dockerfile.base -t other -t acme/base .\n",
    "docker-bake.hcl": """
        target "base" { dockerfile = "Dockerfile.base" }
        target "app" { contexts = { "acme/base:1" = "target:base" } }
        """,
    "docker-bake.json": json.dumps(
        {"target": {"base": {"dockerfile": "Dockerfile.base", "tags": ["acme/base:latest"]}}}
    ),
    "compose.yaml": """
        services:
          base:
            image: acme/base
            build: {context: ., dockerfile: Dockerfile.base}
          app: {build: .}
        """,
    ".github/workflows/base.yml": """
        jobs:
          base:
            steps:
              - uses: docker/build-push-action@v6
                with: {context: ., file: Dockerfile.base, tags: "acme/base:a,acme/base:b"}
        """,
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_bases_that_recipes_name(tmp_path: Path, recipe: str) -> None:
    (found,) = states(tmp_path, recipe, RECIPES[recipe])
    assert dict(found.values) == {"HOME_DIR": "/opt/shop", "VERSION": "1"}
    assert (found.workdir, found.user, found.shell) == ("/opt/shop/app", "shop", None)


BUILD = "docker build -f Dockerfile.base -t acme/base .\n"


@pytest.mark.parametrize(
    ("app", "recipe"),
    [
        ("FROM acme/other\n", BUILD),
        ("FROM ${BASE}:1\n", BUILD),
        (APP, "docker build -f Dockerfile.base -t acme/other .\n"),
        (APP, f"{BUILD}docker build -f Dockerfile.else -t acme/base .\n"),  # one of two
        (APP, "docker build -t acme/base .\n"),  # the file itself
        ("FROM debian:12\n", "docker build -f Dockerfile.base -t debian:12 .\n"),  # Docker Hub's
        (APP, f"{BUILD}docker build --build-context acme/base:1=../base -t app .\n"),
        (APP, f"{BUILD}docker build --build-context acme/base:1=docker-image://x/y -t app .\n"),
    ],
)
def test_bases_of_others(tmp_path: Path, app: str, recipe: str) -> None:
    lay_out(tmp_path, {"Dockerfile.else": "FROM debian:11\n"})
    assert states(tmp_path, "build.sh", recipe, app) == []


def test_a_version_that_only_the_build_tells(tmp_path: Path) -> None:
    (found,) = states(tmp_path, "build.sh", BUILD, "FROM acme/base:${VERSION}\n")
    assert found.user == "shop"


def test_what_an_argument_decides_that_a_recipe_passes(tmp_path: Path) -> None:
    recipe = BUILD.replace("build ", "build --build-arg VERSION=2 ")
    (found,) = states(tmp_path, "build.sh", recipe)
    assert dict(found.values) == {"HOME_DIR": "/opt/shop"}


def test_a_base_of_a_base(tmp_path: Path) -> None:
    lay_out(tmp_path, {"Dockerfile.tools": "FROM acme/base\nENV MORE=$HOME_DIR/more\nWORKDIR x\n"})
    recipe = f"{BUILD}docker build -f Dockerfile.tools -t acme/tools .\n"
    (found,) = states(tmp_path, "build.sh", recipe, "FROM acme/tools\n")
    assert dict(found.values)["MORE"] == "/opt/shop/more"
    assert (found.workdir, found.user) == ("/opt/shop/app/x", "shop")


def test_bases_in_a_circle_end(tmp_path: Path) -> None:
    lay_out(tmp_path, {"Dockerfile.tools": "FROM acme/base\nENV A=1\n"})
    recipe = f"{BUILD}docker build -f Dockerfile.tools -t acme/tools .\n"
    (found,) = states(tmp_path, "build.sh", recipe, base="FROM acme/tools\nENV B=2\n")
    assert dict(found.values) == {"A": "1", "B": "2"}


def test_commits_are_compared_on_the_same_base(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    app = f"{APP}COPY other $HOME_DIR/\nRUN make\n"
    files = {"build.sh": BUILD, "Dockerfile.base": BASE, "Dockerfile": app, "app/a": "1"}
    commit(tmp_path, "first", {**files, "other": "1"})
    commit(tmp_path, "second", {"other": "2"})
    assert main(["push", "--isolated", "--output-format", "json", "Dockerfile"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert [each["status"] for each in layers[1:]] == ["Layer already exists", "Pushed", "Pushed"]
    assert main(["history", "--isolated", "--no-cache", "--output-format", "json"]) == 0
    (second,) = json.loads(capsys.readouterr().out)["commits"]
    assert second["cause"] == {"line": 3, "paths": ["other"]}

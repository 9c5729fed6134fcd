"""What skaffold's file says of builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import recipes

if TYPE_CHECKING:
    from pathlib import Path

_FILES = ("Dockerfile", "web/Dockerfile", "web/Dockerfile.run", "docker/web.Dockerfile")
_HEAD = "apiVersion: skaffold/v4beta6\nkind: Config\nbuild:\n  artifacts:\n"


@pytest.mark.parametrize(
    ("artifact", "built"),
    [
        ("image: shop", [("Dockerfile", ".", "")]),
        ("{image: shop, context: web}", [("web/Dockerfile", "web", "")]),
        (
            "{image: shop, context: web, docker: {dockerfile: Dockerfile.run, target: run}}",
            [("web/Dockerfile.run", "web", "run")],
        ),
        # whose path begins at the root
        (
            "{image: shop, context: web, docker: {dockerfile: web/Dockerfile.run}}",
            [("web/Dockerfile.run", "web", "")],
        ),
        ("{image: shop, docker: {dockerfile: docker/web.Dockerfile}}", [("docker/web.Dockerfile", ".", "")]),
        (
            "{image: shop, context: web, kaniko: {dockerfile: Dockerfile.run}}",
            [("web/Dockerfile.run", "web", "")],
        ),
        # which read no Dockerfile
        ("{image: shop, context: web, buildpacks: {builder: some/builder}}", []),
        ("{image: shop, context: web, ko: {}}", []),
        ("{image: shop, context: web, custom: {buildCommand: ./build.sh}}", []),
        (
            "{image: shop, custom: {buildCommand: docker build -f web/Dockerfile .}}",
            [("web/Dockerfile", ".", "")],
        ),
    ],
)  # fmt: skip
def test_artifacts(tmp_path: Path, artifact: str, built: list[tuple[str, str, str]]) -> None:
    found = recipes(tmp_path, *_FILES, **{"skaffold.yaml": f"{_HEAD}    - {artifact}\n"}).builds
    assert [(each.dockerfile, each.context, each.target) for each in found] == built


def test_names_and_arguments(tmp_path: Path) -> None:
    told = "{image: r.example.com/shop, docker: {buildArgs: {A: '1', B: '{{.B}}'}}}"
    (found,) = recipes(tmp_path, *_FILES, **{"skaffold.yaml": f"{_HEAD}    - {told}\n"}).builds
    assert found.names == ("r.example.com/shop",)
    assert found.args == (("A", "1"),)
    assert found.passes == {"A", "B"}


def test_profiles_and_further_documents(tmp_path: Path) -> None:
    profile = "profiles:\n  - name: a\n    build: {artifacts: [{image: a, context: web}]}\n"
    text = f"{_HEAD}    - image: shop\n{profile}---\n{_HEAD}    - {{image: b, context: docker, docker: {{dockerfile: web.Dockerfile}}}}\n"
    found = recipes(tmp_path, *_FILES, **{"skaffold.yaml": text}).builds
    assert [each.dockerfile for each in found] == [
        "Dockerfile",
        "web/Dockerfile",
        "docker/web.Dockerfile",
    ]


def test_what_is_deployed_is_not_built(tmp_path: Path) -> None:
    text = "deploy:\n  helm:\n    releases:\n      - {name: a, chartPath: web, context: web}\n"
    assert recipes(tmp_path, *_FILES, **{"skaffold.yaml": text}).builds == ()


def test_paths_are_those_of_its_folder(tmp_path: Path) -> None:
    text = f"{_HEAD}    - {{image: a, context: .}}\n"
    (found,) = recipes(tmp_path, *_FILES, **{"web/skaffold.yaml": text}).builds
    assert (found.dockerfile, found.context) == ("web/Dockerfile", "web")

"""What rules know of a base that the repository builds itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

MODULES = "FROM golang:1.22\\nCOPY go.mod go.sum ./\\nRUN go mod download\\n"
TOOLS = "FROM debian:12\\nRUN apt-get update && apt-get install -y curl git golang\\n"
GO = "go.mod: module x\ngo.sum\nmain.go 1kB\n.git/HEAD: ref: refs/heads/main\n"


def repository(folder: Path, rule: str, own: str, context: str) -> list[int]:
    (folder / ".git").mkdir(exist_ok=True)
    return checked(folder, rule, own, context).lines


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("docker/Dockerfile-go-builder", MODULES, []),
        ("go-builder/Dockerfile", MODULES, []),
        ("docker/Dockerfile.builder", MODULES, []),
        ("docker/Dockerfile.build", MODULES, [3]),  # another image, by its name
        ("docker/Dockerfile-go-builder", TOOLS, [3]),
    ],
)
def test_dependencies_that_the_base_has(
    tmp_path: Path, path: str, text: str, wanted: list[int]
) -> None:
    own = "FROM shop/go-builder AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /shop .\n"
    found = repository(tmp_path, "order/copy-before-install", own, f"{GO}{path}: {text}")
    assert found == wanted


@pytest.mark.parametrize(("install", "wanted"), [("RUN npm ci", []), ("RUN true", [4])])
def test_what_the_base_has_is_not_deleted_to_install_it_again(
    tmp_path: Path, install: str, wanted: list[int]
) -> None:
    own = "FROM shop/base\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install\n"
    base = f"Dockerfile.base: FROM node:22\\nCOPY package*.json ./\\n{install}\\n"
    context = f"package.json: {{}}\npackage-lock.json: {{}}\n{base}\n"
    assert repository(tmp_path, "pin/lockfile-install", own, context) == wanted


@pytest.mark.parametrize(("packages", "wanted"), [("curl git", []), ("curl graphviz", [2])])
def test_packages_that_the_base_has_recommend_nothing_new(
    tmp_path: Path, packages: str, wanted: list[int]
) -> None:
    own = f"FROM shop/base\nRUN apt-get update && apt-get install -y {packages}\n"
    found = repository(tmp_path, "bloat/recommends", own, f"Dockerfile.base: {TOOLS}\n")
    assert found == wanted


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("tools/README.md: Run `docker build -t shop_base .` first\\n", []),
        ("build.sh: docker build -t shop_base:1 tools\\n", []),
        ("compose.yaml: services:\\n  a:\\n    image: shop_base\\n    build: tools\\n", []),
        ("build.sh: docker build -t other_base tools\\n", [2]),
        ("README.md: Run `docker build -t debian tools`\\n", [2]),
    ],
)
def test_a_base_by_the_name_that_its_build_gives_it(
    tmp_path: Path, told: str, found: list[int]
) -> None:
    base = "debian" if "-t debian" in told else "shop_base"
    own = f"FROM {base}\nRUN apt-get update && apt-get install -y curl git\n"
    context = f"tools/Dockerfile: {TOOLS}\n{told}\n"
    assert repository(tmp_path, "bloat/recommends", own, context) == found

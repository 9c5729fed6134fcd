"""What rules know of a base that the repository builds itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.shell import Install
from dlint.sizes.apt_installs import apt_bytes
from dlint.syntax import Run

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


@pytest.mark.parametrize(
    ("base", "wanted"),
    [
        ("${HOST}/shop/go-builder:${TAG}", []),
        ("${HOST:-docker.io}/shop/go-builder", []),
        ("${HOST}/shop/${NAME}-builder", [5]),
    ],
)
def test_the_base_of_a_registry_in_a_variable(tmp_path: Path, base: str, wanted: list[int]) -> None:
    own = f"ARG HOST TAG NAME\nFROM {base}\nWORKDIR /src\n\nCOPY . .\nRUN go build -o /shop .\n"
    context = f"{GO}docker/Dockerfile-go-builder: {MODULES}"
    assert repository(tmp_path, "order/copy-before-install", own, context) == wanted


@pytest.mark.parametrize("rule", ["pin/lockfile-install", "bloat/pm-cache"])
@pytest.mark.parametrize(("install", "wanted"), [("RUN npm ci", []), ("RUN true", [4])])
def test_what_the_base_has_is_neither_deleted_nor_downloaded_to_install_it_again(
    tmp_path: Path, rule: str, install: str, wanted: list[int]
) -> None:
    own = "FROM shop/base\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install\n"
    base = f"Dockerfile.base: FROM node:22\\nCOPY package*.json ./\\n{install}\\n"
    context = f"package.json: {{}}\npackage-lock.json: {{}}\n{base}\n"
    assert repository(tmp_path, rule, own, context) == wanted


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
    own = f"FROM {base}\nRUN apt-get update && apt-get install -y curl graphviz\n"
    context = f"tools/Dockerfile: {TOOLS.replace('git', 'graphviz')}\n{told}\n"
    assert repository(tmp_path, "bloat/recommends", own, context) == found


@pytest.mark.parametrize(
    ("base", "context", "found"),
    [
        ("COPY apt.conf /etc/apt/apt.conf.d/99own\\n", "apt.conf\n", []),
        ("ADD rootfs /\\n", "rootfs/etc/x\n", []),  # nobody looks what is in there
        ("RUN echo 'APT::Install-Recommends 0;' > /etc/apt/apt.conf\\n", "", []),
        ("COPY app.conf /etc/app/\\n", "app.conf\n", [4]),
        ("COPY --from=busybox:1.36 / /\\n", "", [4]),
    ],
)
@pytest.mark.parametrize("middle", ["", "java"])
def test_a_base_that_sets_for_apt_what_it_installs(
    tmp_path: Path, base: str, context: str, found: list[int], middle: str
) -> None:
    own = (
        "ARG REPO=ghcr.io/shop\nARG TAG=1\nFROM ${REPO}/%s:${TAG}\n"
        "RUN apt-get update && apt-get install -y graphviz\n"
    )
    files = (
        f"ground/Dockerfile: FROM debian:12\\n{base}\n"
        "java/Dockerfile: ARG REPO=ghcr.io/shop\\nFROM ${REPO}/ground\\n\n"
        f"build.sh: docker build --build-arg REPO=$REPO --build-arg TAG=$1 .\n{context}"
    )
    assert repository(tmp_path, "bloat/recommends", own % (middle or "ground"), files) == found


def test_what_the_base_turns_off_counts_in_no_size(tmp_path: Path) -> None:
    own = "FROM ${REPO}/ground:1\nRUN apt-get update && apt-get install -y graphviz\nCOPY a /a\n"
    ground = "ground/Dockerfile: FROM debian:12\\n{}\nground/rootfs/x\na\n"
    named = own.replace("install -y", "install -y --no-install-recommends")

    def size(text: str, base: str, name: str) -> int:
        folder = tmp_path / name
        folder.mkdir()
        (folder / ".git").mkdir()
        text = f"ARG REPO=ghcr.io/shop\n{text}"
        checker, task = checked(folder, "bloat/recommends", text, ground.format(base))
        build = checker.build(task)
        run = next(each for each in build.dockerfile.instructions if isinstance(each, Run))
        return apt_bytes(build, build.stages[0], run, build.effects(run).of(Install)).bytes

    least = size(named, "COPY rootfs /\\n", "named")
    assert size(own, "COPY rootfs /\\n", "set") == least
    assert size(own, "COPY rootfs /srv/\\n", "elsewhere") > least


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (
            "FROM $BASE AS base\\nFROM node:22-slim\\nARG APP\\nCOPY --from=base $APP/node_modules /app/m",
            [],
        ),
        ("FROM node:22-slim\\nCOPY --from=shop/base:2 /app /app", []),
        (
            "FROM $BASE AS base\\nFROM node:22-slim\\nARG APP\\nCOPY --from=base $APP/dist /app/dist",
            [5],
        ),
        ("FROM $BASE AS base\\nFROM base\\nCOPY --from=base /app/node_modules /m", [5]),
        ("FROM other/base AS base\\nFROM node:22-slim\\nCOPY --from=base /app /app", [5]),
    ],
)
def test_what_another_dockerfile_takes_out_of_the_image_is_freed_there(
    tmp_path: Path, other: str, found: list[int]
) -> None:
    own = (
        "FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock ./\nRUN yarn install\n"
        "RUN yarn workspaces focus --production\n"
    )
    context = (
        "package.json\nyarn.lock\nbuild.sh: docker build -t shop/base:1 .\n"
        f"final/Dockerfile: ARG APP=/app\\nARG BASE=shop/base\\n{other}\\n\n"
    )
    assert repository(tmp_path, "bloat/late-cleanup", own, context) == found

"""Which image names move, and which are no images at all."""

from __future__ import annotations

from functools import partial
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, severities

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0123456789abcdef" * 4
base_tag = partial(checked, rule="pin/base-tag")


@pytest.mark.parametrize(
    "image",
    [
        *(
            "alpine",
            "alpine:latest",
            "docker.io/library/alpine",
            "node:lts",
            "node:lts-alpine3.20",
            "nginx:mainline",
        ),
        *(
            "debian:stable-slim",
            "alpine:edge",
            "someone/tool",
            "ghcr.io/someone/tool:main",
            "registry.test:5000/tool",
        ),
    ],
)
def test_names_that_move(tmp_path: Path, image: str) -> None:
    assert base_tag(tmp_path, text=f"FROM {image}\n").lines == [1]
    assert base_tag(tmp_path, text=f"FROM scratch\nCOPY --from={image} /a /b\n").lines == [2]
    assert base_tag(
        tmp_path, text=f"FROM debian:12\nRUN --mount=type=bind,from={image},target=/a true\n"
    ).lines == [2]
    assert base_tag(tmp_path, text=f"ARG IMAGE={image}\nFROM ${{IMAGE}}\n").lines == [2]
    assert base_tag(tmp_path, text=f"FROM {image}@{DIGEST}\n").lines == []


def test_what_is_taken_of_a_distribution_without_releases_fits_any_day(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY --from=archlinux /usr/share/a /usr/share/a\n"
    assert base_tag(tmp_path, text=text).lines == [2]


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3",
        "FROM debian:bookworm",
        "FROM acme/tool:2025-12-29",
        "FROM acme/tool:latest-20240101",
        "FROM acme/tool:nightly-2025-12-29",
        "FROM debian:bookworm-20240101-slim",
        "FROM golang:alpine",  # less exact than one may want, but none of the moving names
        "FROM master:master-0a1b2c3",
        "FROM nginx:mainline-alpine3.18",  # nobody builds on a release that has ended
        "FROM node:lts-buster-slim",
        "FROM archlinux:base-devel",  # what its mirrors have does not fit an old one
        "ARG BASE=registry.opensuse.org/opensuse/tumbleweed:latest\nFROM $BASE",
        "FROM scratch",
        "FROM base",  # an image of one's own, or a named build context
        "FROM localhost/base:latest",  # podman's name for one built here
        "FROM localhost:5000/base:built",  # a registry for the steps of one pipeline
        "FROM $IMAGE",
        "ARG IMAGE\nFROM ${IMAGE}",
        "ARG TAG\nFROM debian:$TAG",
        "ARG TAG=12\nFROM debian:${TAG}-slim",
        "ARG A=debian\nARG B=${A}:12\nFROM $B",
        "FROM debian:12 AS build\nFROM build",
        "FROM debian:12 AS build\nFROM scratch\nCOPY --from=build /a /b\nCOPY --from=0 /a /b",
        "FROM debian:12\nCOPY --from=context /a /b",
        "FROM debian:${TAG:-12}",
        "# syntax=docker/dockerfile:1\nFROM debian:12",
    ],
)
def test_names_that_do_not(tmp_path: Path, text: str) -> None:
    assert base_tag(tmp_path, text=f"{text}\n").messages == []


def test_what_the_repository_passes_goes_before_a_default(tmp_path: Path) -> None:
    makefile = "Makefile: image:\\n\\tdocker build --build-arg BASE=debian:12.5 .\n"
    assert base_tag(tmp_path, text="ARG BASE=debian\nFROM $BASE\n", context=makefile).lines == []


@pytest.mark.parametrize(
    "syntax", ["docker/dockerfile", "docker/dockerfile:latest", "docker/dockerfile-upstream:master"]
)
def test_a_frontend_without_a_version_is_an_info(tmp_path: Path, syntax: str) -> None:
    found = base_tag(tmp_path, text=f"# syntax={syntax}\nFROM debian:12\n").found
    assert [each.severity for each in found] == ["info"]


def test_one_name_is_told_once_where_it_is_pushed(tmp_path: Path) -> None:
    text = "FROM node:lts AS build\nRUN make\nFROM node:lts\nCOPY --from=build /a /a\n"
    [found] = base_tag(tmp_path, text=text).found
    assert (found.place.start.line, [each.place.start.line for each in found.notes]) == (3, [1])
    assert str(found.severity) == "warning"
    other = text.replace("FROM node:lts AS", "FROM --platform=$BUILDPLATFORM node:lts AS")
    assert base_tag(tmp_path, text=other).lines == [1, 3]  # another image


def test_what_a_distribution_makes_its_releases_of_is_asked_for_by_name(tmp_path: Path) -> None:
    for image in ("alpine:edge", "debian:unstable-slim", "ubuntu:devel"):
        [found] = base_tag(tmp_path, text=f"FROM {image}\nRUN make\n").found
        assert found.help == "pin a digest, or name a release unless the newest packages are wanted"
    [other] = base_tag(tmp_path, text="FROM acme/tool:edge\nRUN make\n").found
    assert other.help == "name a version, or pin a digest"


def test_images_without_versions_can_only_be_pinned_by_digest(tmp_path: Path) -> None:
    [found] = base_tag(tmp_path, text="FROM gcr.io/distroless/static-debian12\n").found
    assert found.help == "pin a digest"
    text = "FROM gcr.io/distroless/base:debug\n"
    assert checked(tmp_path, "pin/tag-precision", text).lines == []


@pytest.mark.parametrize(
    ("image", "lines"),
    [
        ("gcr.io/distroless/base:debug", [1]),
        ("gcr.io/distroless/static:nonroot", [1]),
        ("gcr.io/distroless/static-debian12:nonroot", []),
        ("gcr.io/distroless/nodejs20:debug", []),
        (f"gcr.io/distroless/base:debug@{DIGEST}", []),
        ("example.com/base:debug", []),  # may well be a version's
    ],
)
def test_variants_of_images_without_versions(tmp_path: Path, image: str, lines: list[int]) -> None:
    found = base_tag(tmp_path, text=f"FROM {image}\nRUN true\n").found
    assert severities(found) == [(line, "warning") for line in lines]
    assert all("has the floating tag" in each.message for each in found)


@pytest.mark.parametrize(
    ("mount", "advice"),
    [
        ("from=a/b,source=/models,target=/m", "name a version"),
        ("from=a/b,source=/models,target=/m,rw", "name a version"),
        ("from=a/b,target=/m", "mount only what this `RUN` reads"),
        ("from=a/b,source=/,target=/m", "mount only what this `RUN` reads"),
    ],
)
def test_a_mount_goes_by_what_is_mounted(tmp_path: Path, mount: str, advice: str) -> None:
    (found,) = base_tag(tmp_path, text=f"FROM debian:12\nRUN --mount={mount} cp /m/a /a\n").found
    assert found.help.startswith(advice)


def test_the_mount_of_a_whole_image_is_told_before_narrow_ones(tmp_path: Path) -> None:
    narrow, whole = (f"RUN --mount=from=a/b,source=/{each},target=/m true" for each in ("x", ""))
    text = f"FROM debian:12\n{narrow}\n{whole}\n{narrow}\n"
    (found,) = base_tag(tmp_path, text=text).found
    assert found.place.start.line == 3
    assert [each.place.start.line for each in found.notes] == [2, 4]


def test_what_no_pushed_image_stands_on_is_an_info(tmp_path: Path) -> None:
    text = "FROM node:lts AS build\nRUN id\nFROM {}\nCOPY --from=build /a /a\n"
    for last, wanted in (("nginx:1.27", "info"), ("build", "warning")):
        assert severities(base_tag(tmp_path, text=text.format(last)).found) == [(1, wanted)]
    apart = "FROM node:lts AS tools\nRUN id\nFROM nginx:1.27\n"  # an image of its own
    assert severities(base_tag(tmp_path, text=apart).found) == [(1, "warning")]


def test_a_stage_that_a_build_takes_is_told_before_others(tmp_path: Path) -> None:
    text = "FROM node:lts AS web\nRUN id\nFROM debian:12\n{}FROM node:lts AS api\nRUN ls\n"
    for at, (taken, lines) in enumerate((("", [4]), ("COPY --from=web /a /a\n", [5]))):
        (tmp_path / str(at)).mkdir()
        commit(tmp_path / str(at))
        listing = "ci.sh: docker build --target api -t example/shop . && docker push example/shop\n"
        found = checked(tmp_path / str(at), "pin/base-tag", text.format(taken), listing)
        assert found.lines == lines


def test_a_stage_that_only_names_an_image_is_as_good_as_it(tmp_path: Path) -> None:
    text = "FROM composer:latest AS tools\n{}FROM php:8.3.10-cli\nCOPY --from=tools /usr/bin/x /x\n"
    (found,) = base_tag(tmp_path, text=text.format("")).found
    assert str(found.severity) == "warning"
    (built,) = base_tag(tmp_path, text=text.format("RUN make /usr/bin/x\n")).found
    assert str(built.severity) == "info"


def test_what_tests_stand_on_is_an_info(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("test:\n\tdocker build tests/images\n")
    commit(tmp_path)
    folder = tmp_path / "tests" / "images"
    folder.mkdir(parents=True)
    text = "FROM busybox\nRUN true\n"
    assert severities(base_tag(folder, text=text).found) == [(1, "info")]
    assert "pushed" not in base_tag(folder, text=text).messages[0]
    assert severities(base_tag(tmp_path, text=text).found) == [(1, "warning")]


@pytest.mark.parametrize(
    ("place", "recipe", "told", "wanted"),
    [
        ("tests/web", "README.md", "", []),  # what a test reads, or builds itself
        ("integration/dockerfiles", "README.md", "", []),
        ("integration", "README.md", "", [1]),  # may be a product's
        ("examples/web", "README.md", "", []),
        ("examples/web", "examples/compose.yaml", "services: {web: {build: web}}\n", []),
        ("tests/web", "Makefile", "test:\n\tdocker build tests/web\n", [1]),
        ("examples/web", "compose.yaml", "services: {web: {build: examples/web}}\n", [1]),
        (
            "examples/web",
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{run: docker build -t a/b examples/web --push}]}}\n",
            [1],
        ),
    ],
)
def test_who_takes_an_example_chooses_the_versions(
    tmp_path: Path, place: str, recipe: str, told: str, wanted: list[int]
) -> None:
    commit(tmp_path)
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM debian:12\n")
    (tmp_path / recipe).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / recipe).write_text(told)
    assert base_tag(tmp_path / place, text="FROM alpine\nRUN make\n").lines == wanted
    frontend = "# syntax=docker/dockerfile\nFROM debian:12\nRUN make\n"
    assert base_tag(tmp_path / place, text=frontend).lines == wanted


def test_an_image_that_the_repository_builds_itself(tmp_path: Path) -> None:
    text = "FROM example/{}\nRUN true\n"
    context = "Makefile: base:\\n docker build -f base.Dockerfile -t example/base .\n.git/HEAD: x\n"
    assert checked(tmp_path, "pin/base-tag", text.format("base"), context).lines == []
    assert checked(tmp_path, "pin/base-tag", text.format("other"), context).lines == [1]


@pytest.mark.parametrize(
    "recipe",
    [
        'Makefile: REPO ?= "example"\\nbase:\\n docker build -t $(REPO)/base:$(VERSION) .\n',
        ".github/workflows/a.yml: on: push\\n    tags: example/base:${{ inputs.tag || 'x' }}\n",
        ".github/workflows/a.yml: tags: |\\n  example/app:1\\n  example/base:latest\n",
        ".github/workflows/a.yml: with:\\n  images: |\\n    ghcr.io/example/base\\n    example/base\n",
        (
            ".github/workflows/a.yml: jobs:\\n  a:\\n    steps:\\n      - id: names\\n"
            "        run: |\\n          IMAGE=example/base\\n          TAGS=$IMAGE:$VERSION,$IMAGE:latest\\n"
            '          echo "tags=$TAGS" >> $GITHUB_OUTPUT\\n'
            "      - with: {file: base, push: true}\\n"
            "        tags: ${{ steps.names.outputs.tags }}\n"
        ),
        'docker-bake.json: {"target": {"a": {"dockerfile": "base", "tags": ["example/base:1"]}}}\n',
        "compose.yaml: services:\\n  a:\\n    image: example/base\\n    build: {dockerfile: base}\n",
        "README.md: ```\\ndocker build -t example/base -f base .\\n```\n",
        "Makefile: base:\\n docker build -t $(shell id)/base:1 -f base .\n",
        "tools/Dockerfile: # docker buildx build -t example/base .\\nFROM debian:12\n",
        (
            ".github/workflows/a.yml: jobs:\\n  a:\\n    steps:\\n      - uses: docker/build-push-action@v6\\n"
            "        with:\\n          file: base\\n          tags: ${{ vars.ACCOUNT }}/base:latest\n"
        ),
    ],
)
def test_how_the_repository_names_its_own_images(tmp_path: Path, recipe: str) -> None:
    text = "FROM example/{}\nRUN true\n"
    context = f"{recipe}.git/HEAD: x\nbase: FROM debian:12\n"
    assert checked(tmp_path, "pin/base-tag", text.format("base"), context).lines == []
    assert checked(tmp_path, "pin/base-tag", text.format("other"), context).lines == [1]


@pytest.mark.parametrize(
    ("recipe", "base", "wanted"),
    [
        ("Makefile.docker", "example/base:latest", []),
        ("Makefile.inc", "example/base:latest", []),
        ("docker.mk", "example/base", []),
        ("Makefile.docker", "example/other:latest", [1]),  # of which there is no Dockerfile
        ("Makefile.docker", "else/base:latest", [1]),
        ("Makefile.docker", "example/team/base:latest", [1]),
        ("Makefile.example", "example/base:latest", [1]),  # which nothing includes
    ],
)
def test_a_variable_stands_for_the_name_in_an_account(
    tmp_path: Path, recipe: str, base: str, wanted: list[int]
) -> None:
    context = (
        f"{recipe}: build:\\n docker build -t example/$(NAME):latest .\n.git/HEAD: x\n"
        f"images/base/Makefile: NAME=base\\ninclude ../../{recipe}\n"
        "images/base/Dockerfile: FROM debian:12\n"
    )
    text = f"FROM {base}\nRUN true\n"
    assert checked(tmp_path, "pin/base-tag", text, context).lines == wanted


GIVEN = {
    "docker-bake.hcl": """
        variable "CORE" { default = "ghcr.io/acme/core" }
        target "core" { dockerfile = "Dockerfile.core" }
        target "app" {
          contexts = { (CORE) = "target:core", "acme/tool:latest" = "docker-image://tool:2" }
        }
        """,
    "compose.yaml": """
        services:
          app:
            build:
              context: .
              additional_contexts:
                ghcr.io/acme/core: service:core
                acme/tool: docker-image://tool:2
        """,
    "build.sh": """
        CORE=ghcr.io/acme/core
        docker buildx build --build-context "$CORE=docker-image://core:ci" \\
          --build-context=docker.io/acme/tool=../tool .
        """,
    "Makefile": """
        app:
        \tdocker build --build-context ghcr.io/acme/core:latest=core --build-context acme/tool=tool .
        """,
    ".github/workflows/app.yml": """
        jobs:
          app:
            steps:
              - uses: docker/build-push-action@v6
                with:
                  context: .
                  push: true
                  build-contexts: |
                    ghcr.io/acme/core=docker-image://core:ci
                    acme/tool=tool
        """,
}


@pytest.mark.parametrize("recipe", GIVEN)
def test_a_context_that_a_recipe_gives_in_place_of_an_image(tmp_path: Path, recipe: str) -> None:
    text = "FROM ghcr.io/acme/core\nCOPY --from=acme/tool /a /b\nCOPY --from=acme/other /a /c\n"
    place = tmp_path / recipe
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(dedent(GIVEN[recipe]))
    (tmp_path / "Dockerfile.core").write_text("FROM debian:12\n")
    commit(tmp_path)
    assert base_tag(tmp_path, text=text).lines == [3]


def test_a_context_that_a_recipe_gives_to_another_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "build.sh").write_text("docker build -f Other --build-context acme/core=core .\n")
    (tmp_path / "Other").write_text("FROM acme/core\n")
    commit(tmp_path)
    assert base_tag(tmp_path, text="FROM acme/core\n").lines == [1]


def test_a_stage_that_no_build_makes(tmp_path: Path) -> None:
    text = "FROM someone/tool\nFROM node:20.1{}\n"
    assert base_tag(tmp_path, text=text.format("")).lines == []
    copied = text.format("\nCOPY --from=0 /a /a")
    assert base_tag(tmp_path, text=copied).lines == [1]
    named = "FROM alpine AS tool\n{}FROM node:20.1\n"
    assert base_tag(tmp_path, text=named.format("")).lines == []
    assert base_tag(tmp_path, text=named.format("RUN make\n")).lines == [1]
    chosen = "ARG GPU\nFROM alpine AS base-gpu\nFROM debian:12 AS base-cpu\nFROM base-${GPU:-cpu}\n"
    assert base_tag(tmp_path, text=f"{chosen}RUN make\n").lines == [2]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("FROM nginx\nEXPOSE 80\n", "info"),
        ("FROM nginx AS base\nFROM base\nUSER 101\n", "info"),
        ("FROM nginx\nCOPY a /a\n", "warning"),
        ("FROM nginx AS base\nFROM base\nRUN make\n", "warning"),
        ("FROM scratch\nCOPY --from=nginx /a /a\n", "warning"),
    ],
)
def test_what_stands_on_the_image(tmp_path: Path, text: str, severity: str) -> None:
    (found,) = base_tag(tmp_path, text=text).found
    assert str(found.severity) == severity


@pytest.mark.parametrize(
    "text",
    ["FROM nginx\nRUN make\n", "FROM scratch\nCOPY --from=nginx /a /a\n", "FROM nginx\nUSER 1\n"],
)
def test_what_the_message_says_holds_whoever_builds(tmp_path: Path, text: str) -> None:
    (message,) = base_tag(tmp_path, text=text).messages
    assert message == "`nginx` has no tag, so builds of one commit may take different images"


WORKFLOW = """
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: web
          {}
"""


@pytest.mark.parametrize(
    ("recipe", "told", "severity"),
    [
        ("Makefile", "web:\n\tdocker build web\n", "info"),  # nobody pushes it, as far as is known
        ("Makefile", "web:\n\tdocker build -t a/web web && docker push a/web\n", "warning"),
        ("Makefile", "other:\n\tdocker build other\n", "warning"),  # somebody may build it
        (".gitlab-ci.yml", "web:\n  script: make -C web\n", "warning"),
        ("compose.yaml", "services:\n  web:\n    build: web\n", "info"),
        (
            "compose.yaml",
            "services:\n  web: {image: registry.example/shop/web:1, build: web}\n",
            "warning",
        ),
        ("compose.yaml", "services:\n  web: {image: shop/web:1, build: web}\n", "info"),
        (".github/workflows/a.yml", WORKFLOW.format("load: true"), "info"),
        (
            ".github/workflows/a.yml",  # which pushes what it is told
            WORKFLOW.format("load: true")
            + WORKFLOW.partition("steps:")[2].replace("web", ".").format("file: ${{ inputs.x }}"),
            "info",
        ),
        (".github/workflows/a.yml", WORKFLOW.format("push: true"), "warning"),
        ("web/fly.toml", "app = 'web'\n", "warning"),
    ],
)
def test_who_pushes_the_image(tmp_path: Path, recipe: str, told: str, severity: str) -> None:
    for folder in ("web", "other", ".github/workflows"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "other/Dockerfile").write_text("FROM debian:12\n")
    (tmp_path / recipe).write_text(told)
    (tmp_path / "README.md").write_text("A program.\n")
    (tmp_path / ".travis.yml").write_text("script: pytest\n")
    commit(tmp_path)
    (found,) = base_tag(tmp_path / "web", text="FROM alpine\nRUN make\n").found
    assert str(found.severity) == severity


@pytest.mark.parametrize("step", ["", "RUN make\n"])
def test_what_a_copy_takes_from_an_image_that_is_pushed_nowhere(tmp_path: Path, step: str) -> None:
    (tmp_path / "Makefile").write_text("local:\n\tdocker build -t here .\n")
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text("on: push\n")
    commit(tmp_path)
    text = f"FROM shop/ca AS ca\n{step}FROM debian:12\nCOPY --from=ca /a.crt /\n"
    [found] = base_tag(tmp_path, text=text).found
    assert str(found.severity) == "info"


@pytest.mark.parametrize(
    ("comment", "lines"),
    [("# the newest signatures", []), ("# signatures", [3]), ("# the latest tool", [])],
)
@pytest.mark.parametrize(
    "take", ["COPY --from=acme/signs:latest /var /var", "RUN --mount=from=acme/signs:latest cp a b"]
)
def test_the_newest_is_taken_on_purpose(
    tmp_path: Path, comment: str, lines: list[int], take: str
) -> None:
    assert base_tag(tmp_path, text=f"FROM alpine:3.22\n{comment}\n{take}\n").lines == lines


def test_a_comment_that_asks_for_the_newest(tmp_path: Path) -> None:
    found = base_tag(tmp_path, text="# always the newest\nFROM alpine\nRUN make\n").found
    assert severities(found) == [(2, "info")]


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("nightly", "FROM alpine", []),
        ("images/tool_devel", "FROM ubuntu:latest", []),
        ("Newest", "FROM alpine:edge", []),
        ("tooltip", "FROM alpine:edge", ["warning"]),
        ("edge", "FROM alpine:edge", []),
        ("app", "FROM alpine:edge AS edge", []),
        ("edge", "FROM nginx:latest", ["warning"]),  # a service's place
        ("src/main", "FROM acme/tool:main", ["warning"]),
        ("stable", "FROM alpine", ["warning"]),
        ("app", "FROM debian:12 AS latest\nCOPY --from=acme/tool:edge /a /a", ["warning"]),
    ],
)
def test_an_image_that_is_there_for_the_newest(
    tmp_path: Path, path: str, text: str, wanted: list[str]
) -> None:
    commit(tmp_path)
    folder = tmp_path / path
    folder.mkdir(parents=True)
    found = base_tag(folder, text=f"{text}\nRUN make\n").found
    assert [each for _, each in severities(found)] == wanted


@pytest.mark.parametrize(
    ("pushed", "severity"),
    [
        ("shop/web", "info"),
        ("docker.io/shop/$NAME", "info"),
        ("ghcr.io/shop/web", "warning"),
        ("other/web", "warning"),
        ("$ACCOUNT/web", "warning"),
        ("web", "warning"),
    ],
)
def test_a_base_of_the_account_that_is_pushed_to(
    tmp_path: Path, pushed: str, severity: str
) -> None:
    (tmp_path / "push.sh").write_text(f"docker build -t {pushed} .\ndocker push {pushed}\n")
    commit(tmp_path)
    found = base_tag(tmp_path, text="FROM shop/base\nRUN make\n").found
    assert severities(found) == [(1, severity)]


@pytest.mark.parametrize(
    ("address", "base", "wanted"),
    [
        ("https://github.com/Shop/web.git", "shop/base", ["info"]),
        ("git@github.com:shop/web", "ghcr.io/shop/team/base:latest", ["info"]),
        ("https://user:pass@gitlab.com/shop/web", "shop/base", ["info"]),
        ("https://github.com/Shop/web.git", "ghcr.io/shop/web:main", []),  # which it publishes
        ("https://github.com/else/shop.git", "shop/base", ["warning"]),
        ("../shop/web", "shop/base", ["warning"]),  # a folder says nothing of an account
    ],
)
def test_a_base_of_the_owner_of_the_repository(
    tmp_path: Path, address: str, base: str, wanted: list[str]
) -> None:
    commit(tmp_path)
    settings = tmp_path / ".git/config"
    remote = f'[remote "origin"]\n\tfetch = +refs/heads/*:refs/a/*\n\turl = {address}\n'
    settings.write_text(f'{settings.read_text()}{remote}[branch "main"]\n\tremote = origin\n')
    found = base_tag(tmp_path, text=f"FROM {base}\nRUN make\n").found
    assert [each for _, each in severities(found)] == wanted


@pytest.mark.parametrize(("owner", "severity"), [("shop", "info"), ("$(OWNER)", "warning")])
def test_an_account_in_a_variable_of_a_variable(tmp_path: Path, owner: str, severity: str) -> None:
    (tmp_path / "Makefile").write_text(
        f"OWNER={owner}\nNAME=$(OWNER)/web\nTAGGED=$(NAME):1\npush:\n"
        "\tdocker buildx build --push --tag=$(TAGGED) .\n"
    )
    commit(tmp_path)
    found = base_tag(tmp_path, text="FROM shop/base\nRUN make\n").found
    assert severities(found) == [(1, severity)]


@pytest.mark.parametrize(
    ("base", "severity"),
    [
        ("gcr.io/shop/static-debian13", "info"),
        ("shop/runtime-ubuntu24.04", "info"),
        ("shop/ubi9", "info"),
        ("shop/static-debian13:latest", "info"),
        ("registry.access.redhat.com/ubi9/python-312", "info"),
        ("registry.access.redhat.com/rhel7:latest", "info"),
        ("shop/static-debian13:edge", "warning"),
        ("shop/model2", "warning"),
        ("shop/debian", "warning"),
    ],
)
def test_a_name_that_tells_the_release(tmp_path: Path, base: str, severity: str) -> None:
    found = base_tag(tmp_path, text=f"FROM {base}\nRUN make\n").found
    assert severities(found) == [(1, severity)]


@pytest.mark.parametrize(
    ("image", "help_"),
    [
        ("team/shop-${ARCH}:latest", ["name a version"]),
        ("${REGISTRY}/shop:latest", ["name a version, or pin a digest"]),
        ("quay.io/prometheus/busybox-${ARCH}:latest", []),
        ("quay.io/prometheus/busybox:latest", ["pin a digest"]),
    ],
)
def test_a_digest_is_of_one_repository(tmp_path: Path, image: str, help_: list[str]) -> None:
    text = f"ARG ARCH=amd64\nARG REGISTRY=registry.example\nFROM {image}\nRUN make\n"
    assert [each.help for each in base_tag(tmp_path, text=text).found] == help_

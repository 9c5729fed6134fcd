"""What the rules on image names take for a version, for moving and for an image at all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint import DlintError
from dlint.facts.tags import Tag

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.images.facts import RegistrySettings

DIGEST = "sha256:" + "0123456789abcdef" * 4

base_digest = partial(checked, rule="pin/base-digest")
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


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3",
        "FROM debian:bookworm",
        "FROM golang:alpine",  # less exact than one may want, but none of the moving names
        "FROM master:master-0a1b2c3",
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


@pytest.mark.parametrize(
    ("tag", "level"),
    [
        *(("alpine", 0), ("slim", 0), ("alpine3.20", 0), ("bookworm", 0), ("jdk", 0)),
        *(("iron-alpine", 1), ("humble-ros-base", 1)),
        *(("3", 1), ("3-slim", 1), ("17-jdk", 1), ("jdk17", 1), ("22-alpine3.19", 1), ("20-ea", 1)),
        *(("3.12", 2), ("3.12-slim-bookworm", 2), ("2024.1", 2), ("v1.30", 2)),
        *(
            ("3.12.4", 3),
            ("8u272-jdk", 3),
            ("v1.2.3-rc1", 3),
            ("bookworm-20240612", 3),
            ("main-0a1b2c3d", 3),
        ),
        ("RELEASE.2024-01-02T03-04-05Z", 3),
    ],
)
def test_how_exact_a_tag_is(tag: str, level: int) -> None:
    assert Tag.read(tag).precision() == level
    assert not Tag.read(tag).moves


def test_a_distributions_code_name_is_a_version(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/tag-precision")
    assert check(tmp_path, text="FROM debian:bookworm\n").lines == []
    assert check(tmp_path, text="FROM python:bookworm\n").lines == [1]
    assert check(
        tmp_path, text="FROM debian:bookworm\n", config='[pin]\nprecision = "minor"\n'
    ).lines == [1]


def test_what_a_cache_begins_with_may_be_of_any_version(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/tag-precision")
    text = "FROM debian:12\nRUN --mount=type={},from=example/tool:objects,target=/cache make\n"
    assert check(tmp_path, text=text.format("bind")).lines == [2]
    assert check(tmp_path, text=text.format("cache")).lines == []


@pytest.mark.parametrize("precision", ["any", "major", "minor", "patch", "digest"])
def test_the_configured_precision(tmp_path: Path, precision: str) -> None:
    images = ("node:alpine", "node:22", "node:22.4", "node:22.4.1", f"node:22.4.1@{DIGEST}")
    text = "".join(f"FROM {image}\n" for image in images)
    check = checked(
        tmp_path,
        "pin/tag-precision",
        text,
        config=f'[pin.tag-precision]\nprecision = "{precision}"\n',
    )
    assert len(check.lines) == ["any", "major", "minor", "patch", "digest"].index(precision)


def test_trust_is_by_registry_or_by_name(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/trusted-base")
    text = "FROM debian:12\nFROM registry.example.com/a/b:1\nFROM ghcr.io/a/golden/b:1\nFROM ghcr.io/a/b:1\nFROM $X\n"
    assert check(tmp_path, text=text).lines == []
    config = '[pin.trusted-base]\nregistries = ["*.example.com"]\nimages = ["docker.io/library/*", "ghcr.io/a/golden/*"]\n'
    assert check(tmp_path, text=text, config=config).lines == [4]


def test_plain_http_is_what_the_configuration_says(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/insecure-registry")
    text = f"FROM registry.local:5000/a:1\nFROM registry.local:5000/a:1@{DIGEST}\nFROM debian:12\n"
    assert check(tmp_path, text=text).lines == []
    assert check(
        tmp_path, text=text, config='insecure-registries = ["registry.local"]\n'
    ).lines == [1]
    assert (
        check(tmp_path, text=text, config='insecure-registries = ["registry.local:5001"]\n').lines
        == []
    )
    own = '[pin.insecure-registry]\ninsecure-registries = ["registry.local"]\n'
    assert check(tmp_path, text=text, config=own).lines == [1]


def test_bases_beside_a_pinned_one(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/intermediate-floats")
    final = f"FROM debian:12@{DIGEST}\n"
    assert check(tmp_path, text=f"FROM golang:1 AS a\n{final}COPY --from=a /a /a\n").lines == [1]
    assert check(tmp_path, text=f"FROM golang:1 AS lint\n{final}").lines == []
    assert (
        check(tmp_path, text="FROM golang:1 AS a\nFROM debian:12\nCOPY --from=a /a /a\n").lines
        == []
    )


def test_digests_are_asked_for_where_they_are_selected(tmp_path: Path) -> None:
    text = f"FROM debian:12\nFROM debian:12@{DIGEST}\nFROM scratch\nFROM own\nCOPY --from=ghcr.io/a/b:1 /a /b\n"
    assert checked(tmp_path, "pin/base-digest", text).lines == [1, 5]


RESOLVE = "[pin.base-digest]\nresolve = true\n"


def test_the_digest_that_the_registry_tells_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(name: str, *, settings: RegistrySettings) -> str:
        asked.append((name, settings.insecure))
        if "gone" in name:
            raise DlintError("no such image")
        return DIGEST

    monkeypatch.setattr("dlint.images.tag_digest", answer)
    text = "ARG V=12\nFROM debian:12.5 AS a\nFROM debian:$V\nFROM gone:1\nFROM debian:12.5@{}\nCOPY --from=a /x /x\n"
    text = text.format(DIGEST)
    config = (
        f'insecure-registries = ["registry.local:5000"]\nselect = ["pin/base-digest"]\n{RESOLVE}'
    )
    fixed = base_digest(tmp_path, text=text, config=config).fixed
    assert fixed == text.replace("debian:12.5 AS", f"debian:12.5@{DIGEST} AS")
    assert asked[0] == ("debian:12.5", ("registry.local:5000",))
    asked.clear()
    assert base_digest(tmp_path, text=text, config='select = ["pin/base-digest"]\n').fixed == text
    assert not asked

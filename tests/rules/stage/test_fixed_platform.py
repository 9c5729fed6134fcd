"""Which bases keep an image from being what its platforms say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

FIXED = "FROM --platform=linux/amd64 debian:12\n"
BOTH = "linux/amd64,linux/arm64"
WORKFLOW = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          platforms: %s
"""


@pytest.mark.parametrize(
    ("text", "platforms", "line"),
    [
        (FIXED, BOTH, 1),
        (FIXED, "linux/arm64", 1),
        ("FROM golang:1.24 AS build\nFROM --platform=linux/arm64 debian:12\n", BOTH, 2),
        (FIXED.replace("debian:12", "debian:12 AS base") + "FROM base\n", BOTH, 1),
        (FIXED, "linux/amd64", None),
        (FIXED, "linux/amd64,linux/amd64/v3", None),
        (FIXED, "linux/amd64,${{ vars.MORE }}", None),
        ("FROM debian:12\n", BOTH, None),
        ("FROM --platform=$BUILDPLATFORM debian:12\n", BOTH, 1),
        ("FROM --platform=${BUILDPLATFORM} debian:12 AS base\nFROM base\n", BOTH, 1),
        ("FROM --platform=$BUILDPLATFORM debian:12\n", "linux/arm64", None),
        ("FROM --platform=$BUILDPLATFORM debian:12 AS build\nFROM alpine:3.20\n", BOTH, None),
        ("FROM --platform=$TARGETPLATFORM debian:12\n", BOTH, None),
        ("FROM --platform=linux/$ARCH debian:12\n", BOTH, None),
        ("FROM --platform=linux/amd64 scratch\n", BOTH, None),
        # what only builds may run anywhere
        (FIXED.replace("debian:12", "debian:12 AS build") + "FROM alpine:3.20\n", BOTH, None),
    ],
)
def test_platform(tmp_path: Path, text: str, platforms: str, line: int | None) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "image.yml").write_text(WORKFLOW % platforms)
    found = checked(tmp_path, "stage/fixed-platform", text)
    assert found.lines == ([line] if line else [])


def test_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "image.yml").write_text(WORKFLOW % "linux/amd64,linux/arm64,linux/arm/v7")
    found = checked(tmp_path, "stage/fixed-platform", FIXED)
    (told,) = found.texts
    assert told == (
        ".github/workflows/image.yml pushes the image for linux/arm64 and linux/arm/v7 too, but"
        " this base has the programs of linux/amd64 — help: remove --platform=linux/amd64, or push"
        " the image for linux/amd64 alone"
    )


def test_what_it_says_of_the_platform_that_builds(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "image.yml").write_text(WORKFLOW % BOTH)
    text = "FROM --platform=$BUILDPLATFORM debian:12\n"
    (told,) = checked(tmp_path, "stage/fixed-platform", text).texts
    assert told == (
        ".github/workflows/image.yml pushes the image for linux/amd64 and linux/arm64, and each"
        " has the programs of the machine that builds it — help: remove"
        " --platform=$BUILDPLATFORM, or push the image for that machine's platform alone"
    )


@pytest.mark.parametrize(
    ("text", "setup", "wanted"),
    [
        ("RUN apt-get update\n", "", True),
        ("RUN apt-get update\n", "      - uses: docker/setup-qemu-action@v3\n", False),
        ("RUN apt-get update\n", "      - run: docker run tonistiigi/binfmt\n", False),
        ("COPY . .\n", "", False),
    ],
)
def test_what_needs_emulation_is_said(
    tmp_path: Path, text: str, setup: str, *, wanted: bool
) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    workflow = (WORKFLOW % BOTH).replace("steps:\n", f"steps:\n{setup}")
    (folder / "image.yml").write_text(workflow)
    (told,) = checked(tmp_path, "stage/fixed-platform", FIXED + text).texts
    assert ("and set up QEMU for the RUNs" in told) is wanted


@pytest.mark.parametrize(
    ("default", "passed", "own"),
    [
        ("=linux/amd64", "", "programs of linux/amd64, which line 1 sets in place of"),
        ("", "", "programs of the machine that builds it"),
        ("=linux/amd64", "BUILDPLATFORM=linux/arm64", "programs of the machine that builds it"),
    ],
)
def test_a_default_takes_the_place_of_the_builder_s_platform(
    tmp_path: Path, default: str, passed: str, own: str
) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "image.yml").write_text(f"{WORKFLOW % BOTH}          build-args: {passed}\n")
    text = f"ARG BUILDPLATFORM{default}\nFROM --platform=$BUILDPLATFORM debian:12\n"
    (told,) = checked(tmp_path, "stage/fixed-platform", text).texts
    assert own in told

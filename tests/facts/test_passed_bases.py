"""What a Bake file passes decides which stage a FROM names that its default does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
ARG SYSTEM=none
ARG MAJOR
FROM debian:12.5-slim AS shop-debian12
RUN apt-get upgrade -y
FROM alpine:3.20 AS shop-alpine3
RUN apk upgrade
FROM shop-${SYSTEM}${MAJOR}
CMD ["shop"]
"""
SHOP = 'target "shop" {\\n inherits = ["base"]\\n context = "."\\n}\\n'
ARGS = 'args = {\\n  SYSTEM = "${SYSTEM}"\\n  MAJOR = "12"\\n }'
BASE = f'target "base" {{\\n context = "base"\\n {ARGS}\\n}}\\n'
SYSTEM = 'variable "SYSTEM" {\\n default = "debian"\\n}\\n'
BAKE = f"docker-bake.hcl: {SYSTEM}{BASE}{SHOP}\n"
OTHER = 'target "edge" {\\n context = "."\\n args = { SYSTEM = "alpine", MAJOR = "3" }\\n}\\n'


@pytest.mark.parametrize(
    ("bake", "wanted"),
    [
        (BAKE, [4]),  # also through what the target inherits from
        (BAKE.replace("debian", "alpine").replace("12", "3"), [6]),
        (BAKE.replace("\n", OTHER + "\n"), []),  # two targets that differ
        (BAKE.replace("MAJOR", "MINOR"), []),
        ("", []),
    ],
)
def test_a_stage_that_a_target_of_bake_chooses(
    tmp_path: Path, bake: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    assert checked(tmp_path, "pin/os-upgrade", TEXT, bake).lines == wanted


@pytest.mark.parametrize(("default", "wanted"), [("=12.5-slim", []), ("", [2])])
def test_a_default_that_names_an_image_stays(
    tmp_path: Path, default: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    text = f"ARG TAG{default}\nFROM debian:$TAG\nCMD true\n"
    passed = 'target "a" {\\n context = "."\\n args = { TAG = "latest" }\\n}\\n'
    found = checked(tmp_path, "pin/base-tag", text, f"docker-bake.hcl: {passed}\n")
    assert found.lines == wanted


CHOSEN = """\
ARG KIND=local
FROM debian:12.5-slim AS base
FROM base AS shop-production
RUN apt-get upgrade -y
FROM base AS shop-local
RUN apt-get dist-upgrade -y
FROM shop-${KIND}
CMD ["shop"]
"""
PUSH = (
    "      - uses: docker/build-push-action@v6\n        with:\n          push: {}\n"
    "          build-args: |\n            KIND={}\n"
)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (PUSH.format("true", "production"), [4]),
        (PUSH.format("true", "production") + PUSH.format("false", "local"), [6]),  # which, if any?
        (PUSH.format("true", "production") + PUSH.format("true", "local"), [6]),
        (PUSH.format("true", "${{ inputs.kind }}"), [6]),
        (PUSH.format("false", "production"), [6]),
    ],
)
def test_a_stage_that_all_pushes_choose(tmp_path: Path, steps: str, wanted: list[int]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(
        f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    )
    assert checked(tmp_path, "pin/os-upgrade", CHOSEN).lines == wanted

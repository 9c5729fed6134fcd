"""What recipes pass decides which stage a FROM names: where its default names none, or where each
push chooses another.
"""

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


STAGES = """\
ARG KIND=local
FROM debian:12.5-slim AS shop-local
RUN apt-get upgrade -y
FROM debian:12.5-slim AS shop-live
RUN apt-get upgrade -y
FROM shop-${KIND}
CMD ["shop"]
"""
PUSH = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          build-args: |
            KIND=live
"""
MAKE = "image:\n\tdocker build --build-arg KIND=local .\n"


@pytest.mark.parametrize(
    ("workflows", "wanted"),
    [
        ([PUSH], [5]),
        ([PUSH.replace("true", "false")], [3]),
        ([PUSH.replace("KIND=live", "KIND=${{ inputs.kind }}")], [3]),
        ([PUSH.replace("KIND=live", "KIND=none")], [3]),  # no such stage
        ([PUSH, PUSH.replace("KIND=live", "COLOR=red")], [3]),  # a push of the default
        ([PUSH, PUSH.replace("KIND=live", "KIND=local")], [3]),
    ],
)
def test_a_stage_that_each_push_chooses(
    tmp_path: Path, workflows: list[str], wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    for name, text in zip("ab", workflows, strict=False):
        (tmp_path / f".github/workflows/{name}.yml").write_text(text)
    (tmp_path / "Makefile").write_text(MAKE)
    assert checked(tmp_path, "pin/os-upgrade", STAGES).lines == wanted


BY_ACTION = (
    "on: push\\nenv: {{TAG: latest, OLD: '12.5'}}\\njobs:\\n  a:\\n    steps:\\n"
    "      - uses: docker/build-push-action@v6\\n"
    "        with: {{push: true, build-args: {}}}\\n"
)


@pytest.mark.parametrize(
    ("passed", "wanted"),
    [
        ("TAG=latest", [3]),
        ("TAG=${{ env.TAG }}", [3]),
        ("OTHER=1", [3]),
        ("TAG=${{ env.OLD }}", []),
        ("TAG=${{ github.ref_name }}", []),
    ],
)
def test_what_each_push_leaves_at_its_default_is_known(
    tmp_path: Path, passed: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    install = "apt-get update && apt-get install -y build-essential"
    text = f"ARG TAG=latest\nFROM debian:$TAG\nRUN {install}\n"
    workflow = BY_ACTION.format(f'"{passed}"')
    script = "build.sh: docker build --build-arg TAG=$TAG .\\n"
    context = f".github/workflows/a.yml: {workflow}\n{script}\n"
    assert checked(tmp_path, "bloat/recommends", text, context).lines == wanted

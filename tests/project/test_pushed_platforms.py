"""For which platforms recipes push an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.pushed_platforms import pushed_platforms
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

BOTH = "linux/amd64,linux/arm64"


def step(platforms: str, more: str = "", *, push: str = "true") -> str:
    told = f"          platforms: {platforms}\n" if platforms else ""
    return (
        "      - uses: docker/build-push-action@v6\n        with:\n"
        f"          push: {push}\n{told}{more}"
    )


def workflow(*steps: str, matrix: str = "") -> str:
    head = f"on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n{matrix}    steps:\n"
    return head + "".join(steps)


MATRIX = """\
    strategy:
      matrix:
        platform: [linux/amd64, %s]
"""
OF_ROW = step("${{ matrix.platform }}")


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([workflow(step(BOTH))], "linux/amd64 linux/arm64"),
        ([workflow(step("linux/arm64"))], "linux/arm64"),
        # an image that is only tried tells nothing of what is pushed
        ([workflow(step("", push="false"), step(BOTH))], "linux/amd64 linux/arm64"),
        ([workflow(OF_ROW, matrix=MATRIX % "linux/arm64")], "linux/amd64 linux/arm64"),
        ([workflow(step(BOTH)), workflow(step("linux/arm64,linux/amd64"))], BOTH.replace(",", " ")),
        ([workflow(step(BOTH)), workflow(step("linux/amd64"))], ""),
        ([workflow(step("linux/amd64,${{ vars.MORE }}"))], ""),
        ([workflow(step(BOTH), step(""))], ""),
        ([workflow(step(""))], ""),
        ([workflow(OF_ROW, matrix=MATRIX % "darwin/arm64")], ""),  # not each makes an image
        # another target is another image
        ([workflow(step(BOTH), step("linux/amd64", "          target: slim\n"))], BOTH),
    ],
)
def test_platforms(tmp_path: Path, texts: list[str], wanted: str) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:12 AS slim\nFROM slim\n")
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text)
    found = pushed_platforms(Recipes(tmp_path), "Dockerfile", {""})
    assert " ".join(found.platforms) == wanted.replace(",", " ")
    assert not wanted or found.recipe == ".github/workflows/0.yml"

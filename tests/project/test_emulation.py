"""For which platforms a machine of GitHub's has to emulate, as workflows tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.emulation import architecture, emulation_in
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("platform", "wanted"),
    [
        ("linux/amd64", "amd64"),
        ("linux/arm/v7", "arm"),
        ("windows/amd64", ""),
        ("linux", ""),
        ("", ""),
    ],
)
def test_architecture(platform: str, wanted: str) -> None:
    assert architecture(platform) == wanted


@pytest.mark.parametrize(
    ("builds", "emulated"),
    [
        ([("ubuntu-latest", "linux/amd64, linux/arm64")], ("linux/arm64",)),
        ([("ubuntu-24.04-arm", "linux/amd64,linux/arm64")], ("linux/amd64",)),
        (
            [("ubuntu-latest", "linux/amd64"), ("ubuntu-latest", "linux/arm64")],
            ("linux/arm64",),
        ),
        ([("ubuntu-latest", "linux/amd64"), ("ubuntu-24.04-arm", "linux/arm64")], None),
        (
            [("ubuntu-latest", "linux/amd64,linux/arm64"), ("u", "linux/arm64")],
            ("linux/arm64",),
        ),
        ([("ubuntu-latest", "linux/386,linux/amd64")], None),
        ([("ubuntu-24.04-arm", "linux/arm64,linux/arm/v7")], None),  # it may run both
        ([("ubuntu-latest", "linux/amd64,$MORE")], None),
        ([("", "linux/amd64,linux/arm64")], None),
        ([("macos-14", "linux/amd64,linux/arm64")], None),
        ([("ubuntu-latest", "windows/amd64,linux/amd64")], None),
        ([("ubuntu-latest", "linux/arm64")], None),  # it may not build on its own
        ([("ubuntu-latest", "")], None),
    ],
)
def test_emulation(builds: list[tuple[str, str]], emulated: tuple[str, ...] | None) -> None:
    found = emulation_in("a.yml", builds)
    assert (found and found.emulated) == emulated


@pytest.mark.parametrize("name", ["Makefile", "push.sh"])
def test_what_a_step_starts_runs_on_its_machine(tmp_path: Path, name: str) -> None:
    build = "docker buildx build --platform linux/amd64,linux/arm64 --push -t example.com/shop ."
    files = {
        "Dockerfile": "FROM debian:12\n",
        "Makefile": f"push:\n\t{build}\n",
        "push.sh": f"#!/bin/sh\n{build}\n",
        ".github/workflows/a.yml": (
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
            "      - uses: docker/login-action@v3\n      - run: "
            + {"Makefile": "make push\n", "push.sh": "./push.sh\n"}[name]
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = {each.path: each.emulation for each in Recipes(tmp_path).builds}
    told = found[".github/workflows/a.yml"]
    assert told is not None
    assert (told.machine, told.emulated) == ("ubuntu-latest", ("linux/arm64",))
    assert found.get(name) is None  # people start it on any machine

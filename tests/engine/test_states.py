"""What a builder makes anew in each state of its cache, against the layers that were pushed before."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import need
from harness.project import noise
from house import commit

if TYPE_CHECKING:
    from harness.engine import Engine
    from harness.registry import Registry

DLINT = Path(sys.executable).with_name("dlint")
# WORKDIR at the bottom and above what runs; copies that are the same blob each time, and others.
DOCKERFILE = """FROM shell:1 AS build
WORKDIR /src
COPY app app
RUN head -c 900 /dev/urandom > /out
FROM shell:1
WORKDIR /srv/shop
COPY lib /library.bin
RUN head -c 1000 /dev/urandom > /made
WORKDIR /srv/late
COPY --from=build /out /out
COPY app /application.bin
COPY lib /deep/er/lib
"""
SIGNS = {"Pushed": "+", "Layer already exists": "="}


class Builds:
    """One project, its builder and the registry, and the layers of its first build."""

    def __init__(self, engine: Engine, registry: Registry, root: Path) -> None:
        self.engine, self.registry = engine, registry
        self.root = root / "one"
        self.root.mkdir()
        (self.root / "Dockerfile").write_text(DOCKERFILE)
        for name in ("app", "lib"):
            (self.root / name).write_bytes(noise(f"states {name}", 5_000))
        commit(self.root)
        self.cache = f"type=registry,ref={registry.host}/states/cache:1"
        self.first = self.push("first", self.root, f"--cache-to={self.cache},mode=max")
        self.built = time.time()

    def push(self, tag: str, folder: Path, *options: str) -> list[str]:
        """Build and push; the digests of the layers."""
        image = f"{self.registry.host}/states/shop:{tag}"
        words = (
            "buildx",
            "build",
            "--network=none",
            "--provenance=false",
            "--tag",
            image,
            "--push",
        )
        self.engine.docker(*words, *options, folder)
        layers: list[dict[str, Any]] = self.registry.manifest("states/shop", tag).data["layers"]
        return [layer["digest"] for layer in layers]

    def real(self, tag: str, folder: Path, *options: str) -> str:
        """Return a sign for each layer: `+` one that the first build did not push."""
        need.wait_for_next_second(self.built)
        found = self.push(tag, folder, *options)
        self.built = time.time()
        return "".join("=" if digest in self.first else "+" for digest in found)

    def checkout(self, where: Path) -> Path:
        """Make a new checkout, whose files have the time of now."""
        shutil.copytree(self.root, where, copy_function=shutil.copyfile)
        return where


def told(folder: Path, state: str) -> str:
    words = ("--since", "HEAD", "--cache", state, "--output-format", "json")
    printed = need.run(DLINT, "push", *words, cwd=folder)
    return "".join(SIGNS[layer["status"]] for layer in json.loads(printed.stdout)["layers"])


@pytest.fixture(scope="module")
def builds(
    containerd_engine: Engine, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Builds:
    containerd_engine.forget_builds()
    return Builds(containerd_engine, registry, tmp_path_factory.mktemp("states"))


@pytest.mark.parametrize("state", ["warm", "no-cache", "imported", "cold"])
def test_layers_that_are_made_anew(builds: Builds, tmp_path: Path, state: str) -> None:
    folder = builds.root
    if state in {"imported", "cold"}:
        folder = builds.checkout(tmp_path / "two")
    options = {"no-cache": ["--no-cache"], "imported": [f"--cache-from={builds.cache}"]}
    for change in ("nothing", "app"):
        if change == "app":
            before, times = (folder / "app").read_bytes(), (folder / "app").stat()
            (folder / "app").write_bytes(noise("states app again", 5_000))
        if state in {"imported", "cold"}:
            builds.engine.forget_builds()
        try:
            foretold = told(folder, state)
            real = builds.real(f"{state}-{change}", folder, *options.get(state, ()))
        finally:
            if change == "app":
                (folder / "app").write_bytes(before)
                os.utime(folder / "app", ns=(times.st_atime_ns, times.st_mtime_ns))
        assert (change, foretold) == (change, real)

"""An exported build cache against what BuildKit exports, and what an empty builder fetches of it
against the registry's log. `benchmarks/caches.py` does the same with ten projects.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import need
from harness.engine import Engine
from harness.project import noise
from house import commit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.registry import Registry

DLINT = Path(sys.executable).with_name("dlint")
SERVED = re.compile(r'"GET /v2/[^ ]+/blobs/(sha256:\w+) HTTP/[\d.]+" 200 ')
# Each step's layer has a size of its own, by which it is known again.
DOCKERFILE = """FROM @BASE@ AS build
COPY lock /lock
RUN head -c 104000 /dev/urandom > /modules
COPY app /app
RUN cat /app /modules > /out
FROM @BASE@
COPY conf /etc/conf
COPY --from=build /out /srv/shop/out
"""
FILES = {"lock": 9_000, "app": 133_000, "conf": 61_000}
LAYERS = {2: 9_000, 3: 104_000, 4: 133_000, 5: 237_000, 7: 61_000, 8: 237_000}
BASE = 1_000_000  # bytes that only the base's layer has
BESIDE = 1_500  # bytes of a layer beside its file


@pytest.fixture
def runner(containerd_engine: Engine) -> Iterator[Engine]:
    """Give an engine that has nothing; the other one is needed before."""
    assert containerd_engine.store == "containerd"
    engine = Engine("containerd")
    yield engine
    engine.stop()


def line_of(size: int) -> int | None:
    """Return the line of the step that made a layer; None is the base."""
    if size > BASE:
        return None
    return next(line for line, own in LAYERS.items() if 0 <= size - own < BESIDE)


def told(folder: Path, cache: str) -> dict[str, Any]:
    words = ("--since", "HEAD", "--cache", "imported", "--cache-to", cache)
    printed = need.run(DLINT, "push", *words, "--output-format", "json", cwd=folder)
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


def test_layers_of_a_cache_and_those_that_an_empty_builder_fetches(
    containerd_engine: Engine, runner: Engine, registry: Registry, tmp_path: Path
) -> None:
    base = f"{registry.host}/bases/caches:1"
    containerd_engine.docker("tag", "shell:1", base)
    containerd_engine.docker("push", base)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.replace("@BASE@", base))
    for name, size in FILES.items():
        (tmp_path / name).write_bytes(noise(f"caches {name}", size))
    commit(tmp_path)
    cache = f"type=registry,ref={registry.host}/caches/shop:1,mode=max"
    words = ("buildx", "build", "--network=none", "--provenance=false")
    output = ("--output", "type=cacheonly", tmp_path)
    containerd_engine.docker(*words, f"--cache-to={cache}", *output)
    index = registry.manifest("caches/shop", "1").data["manifests"]
    layers = {each["digest"] for each in index if "cacheconfig" not in each["mediaType"]}

    (tmp_path / "conf").write_bytes(noise("caches conf again", FILES["conf"]))
    foretold = told(tmp_path, cache)
    assert foretold["caches"][0]["layers"] == len(layers) == len(LAYERS) + 1

    log = registry.home / "registry.log"
    before = len(SERVED.findall(log.read_text()))
    source = cache.removesuffix(",mode=max")
    runner.docker(*words, f"--cache-from={source}", *output)
    sizes, fetched = registry.blobs(), SERVED.findall(log.read_text())[before:]
    real = {line_of(sizes[digest]) for digest in fetched if digest in layers}
    # of one size are the last step of the stage, and the copy of what it made
    assert {layer["line"] for layer in foretold["fetched"]["layers"]} == real

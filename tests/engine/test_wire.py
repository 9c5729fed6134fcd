"""What goes over the wire beside layers, and layers in other formats: BuildKit with the containerd
image store against what `dlint push` foretells.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import need
from harness.project import noise, prose
from house import commit

if TYPE_CHECKING:
    from harness.engine import Engine
    from harness.registry import Registry
    from harness.wire import Wire

DLINT = Path(sys.executable).with_name("dlint")
DOCKERFILE = "FROM scratch\n" + "".join(f"COPY f{n} /f{n}\n" for n in range(5))
WITHIN = 0.10
"""Of all bytes that are no layer's."""

CLOSE = 0.035
"""Of a layer's bytes."""


def told(root: Path, *options: str) -> dict[str, Any]:
    printed = need.run(DLINT, "push", "--output-format", "json", *options, cwd=root)
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


@pytest.mark.parametrize("provenance", ["off", "min", "max"])
def test_overhead_of_a_first_push_with_its_build(
    containerd_engine: Engine, wire: Wire, tmp_path: Path, provenance: str
) -> None:
    for number in range(5):
        (tmp_path / f"f{number}").write_bytes(noise(f"{provenance} {number}", 300))
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    foretold = told(tmp_path, "--pushed-by", "buildx", "--provenance", provenance)
    mode = "false" if provenance == "off" else f"mode={provenance}"
    image = f"{wire.host}/shop/{provenance}:1"
    words = ("buildx", "build", f"--provenance={mode}", "--tag", image, "--push", tmp_path)
    containerd_engine.docker(*words)
    sent = wire.total.up - foretold["pushed_bytes"]
    assert foretold["overhead_bytes"] == pytest.approx(sent, rel=WITHIN)


def test_forced_zstd_pushes_again_what_was_gzip(
    containerd_engine: Engine, registry: Registry, tmp_path: Path
) -> None:
    for number in range(5):
        (tmp_path / f"f{number}").write_bytes(prose(f"zstd {number}", 60_000))
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    commit(tmp_path)
    image = f"{registry.host}/shop/formats"

    def build(tag: str, more: str) -> list[dict[str, Any]]:
        output = f"type=image,name={image}:{tag},push=true,oci-mediatypes=true{more}"
        words = ("buildx", "build", "--provenance=false", "--output", output, tmp_path)
        containerd_engine.docker(*words)
        layers: list[dict[str, Any]] = registry.manifest("shop/formats", tag).data["layers"]
        return layers

    first = build("gzip", "")
    known = ("--against", f"docker://{image}:gzip")
    kept = told(tmp_path, *known, "--compression", "zstd")
    forced = told(tmp_path, *known, "--compression", "zstd", "--force-compression")
    assert build("kept", ",compression=zstd") == first
    assert {layer["status"] for layer in kept["layers"]} == {"Layer already exists"}
    again = build("zstd", ",compression=zstd,force-compression=true")
    assert all(layer["mediaType"].endswith("+zstd") for layer in again)
    assert {layer["status"] for layer in forced["layers"]} == {"Pushed"}
    for layer, real in zip(forced["layers"], again, strict=True):
        assert layer["bytes"] == pytest.approx(real["size"], rel=CLOSE)

"""What a push sends besides the layers.

Bytes of requests and their headers, measured with Docker 26.1.5 (both image stores) and buildah 1.39.3 against
docker-registry 2.8.3 over plain HTTP/1.1 without authentication. TLS and tokens add to it.
"""

from __future__ import annotations

from typing import NamedTuple


class Wire(NamedTuple):
    """Bytes per thing sent."""

    pushed: int  # HEAD, POST, PATCH or PUT around one uploaded blob
    exists: int  # HEAD
    mounted: int  # HEAD, POST
    config: int  # of an image without history or layers
    manifest: int
    manifest_layer: int


GRAPHDRIVER = Wire(pushed=1780, exists=305, mounted=1000, config=640, manifest=320, manifest_layer=209)
CONTAINERD = Wire(pushed=1630, exists=470, mounted=960, config=640, manifest=770, manifest_layer=187)
BUILDAH = Wire(pushed=1400, exists=300, mounted=700, config=640, manifest=320, manifest_layer=209)
CONFIG_LAYER = 205  # a layer's DiffID and history in the configuration: 0.64 kB with 2 layers, 2.9 kB with 13
WIRES = {"buildkit": CONTAINERD, "docker": GRAPHDRIVER, "classic": GRAPHDRIVER, "buildah": BUILDAH}


def overhead(builder: str, *, pushed: int, exists: int, mounted: int) -> int:
    """Return the bytes of requests, configuration and manifest (modelled), given how many layers go each way."""
    wire = WIRES[builder]
    requests = pushed * wire.pushed + exists * wire.exists + mounted * wire.mounted
    documents = wire.pushed + wire.config + wire.manifest
    return requests + documents + (pushed + exists + mounted) * (wire.manifest_layer + CONFIG_LAYER)

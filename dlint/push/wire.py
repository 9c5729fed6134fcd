"""What a push sends besides the layers.

Bytes of requests, headers and documents, fitted to what went over the wire in 212 pushes by Docker
26.1.5 (each image store) and 17 by buildah 1.39.3 to docker-registry 2.8.3, over plain HTTP/1.1
without authentication: off by 270, 59 and 139 bytes in the mean. TLS and tokens add to it.
"""

from __future__ import annotations

from dlint.text.values import NamedTuple


class Wire(NamedTuple):
    """Bytes sent, by what they are sent for."""

    base: int  # whatever is pushed
    pushed: int  # around one uploaded layer
    exists: int
    mounted: int
    config: int  # around an uploaded configuration
    manifest: int
    manifest_layer: int


GRAPHDRIVER = Wire(
    1490, pushed=2150, exists=200, mounted=1860, config=1540, manifest=319, manifest_layer=209
)
CONTAINERD = Wire(
    1665, pushed=1930, exists=730, mounted=1430, config=1200, manifest=306, manifest_layer=196
)
BUILDAH = Wire(
    1040, pushed=1700, exists=370, mounted=700, config=990, manifest=443, manifest_layer=154
)
CONFIG, CONFIG_LAYER = 243, 207  # the configuration itself, and what each layer adds to it
WIRES = {"buildkit": CONTAINERD, "docker": GRAPHDRIVER, "classic": GRAPHDRIVER, "buildah": BUILDAH}


def overhead(builder: str, *, pushed: int, exists: int, mounted: int, configuration: bool) -> int:
    """Return the bytes of requests, configuration and manifest (modelled), given how many layers go
    each way.

    `configuration` tells whether the image's configuration is new and uploaded too.
    """
    wire = WIRES[builder]
    layers = pushed + exists + mounted
    total = wire.base + pushed * wire.pushed + exists * wire.exists + mounted * wire.mounted
    total += wire.manifest + layers * wire.manifest_layer
    return total + (wire.config + CONFIG + layers * CONFIG_LAYER if configuration else 0)

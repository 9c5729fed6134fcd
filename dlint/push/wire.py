"""What a push sends besides the layers.

Bytes of requests, headers and documents, fitted to what went over the wire in 337 pushes by Docker
26.1.5 (each image store, `docker push` and `docker buildx build --push`) and 17 by buildah 1.39.3
to docker-registry 2.8.3, over plain HTTP/1.1 without authentication. `docs/wire.md` has the table.
TLS and tokens add to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

OFF, MIN, MAX = PROVENANCES = ("off", "min", "max")
DOCKER, BUILDX = PUSHERS = ("docker", "buildx")
ATTESTING = "buildkit"  # the builder that adds an attestation where nothing is said


class Delivery(NamedTuple):
    """How an image goes to its registry.

    `provenance` says what the attestation beside it tells of its build; `by` whether `docker push`
    sends it, or `docker buildx build --push`. Of blobs, by their digests, `held` are those that the
    target repository holds, and `mounted` gives the repository that another one comes from, "" for
    none.
    """

    builder: str
    provenance: str = OFF
    by: str = DOCKER
    held: frozenset[str] = frozenset()
    mounted: Mapping[str, str] = {}

    @classmethod
    def of(cls, builder: str, provenance: str | None = None, by: str | None = None) -> Delivery:
        """Return how `builder` delivers, by its own defaults where nothing is said. Raises
        DlintError for what it cannot.
        """
        if provenance not in {None, OFF} and builder != ATTESTING:
            raise DlintError(
                f"--provenance={provenance}: {builder} keeps no attestations",
                "only BuildKit with the containerd image store does (--builder buildkit)",
            )
        default = MIN if builder == ATTESTING else OFF
        return cls(builder, provenance or default, by or DOCKER)


class Documents(NamedTuple):
    """Bytes of what goes up beside the layers: the image's configuration, 0 where the registry has
    it, and the index with all that it names beside the image, 0 where there is none.
    """

    configuration: int = 0
    attestation: int = 0


class Wire(NamedTuple):
    """Bytes of requests, by what they are sent for: all but the layer or document itself."""

    base: int  # whatever is pushed
    pushed: int  # one uploaded layer
    exists: int
    mounted: int
    config: int  # an uploaded configuration
    manifest: int
    manifest_layer: int
    chunks: float = 0.0  # for one byte of a layer, which goes in chunks of 32 KiB
    resends: bool = False  # the manifest goes up though the registry has it


_CHUNKS = 8 / 32_768
_GRAPHDRIVER = Wire(1_148, 1_851, 317, 1_025, 1_839, 319, 207, _CHUNKS, resends=True)
_GRAPHDRIVER_BUILDX = _GRAPHDRIVER._replace(base=3_083, pushed=1_791, exists=302, config=1_777)
_BUILDAH = Wire(1_040, 1_700, 370, 700, 990, 443, 154, resends=True)
_CONTAINERD = Wire(1_157, 1_865, 733, 1_095, 1_731, 306, 194)
_CONTAINERD_BUILDX = _CONTAINERD._replace(base=4_210, pushed=1_909, exists=1_076, config=1_101)
# Fewer connections are opened around an attestation; each begins with a try at TLS.
_ATTESTED = Wire(7_963, 1_694, 613, 1_095, 384, 288, 188)
_ATTESTED_BUILDX = _ATTESTED._replace(base=13_085, pushed=1_729, exists=935, config=1_447)


def _wire_of(delivery: Delivery) -> Wire:
    by_buildx = delivery.by == BUILDX
    match delivery.builder:
        case "buildah":
            return _BUILDAH
        case "buildkit" if delivery.provenance == OFF:
            return _CONTAINERD_BUILDX if by_buildx else _CONTAINERD
        case "buildkit":
            return _ATTESTED_BUILDX if by_buildx else _ATTESTED
        case _:
            return _GRAPHDRIVER_BUILDX if by_buildx else _GRAPHDRIVER


class Counts(NamedTuple):
    """How many layers go each way, and the bytes of those that are uploaded."""

    pushed: int
    exists: int
    mounted: int
    uploaded: int = 0


def requests(delivery: Delivery, counts: Counts) -> int:
    """Return the bytes that layers bring beside their own: of requests, and in the manifest."""
    wire = _wire_of(delivery)
    around = (
        counts.pushed * wire.pushed + counts.exists * wire.exists + counts.mounted * wire.mounted
    )
    layers = counts.pushed + counts.exists + counts.mounted
    return around + layers * wire.manifest_layer + round(counts.uploaded * wire.chunks)


def overhead(delivery: Delivery, counts: Counts, documents: Documents) -> int:
    """Return all bytes that go up beside the layers' own (modelled)."""
    wire = _wire_of(delivery)
    total = wire.base + requests(delivery, counts) + documents.attestation
    if documents.configuration:
        return total + wire.manifest + wire.config + documents.configuration
    if wire.resends:
        return total + wire.manifest
    return total - (counts.pushed + counts.exists + counts.mounted) * wire.manifest_layer

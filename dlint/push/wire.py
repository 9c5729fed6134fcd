"""What a push sends besides the layers.

Bytes of requests, headers and documents, fitted to what went over the wire in 337 pushes by Docker
26.1.5 (each image store, `docker push` and `docker buildx build --push`) and 17 by buildah 1.39.3
to docker-registry 2.8.3, over plain HTTP/1.1 without authentication. `docs/wire.md` has the table.
TLS and tokens add to it.
"""

from __future__ import annotations

from dlint.bytes.formats import Compression
from dlint.errors import DlintError
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OFF, MIN, MAX = PROVENANCES = ("off", "min", "max")
DOCKER, BUILDX = PUSHERS = ("docker", "buildx")
ABLE = "buildkit"  # the builder that knows attestations and several formats of layers
_AS_EVER = Compression()


class Delivery(NamedTuple):
    """How an image goes to its registry.

    `provenance` says what the attestation beside it tells of its build; `by` whether `docker push`
    sends it, or `docker buildx build --push`. Of blobs, by their digests, `held` are those that the
    target repository holds, and `mounted` gives the repository that another one comes from, "" for
    none. `compression` is that of new layers.
    """

    builder: str
    provenance: str = OFF
    by: str = DOCKER
    held: frozenset[str] = frozenset()
    mounted: Mapping[str, str] = {}
    compression: Compression = _AS_EVER

    @property
    def mounts_configuration(self) -> bool:
        """Whether a configuration that another repository has is mounted, as a layer is: only the
        containerd image store does (measured with Docker 26.1.5).
        """
        return self.builder == ABLE

    @classmethod
    def of(
        cls,
        builder: str,
        provenance: str | None = None,
        by: str | None = None,
        compression: Compression = _AS_EVER,
    ) -> Delivery:
        """Return how `builder` delivers, by its own defaults where nothing is said. Raises
        DlintError for what it cannot.
        """
        if provenance not in {None, OFF}:
            _require(builder, f"--provenance={provenance}", "keeps no attestations")
        if compression != _AS_EVER:
            _require(builder, f"--compression={compression.format}", "always sends gzip")
        default = MIN if builder == ABLE else OFF
        told = cls(builder, provenance or default, by or DOCKER)
        return told._replace(compression=compression)


def _require(builder: str, option: str, why: str) -> None:
    if builder != ABLE:
        raise DlintError(
            f"{option}: {builder} {why}",
            f"only BuildKit with the containerd image store does (--builder {ABLE})",
        )


class Documents(NamedTuple):
    """Bytes of what goes up beside the layers: the image's configuration, 0 where the registry has
    it, and the index with all that it names beside the image, 0 where there is none.

    `mounted` tells that another repository of the registry has the configuration, from which it
    is mounted.
    """

    configuration: int = 0
    attestation: int = 0
    mounted: bool = False


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
    # around a manifest that goes up again, for another tag; None where it does not
    resent: int | None = None


_CHUNKS = 8 / 32_768
_GRAPHDRIVER = Wire(1_148, 1_851, 317, 1_025, 1_839, 319, 207, _CHUNKS, resent=0)
_GRAPHDRIVER_BUILDX = _GRAPHDRIVER._replace(base=3_083, pushed=1_791, exists=302, config=1_777)
_BUILDAH = Wire(1_040, 1_700, 370, 700, 990, 443, 154, resent=0)
_CONTAINERD = Wire(1_157, 1_865, 733, 1_095, 1_731, 306, 194, resent=450)
_CONTAINERD_BUILDX = _CONTAINERD._replace(base=4_210, pushed=1_909, exists=1_076, config=1_101)
# Fewer connections are opened around an attestation; each begins with a try at TLS.
_ATTESTED = Wire(7_963, 1_694, 613, 1_095, 384, 288, 188)
_ATTESTED_BUILDX = _ATTESTED._replace(base=13_085, pushed=1_729, exists=935, config=1_447)

# What a further platform adds to the above, by whether there is an attestation and by whether
# buildx pushes: its own part of the index, and what is asked once for all platforms.
_AGAIN = 150
_FURTHER = {
    (False, False): 900,
    (False, True): 300,
    (True, False): -700,
    (True, True): -3_700,
}


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
    """How many layers go each way, and the bytes of those that are uploaded; `again` are those that
    an earlier platform of the same image has as well.
    """

    pushed: int
    exists: int
    mounted: int
    uploaded: int = 0
    again: int = 0

    @property
    def layers(self) -> int:
        """How many the manifest has."""
        return self.pushed + self.exists + self.mounted + self.again


def requests(delivery: Delivery, counts: Counts) -> int:
    """Return the bytes that layers bring beside their own: of requests, and in the manifest."""
    wire = _wire_of(delivery)
    around = (
        counts.pushed * wire.pushed + counts.exists * wire.exists + counts.mounted * wire.mounted
    )
    around += counts.again * _AGAIN + round(counts.uploaded * wire.chunks)
    return around + counts.layers * wire.manifest_layer


def overhead(delivery: Delivery, counts: Counts, documents: Documents) -> int:
    """Return all bytes that go up beside the layers' own (modelled)."""
    wire = _wire_of(delivery)
    total = wire.base + requests(delivery, counts) + documents.attestation
    if documents.configuration:
        return total + wire.manifest + wire.config + documents.configuration
    if documents.mounted:
        return total + wire.manifest + wire.mounted + (wire.resent or 0)
    if wire.resent is not None:
        return total + wire.manifest + wire.resent
    return total - counts.layers * wire.manifest_layer


def further_platform(delivery: Delivery) -> int:
    """Return by how much a further platform of the same image costs more or less than an image of
    its own.
    """
    return _FURTHER[delivery.provenance != OFF, delivery.by == BUILDX]

"""Facts of images that exist already: in a registry, a layout, an archive or a Docker engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.images.facts import PLATFORM, HistoryStep, ImageFacts, LayerFact, RegistrySettings

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PLATFORM", "HistoryStep", "ImageFacts", "LayerFact", "RegistrySettings", "held_blobs", "read_facts"]


def read_facts(source: str, *, platform: str = PLATFORM, settings: RegistrySettings | None = None) -> ImageFacts:
    """Read the facts of the image that `source` names, in the transport names of containers/image.

    `docker://REF`, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:REF]`, `docker-daemon:REF`.
    Raises DlintError where the source cannot be read, does not hold the platform or is damaged.
    """
    raise NotImplementedError


def held_blobs(repository: str, digests: Iterable[str], *, settings: RegistrySettings | None = None) -> frozenset[str]:
    """Return those of `digests` (blob digests, compressed) that `repository` (`host/name`) holds already.

    A push finds them as `Layer already exists`; what another repository of the same registry holds can be mounted.
    Raises DlintError where the registry gives no answer.
    """
    raise NotImplementedError

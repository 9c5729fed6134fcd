"""Manifests, indexes and configurations, wherever they lie: JSON that others wrote, so nothing in
it is taken on trust.

Formats: OCI image-spec 1.1 and Docker's image manifest version 2, schema 2.
"""

from __future__ import annotations

import hashlib
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from dlint.errors import DlintError
from dlint.images.facts import HistoryStep, ImageFacts, LayerFact
from dlint.images.platforms import Platform, parse_platform, platform_of, rank
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST_TYPES = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)

# containerd's MaxManifestSize (core/remotes/docker), a little above the 4 MB that the
# distribution-spec asks registries to take.
MANIFEST_LIMIT = 4 * 1048 * 1048
# Twice what containers/image reads (MaxConfigBodySize); one of 19 layers and 34 steps measured 6.7
# kB.
CONFIG_LIMIT = 8 << 20
# Bytes of a blob: Go, in which registries are written, holds a size in an int64.
LARGEST_BLOB = (1 << 63) - 1
# Steps of a history: Docker makes 127 layers at most, and a Dockerfile has some tens of
# instructions. They are compared with each instruction.
STEPS_LIMIT = 2000
# Indexes on the way to an image: builders write one, layouts that hold several images two.
NESTING_LIMIT = 4

DIGEST = re.compile(r"(sha256):([0-9a-f]{64})|(sha384):([0-9a-f]{96})|(sha512):([0-9a-f]{128})")


class Descriptor(NamedTuple):
    """What one document says of another: type, digest, size in bytes, and for indexes the platform
    and annotations.
    """

    media_type: str
    digest: str
    size: int
    platform: Mapping[str, Any] | None = None
    annotations: Mapping[str, Any] = MappingProxyType({})

    @property
    def attestation(self) -> bool:
        """Whether this is BuildKit's provenance or SBOM, which stands in an index beside the
        images.
        """
        return "vnd.docker.reference.type" in self.annotations


class Store(Protocol):
    """Where documents are read from. `name` stands in messages."""

    name: str

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index. Its digest and size are checked by the caller. Raises
        DlintError.
        """
        ...

    def blob(self, descriptor: Descriptor) -> bytes:
        """Read a blob no larger than CONFIG_LIMIT. Raises DlintError."""
        ...


def damaged(where: str, what: str) -> DlintError:
    """Return the error for a document that is not what it must be."""
    return DlintError(
        f"{where}: {what}", "The image is damaged or not an image. Push or save it again."
    )


def check_digest(data: bytes, digest: str, where: str) -> None:
    """Raise DlintError unless `data` hashes to `digest`."""
    if not DIGEST.fullmatch(digest):
        raise damaged(where, f"{digest!r} is not a digest that can be verified")
    algorithm, _, expected = digest.partition(":")
    actual = hashlib.new(algorithm, data).hexdigest()
    if actual != expected:
        raise damaged(where, f"{digest} was requested, but the content is {algorithm}:{actual}")


def check_blob(data: bytes, descriptor: Descriptor, where: str) -> bytes:
    """Return `data` if it is what `descriptor` says; raises DlintError."""
    if len(data) != descriptor.size:
        raise damaged(
            where, f"{descriptor.digest} has {len(data)} bytes, {descriptor.size} were announced"
        )
    check_digest(data, descriptor.digest, where)
    return data


def read_object(data: bytes, where: str) -> dict[str, Any]:
    """Decode a JSON object; raises DlintError."""
    try:
        value = json.loads(data)
    except (
        ValueError,
        RecursionError,
    ):  # the decoder recurses: nesting alone can exhaust the stack
        raise damaged(where, "is not valid JSON") from None
    if not isinstance(value, dict):
        raise damaged(where, "is not a JSON object")
    return value


def descriptor_of(value: object, where: str) -> Descriptor:
    """Read a descriptor; raises DlintError."""
    entry = value if isinstance(value, dict) else {}
    match entry:
        case {"digest": str(digest), "size": int(size)} if (
            DIGEST.fullmatch(digest) and 0 <= size <= LARGEST_BLOB
        ):
            platform, annotations = entry.get("platform"), entry.get("annotations")
            return Descriptor(
                str(entry.get("mediaType") or ""),
                digest,
                size,
                platform if isinstance(platform, dict) else None,
                annotations if isinstance(annotations, dict) else {},
            )
    raise damaged(where, "a descriptor has no valid digest and size")


def descriptors(document: Mapping[str, Any], key: str, where: str) -> tuple[Descriptor, ...]:
    """Read a list of descriptors; raises DlintError."""
    values = document.get(key)
    if not isinstance(values, list):
        raise damaged(where, f"has no list of {key}")
    return tuple(descriptor_of(value, where) for value in values)


def choose(entries: Sequence[Descriptor], platform: str, where: str) -> Descriptor:
    """Return the entry of an index that runs on `platform`; raises DlintError, which lists those
    there are.
    """
    images = [entry for entry in entries if not entry.attestation]
    if len(images) == 1 and images[0].platform is None:
        return images[0]
    try:
        wanted = parse_platform(platform)
    except ValueError as error:
        raise DlintError(str(error)) from None
    offered = [(entry, platform_in(entry.platform)) for entry in images if entry.platform]
    ranked = [
        (place, at)
        for at, (_, each) in enumerate(offered)
        if (place := rank(wanted, each)) is not None
    ]
    if not ranked:
        names = ", ".join(sorted({str(each) for _, each in offered})) or "none with a platform"
        raise DlintError(
            f"{where}: holds no image for {wanted}",
            f"Choose one with --platform. Available: {names}.",
        )
    return offered[min(ranked)[1]][0]


def platform_in(value: Mapping[str, Any]) -> Platform:
    """Read the platform of a descriptor."""
    return platform_of(
        *(str(value.get(key) or "").lower() for key in ("os", "architecture", "variant"))
    )


def kind_of(document: Mapping[str, Any], where: str) -> str:
    """Tell `index` from `manifest` by what is in it; raises DlintError for all else.

    A document that is both would be one image to some readers and another to others
    (CVE-2021-41190).
    """
    index, image = "manifests" in document, "layers" in document or "config" in document
    if index and image:
        raise damaged(where, "is both an index and a manifest")
    if index or image:
        return "index" if index else "manifest"
    if document.get("schemaVersion") == 1 or "fsLayers" in document:
        raise DlintError(
            f"{where}: has a manifest of schema 1, which contains no sizes",
            "Push the image again with a current builder.",
        )
    raise damaged(where, "is neither a manifest nor an index")


def read_image(
    source: str, store: Store, root: Descriptor, data: bytes, platform: str
) -> ImageFacts:
    """Follow `root`, whose bytes are `data`, through indexes to the image for `platform`; raises
    DlintError.
    """
    for _ in range(NESTING_LIMIT):
        document = read_object(data, store.name)
        if kind_of(document, store.name) == "manifest":
            return _image(source, store, root, data, document)
        root = choose(descriptors(document, "manifests", store.name), platform, store.name)
        data = check_blob(store.manifest(root), root, store.name)
    raise damaged(store.name, f"nests more than {NESTING_LIMIT} indexes")


def _image(
    source: str, store: Store, root: Descriptor, data: bytes, document: Mapping[str, Any]
) -> ImageFacts:
    where = f"{store.name} ({root.digest})"
    config = descriptor_of(document.get("config"), where)
    if config.size > CONFIG_LIMIT:
        raise damaged(where, f"its configuration has {config.size} bytes, more than {CONFIG_LIMIT}")
    raw = check_blob(store.blob(config), config, where)
    layers = [
        LayerFact(entry.digest, entry.size, "", entry.media_type, foreign=is_foreign(entry))
        for entry in descriptors(document, "layers", where)
    ]
    media_type = document.get("mediaType") or root.media_type
    return facts_of(source, read_object(raw, f"{where}: configuration"), layers, where)._replace(
        digest=root.digest,
        manifest_bytes=len(data),
        config_bytes=len(raw),
        media_type=str(media_type),
    )


def is_foreign(layer: Descriptor) -> bool:
    """Tell whether pushes leave the layer out: Docker's foreign and OCI's non-distributable
    types.
    """
    return ".foreign." in layer.media_type or ".nondistributable." in layer.media_type


def facts_of(
    source: str, document: Mapping[str, Any], layers: Sequence[LayerFact], where: str
) -> ImageFacts:
    """Join a configuration with its layers (whose diff_id is not known yet); raises DlintError."""
    rootfs = document.get("rootfs")
    diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(diff_ids, list) or not all(isinstance(each, str) for each in diff_ids):
        raise DlintError(
            f"{where}: its configuration lists no layers",
            "It is another kind of artifact, not a container image.",
        )
    if len(diff_ids) != len(layers):
        raise damaged(where, f"{len(layers)} layers, but {len(diff_ids)} in the configuration")
    named = [
        layer._replace(diff_id=diff_id) for layer, diff_id in zip(layers, diff_ids, strict=True)
    ]
    told = document.get("history")
    if isinstance(told, list) and len(told) > STEPS_LIMIT:
        raise damaged(where, f"its history has {len(told)} steps, more than {STEPS_LIMIT}")
    steps = tuple(_steps(told))
    config = document.get("config")
    history = joined(steps, named)
    return ImageFacts(
        source=source,
        digest="",
        platform=str(platform_in(document)),
        layers=tuple(step.layer for step in history if step.layer) or tuple(named),
        history=history,
        config=config if isinstance(config, dict) else {},
    )


def _steps(history: object) -> Iterator[HistoryStep]:
    for entry in history if isinstance(history, list) else ():
        if isinstance(entry, dict):
            text, comment = (str(entry.get(key) or "") for key in ("created_by", "comment"))
            yield HistoryStep(text, entry.get("empty_layer") is True, comment)


def joined(steps: Sequence[HistoryStep], layers: Sequence[LayerFact]) -> tuple[HistoryStep, ...]:
    """Give each step that made a layer its own, and the layer the step's text.

    Where their numbers differ, as after some squashes, nothing says which is whose: the steps stay
    without.
    """
    if sum(not step.empty for step in steps) != len(layers):
        return tuple(steps)
    rest = iter(layers)
    return tuple(
        step if step.empty else step._replace(layer=next(rest)._replace(created_by=step.created_by))
        for step in steps
    )

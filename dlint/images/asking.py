"""Asking for facts of images; each source is a module of its own, imported when it is asked."""

from __future__ import annotations

from dlint.errors import DlintError
from dlint.images.facts import PLATFORM, ImageFacts, RegistrySettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlint.images.saved import Blob

DEFAULTS = RegistrySettings()
TRANSPORTS = ("docker://", "oci:", "oci-archive:", "docker-archive:", "docker-daemon:")


def read_facts(
    source: str, *, platform: str = PLATFORM, settings: RegistrySettings = DEFAULTS
) -> ImageFacts:
    """Read the facts of the image that `source` names, in the transport names of containers/image.

    `docker://REF`, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:REF]`,
    `docker-daemon:REF`. Raises DlintError where the source cannot be read, does not hold the
    platform or is damaged.
    """
    transport = next((each for each in TRANSPORTS if source.startswith(each)), "")
    rest = source.removeprefix(transport)
    if not transport or not rest:
        raise DlintError(
            f"{source!r} is not an image source",
            f"Write one of {' '.join(TRANSPORTS)} before its name or path.",
        )
    if transport == "docker://":
        from dlint.images.registry import read_remote

        return read_remote(source, rest, platform, settings)
    if transport == "docker-daemon:":
        from dlint.images.daemon import read_engine

        return read_engine(source, rest, settings)
    from dlint.images.layout import Archive, Folder, read_layout, read_saved, split_path

    path, tag = split_path(rest)
    if transport == "docker-archive:":
        return read_saved(source, Archive(path), tag)
    return read_layout(
        source, Folder(path) if transport == "oci:" else Archive(path), tag, platform
    )


def saved_blobs(source: str) -> Mapping[str, Blob]:
    """Return the blobs of the layers that `docker-daemon:REF` or `docker-archive:FILE[:REF]` holds
    as plain tars, by their DiffIDs, compressed as a push would; nothing for other sources.

    Reads the whole image. Raises DlintError.
    """
    from dlint.images import saved

    if source.startswith("docker-daemon:"):
        return saved.blobs_of_engine(source.removeprefix("docker-daemon:"))
    if source.startswith("docker-archive:"):
        from dlint.images.layout import split_path

        path, _ = split_path(source.removeprefix("docker-archive:"))
        return saved.blobs_of_file(path)
    return {}


def tag_digest(name: str, *, settings: RegistrySettings = DEFAULTS) -> str:
    """Return the digest that the tag of `name` stands for now: that of its index where it has
    several platforms.

    Raises DlintError where the registry gives no answer.
    """
    from dlint.images.registry import tag_remote

    return tag_remote(name, settings)


def held_blobs(
    repository: str, digests: Iterable[str], *, settings: RegistrySettings = DEFAULTS
) -> frozenset[str]:
    """Return those of `digests` (blob digests, as compressed) that `repository` (`[host/]name`)
    holds already.

    A push finds these as `Layer already exists`; what another repository of the same registry holds
    can be mounted. Raises DlintError where the registry gives no answer.
    """
    from dlint.images.registry import held_remote

    return held_remote(repository, digests, settings)

"""The rows of a repository of a registry: one for each tag and platform, by manifests alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.fleet.schema import Row, row_of
from dlint.images import RegistrySettings
from dlint.images.catalogue import held, tags
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Set as AbstractSet

    from dlint.images.catalogue import Held
    from dlint.images.manifest import Descriptor

MOST_TAGS = 20_000  # of one repository


class Tagged(NamedTuple):
    """A tag of a repository, and its rows; none where it has an answer already."""

    label: str
    rows: tuple[Row, ...] = ()


def tagged(place: str, known: AbstractSet[str], insecure: tuple[str, ...]) -> Iterator[Tagged]:
    """Yield the tags of `HOST/NAME`, of which those in `known` (`NAME:TAG@DIGEST`) have an answer.
    Raises DlintError where the registry gives no list of them.
    """
    host, _, name = place.partition("/")
    settings = RegistrySettings(insecure)
    for tag in tags(host, name, settings)[:MOST_TAGS]:
        yield _tagged(host, name, tag, known, settings)


def _tagged(
    host: str, name: str, tag: str, known: AbstractSet[str], settings: RegistrySettings
) -> Tagged:
    image = f"{name}:{tag}"

    def is_known(digest: str) -> bool:
        return f"{image}@{digest}" in known

    try:
        digest, found = held(host, name, tag, settings, is_known)
    except DlintError as error:
        return Tagged(f"{image}@", (row_of({"image": image, "error": error.message}),))
    return Tagged(f"{image}@{digest}", tuple(_row(image, digest, each) for each in found))


def _row(image: str, digest: str, found: Held) -> Row:
    size = sum(layer.size for layer in found.layers)
    return row_of(
        {
            "image": image,
            "digest": digest,
            "platform": found.platform or None,
            "image_bytes": size,
            "image_at_least": False,
            "image_basis": str(Basis.EXACT),
            "layers": [_layer(layer) for layer in found.layers],
        }
    )


def _layer(layer: Descriptor) -> Row:
    return {
        "bytes": layer.size,
        "at_least": False,
        "basis": str(Basis.EXACT),
        "digest": layer.digest,
    }

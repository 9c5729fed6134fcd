"""What a registry holds: its repositories, their tags, and the layers of each by manifests alone.

The catalogue is the `_catalog` of the distribution registry; not every registry shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from dlint.images.manifest import (
    MANIFEST_LIMIT,
    check_digest,
    descriptors,
    kind_of,
    platform_in,
    read_object,
)
from dlint.images.registry import Registry
from dlint.network.deadline import within
from dlint.text.patterns import regex
from dlint.text.safe import split_url
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlint.images.facts import RegistrySettings
    from dlint.images.manifest import Descriptor

PAGE = 1000  # names of one answer, as many as the registry gives without being asked for fewer
MOST_PAGES = 1000
_NEXT = regex(r'<([^<>]{1,4096})>; ?rel="?next"?')


class Held(NamedTuple):
    """An image of a repository for one platform ("" where its manifest names none). `layers` are
    its blobs, as compressed, from the base upwards.
    """

    platform: str
    layers: tuple[Descriptor, ...]


class _Catalogue(Registry):
    """The registry as a whole."""

    @property
    def _scope(self) -> str:
        return "registry:catalog:*"

    def _url(self, path: str) -> str:
        return f"{self._base}/v2/{path}"


def repositories(host: str, settings: RegistrySettings) -> list[str]:
    """Return the names of the repositories that a registry lists. Raises DlintError."""

    def read() -> list[str]:
        with _Catalogue(host, "", settings) as registry:
            return list(_names(registry, "_catalog", "repositories"))

    return within(settings.deadline, host, read)


def tags(host: str, repository: str, settings: RegistrySettings) -> list[str]:
    """Return the tags of a repository. Raises DlintError."""

    def read() -> list[str]:
        with Registry(host, repository, settings) as registry:
            return list(_names(registry, "tags/list", "tags"))

    return within(settings.deadline, host, read)


def held(
    host: str,
    repository: str,
    tag: str,
    settings: RegistrySettings,
    is_known: Callable[[str], bool],
) -> tuple[str, tuple[Held, ...]]:
    """Return the digest of what a tag names, an index or a manifest, and its images: one for each
    platform, none where the digest is known. Attestations are none. Raises DlintError.
    """

    def read() -> tuple[str, tuple[Held, ...]]:
        with Registry(host, repository, settings) as registry:
            root, body = registry.resolve(tag)
            images = () if is_known(root.digest) else tuple(_held(registry, body))
            return root.digest, images

    return within(settings.deadline, host, read)


def _held(registry: Registry, body: bytes) -> Iterator[Held]:
    document = read_object(body, registry.name)
    if kind_of(document, registry.name) != "index":
        yield Held("", descriptors(document, "layers", registry.name))
        return
    for each in descriptors(document, "manifests", registry.name):
        if not each.attestation:
            data = registry.manifest(each)
            check_digest(data, each.digest, registry.name)
            inner = read_object(data, registry.name)
            layers = descriptors(inner, "layers", registry.name)
            yield Held(str(platform_in(each.platform or {})), layers)


def _names(registry: Registry, path: str, key: str) -> Iterator[str]:
    """Yield the names of a list that a registry gives page by page, each once."""
    seen: dict[str, None] = {}
    query = {"n": str(PAGE)}
    for _ in range(MOST_PAGES):
        answer = registry.ask(f"{path}?{urlencode(query)}", MANIFEST_LIMIT)
        given = answer.json().get(key)
        names = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
        fresh = dict.fromkeys(name for name in names if name not in seen)
        yield from fresh
        seen |= fresh
        more = _NEXT.search(answer.headers.get("Link", ""))
        last = parse_qs(split_url(more[1]).query).get("last") if more else None
        if not last or not fresh:
            return
        query["last"] = last[0]

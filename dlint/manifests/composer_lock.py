"""composer.lock (https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.composer import DEFAULTS, needs_of
from dlint.manifests.kinds import DEVELOPMENT, MAIN, Archive, Manifest, Origin, Package
from dlint.manifests.loading import FormatError, load_json, string, table, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORIGINS = {"path": Origin.PATH}


def parse(data: bytes) -> Manifest:
    """Read all packages, by group."""
    lock = load_json(data)
    if "packages" not in lock:
        raise FormatError("it is not a composer.lock")
    parts = {MAIN: "packages", DEVELOPMENT: "packages-dev"}
    packages = [
        _package(each, group)
        for group, part in parts.items()
        for each in tables(lock.get(part))
        if string(each.get("name"))
    ]
    return Manifest(
        "",
        "composer.lock",
        locked=True,
        packages=tuple(packages),
        groups={MAIN: (), DEVELOPMENT: ()},
        defaults=DEFAULTS,
        grouped=True,
    )


def _package(told: Mapping[str, Any], group: str) -> Package:
    name = str(told["name"])
    dist, source = table(told, "dist"), table(told, "source")
    url, checksum = string(dist.get("url")), string(dist.get("shasum"))
    origin = _ORIGINS.get(string(dist.get("type")), Origin.REGISTRY)
    if not dist:
        origin = Origin.GIT if source else Origin.REGISTRY
    return Package(
        name,
        string(told.get("version")).removeprefix("v"),
        origin,
        url or string(source.get("url")),
        archives=(Archive(url=url, hashes=(f"sha1:{checksum}",) if checksum else ()),)
        if url
        else (),
        groups=frozenset({group}),
        key=name,
        needs=needs_of(told, "require"),
    )

"""Pipfile.lock (https://pipenv.pypa.io/en/latest/pipfile.html), version 6 of its format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import MAIN, Archive, Manifest, Origin, Package
from dlint.manifests.loading import FormatError, load_json, string, strings, table
from dlint.manifests.pipfile import group_of
from dlint.manifests.python_needs import origin_of
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = 6


def parse(data: bytes) -> Manifest:
    """Read all packages, one for each group that has it."""
    lock = load_json(data)
    version = table(lock, "_meta").get("pipfile-spec", _KNOWN)
    if version != _KNOWN:
        raise FormatError(f"version {str(version)[:20]} of Pipfile.lock is not known")
    packages = [
        _package(name, table(entry), group_of(group))
        for group in lock
        if group != "_meta"
        for name, entry in table(lock, group).items()
    ]
    return Manifest(
        "",
        "Pipfile.lock",
        version=str(version),
        locked=True,
        packages=tuple(packages),
        groups={group_of(group): () for group in lock if group != "_meta"} or {MAIN: ()},
        grouped=True,
    )


def _package(name: str, told: Mapping[str, Any], group: str) -> Package:
    origin, location = origin_of(told)
    version = string(told.get("version"))
    return Package(
        canonical(name),
        version.removeprefix("===").removeprefix("=="),
        Origin.PATH if origin is Origin.PROJECT else origin,
        location if origin is not Origin.REGISTRY else "",
        wanted=version,
        archives=tuple(Archive(hashes=(each,)) for each in strings(told.get("hashes"))),
        groups=frozenset({group}),
        marker=string(told.get("markers")),
        key=f"{group} {canonical(name)}",
        extras={canonical(extra): () for extra in strings(told.get("extras"))},
    )

"""Cargo.lock of versions 1 to 4 (https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import Archive, Manifest, Need, Origin, Package
from dlint.manifests.loading import FormatError, load_toml, string, strings, table, tables, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = (1, 2, 3, 4)


def parse(data: bytes) -> Manifest:
    """Read all crates; those without a source are the project's own. Cargo fetches all of them,
    whatever they are for.
    """
    lock = load_toml(text_of(data))
    version = lock.get("version", 1)
    if version not in _KNOWN:
        raise FormatError(f"version {str(version)[:20]} of Cargo.lock is not known")
    sums = table(lock, "metadata")  # version 1 lists them apart
    packages = tuple(
        _crate(each, sums) for each in tables(lock.get("package")) if string(each.get("name"))
    )
    return Manifest(
        "",
        "Cargo.lock",
        version=str(version),
        locked=True,
        packages=packages,
        grouped=True,
    )


def _crate(told: Mapping[str, Any], sums: Mapping[str, Any]) -> Package:
    name, version = str(told["name"]), string(told.get("version"))
    source = string(told.get("source"))
    checksum = string(told.get("checksum")) or string(
        sums.get(f"checksum {name} {version} ({source})")
    )
    return Package(
        name,
        version,
        _origin(source),
        source if source.startswith("git+") else "",
        archives=(Archive(f"{name}-{version}.crate", hashes=(f"sha256:{checksum}",)),)
        if checksum
        else (),
        key=f"{name} {version}",
        needs=tuple(map(_need, strings(told.get("dependencies")))),
    )


def _origin(source: str) -> Origin:
    if not source:
        return Origin.PROJECT
    return Origin.GIT if source.startswith("git+") else Origin.REGISTRY


def _need(told: str) -> Need:
    name, _, rest = told.partition(" ")
    version = rest.partition(" ")[0]
    return Need(name, version, key=f"{name} {version}" if version else "")

"""pylock.toml (PEP 751, https://packaging.python.org/en/latest/specifications/pylock-toml/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import MAIN, Manifest, Need, Origin, Package
from dlint.manifests.loading import FormatError, load_toml, string, strings, table, tables, text_of
from dlint.manifests.python_needs import archives_of
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(data: bytes) -> Manifest:
    """Read all packages; which of them extras and groups bring, their markers tell."""
    lock = load_toml(text_of(data))
    version = string(lock.get("lock-version"))
    if version.partition(".")[0] != "1":
        raise FormatError(f"version {version or '?'} of pylock.toml is not known")
    packages = (_package(each) for each in tables(lock.get("packages")) if string(each.get("name")))
    groups = strings(lock.get("dependency-groups"))
    return Manifest(
        "",
        "pylock",
        version=version,
        locked=True,
        packages=tuple(packages),
        groups={MAIN: (), **{canonical(each): () for each in groups}},
        extras={canonical(each): () for each in strings(lock.get("extras"))},
        defaults=frozenset({MAIN, *map(canonical, strings(lock.get("default-groups")))}),
        grouped=True,
    )


def _package(told: Mapping[str, Any]) -> Package:
    name, version = canonical(str(told["name"])), string(told.get("version"))
    origin, location = _origin(told)
    return Package(
        name,
        version,
        origin,
        location,
        archives=archives_of(told),
        marker=string(told.get("marker")),
        key=f"{name} {version}",
        needs=tuple(
            Need(canonical(string(each.get("name")))) for each in tables(told.get("dependencies"))
        ),
    )


def _origin(told: Mapping[str, Any]) -> tuple[Origin, str]:
    for key, kind in (("vcs", Origin.GIT), ("directory", Origin.PATH), ("archive", Origin.URL)):
        if source := table(told, key):
            path = string(source.get("path"))
            if path:
                return (kind if kind is Origin.GIT else Origin.PATH), path
            return kind, string(source.get("url"))
    return Origin.REGISTRY, ""

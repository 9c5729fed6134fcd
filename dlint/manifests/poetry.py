"""poetry.lock of versions 1.0 to 2.1 (https://python-poetry.org/docs/basic-usage/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Manifest, Need, Origin, Package
from dlint.manifests.loading import FormatError, load_toml, string, strings, table, tables, text_of
from dlint.manifests.python_needs import archives_of, poetry_needs
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = ("1.", "2.")
_ORIGINS = {
    "git": Origin.GIT,
    "url": Origin.URL,
    "file": Origin.PATH,
    "directory": Origin.PATH,
}


def parse(data: bytes) -> Manifest:
    """Read all packages. Version 2.1 tells the groups of each, and before 1.5 of poetry each had a
    category; between them nothing tells which are for development.
    """
    lock = load_toml(text_of(data))
    metadata = table(lock, "metadata")
    version = string(metadata.get("lock-version")) or "1.0"
    if not version.startswith(_KNOWN):
        raise FormatError(f"version {version} of poetry.lock is not known")
    files = table(metadata, "files")  # version 1.1 lists the archives apart
    packages = tuple(
        _package(each, files) for each in tables(lock.get("package")) if string(each.get("name"))
    )
    extras = {
        canonical(name): tuple(Need(canonical(each.split("[")[0])) for each in strings(names))
        for name, names in table(lock, "extras").items()
    }
    grouped = all(each.groups for each in packages)
    return Manifest(
        "",
        "poetry.lock",
        version=version,
        locked=True,
        packages=packages,
        extras=extras,
        defaults=frozenset({MAIN}).union(*(each.groups for each in packages)),
        grouped=grouped,
        unknown=() if grouped else ("the lock file does not mark development packages",),
    )


def _package(told: Mapping[str, Any], files: Mapping[str, Any]) -> Package:
    source = table(told, "source")
    name = canonical(str(told["name"]))
    groups = strings(told.get("groups")) or strings(told.get("category"))
    return Package(
        name,
        string(told.get("version")),
        _ORIGINS.get(string(source.get("type")), Origin.REGISTRY),
        string(source.get("url")),
        archives=archives_of(told) or archives_of({"files": files.get(str(told["name"]))}),
        groups=frozenset(DEVELOPMENT if each == "dev" else canonical(each) for each in groups),
        optional=told.get("optional") is True,
        marker=_marker(told),
        key=f"{name} {string(told.get('version'))}",
        needs=poetry_needs(table(told, "dependencies")),
        extras={
            canonical(extra): tuple(Need(canonical(each.split()[0])) for each in lines if each)
            for extra, names in table(told, "extras").items()
            if (lines := [line for line in strings(names) if line.strip()])
        },
    )


def _marker(told: Mapping[str, Any]) -> str:
    """Return a package's marker: one for all groups, or for any of them."""
    markers = told.get("markers")
    if isinstance(markers, dict):
        each = [string(marker) for marker in markers.values()]
        return " or ".join(f"({marker})" for marker in each) if each and all(each) else ""
    return string(markers)

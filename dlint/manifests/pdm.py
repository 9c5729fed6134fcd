"""pdm.lock of versions 4.4 and newer (https://pdm-project.org/latest/usage/lockfile/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import MAIN, Manifest, Origin, Package
from dlint.manifests.loading import FormatError, load_toml, string, strings, table, tables, text_of
from dlint.manifests.python_needs import archives_of, needs_of
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = ("3", "4.")


def parse(data: bytes) -> Manifest:
    """Read all packages; those that stand there again with an extra are left out."""
    lock = load_toml(text_of(data))
    metadata = table(lock, "metadata")
    version = string(metadata.get("lock_version"))
    if version and not version.startswith(_KNOWN):
        raise FormatError(f"version {version} of pdm.lock is not known")
    files = table(metadata, "files")  # before version 4
    packages = tuple(
        _package(each, files)
        for each in tables(lock.get("package"))
        if string(each.get("name")) and not each.get("extras")
    )
    grouped = all(each.groups for each in packages)
    return Manifest(
        "",
        "pdm.lock",
        version=version,
        locked=True,
        packages=packages,
        defaults=frozenset({MAIN}).union(*(each.groups for each in packages)),
        grouped=grouped,
        unknown=() if grouped else ("the lock file does not mark development packages",),
    )


def _package(told: Mapping[str, Any], files: Mapping[str, Any]) -> Package:
    name, version = str(told["name"]), string(told.get("version"))
    origin, location = _origin(told)
    return Package(
        canonical(name),
        version,
        origin,
        location,
        archives=archives_of(told) or archives_of({"files": files.get(f"{name} {version}")}),
        groups=frozenset(
            MAIN if each == "default" else canonical(each) for each in strings(told.get("groups"))
        ),
        marker=string(told.get("marker")),
        key=f"{canonical(name)} {version}",
        needs=needs_of(strings(told.get("dependencies"))),
    )


def _origin(told: Mapping[str, Any]) -> tuple[Origin, str]:
    if git := string(told.get("git")):
        return Origin.GIT, git
    if path := string(told.get("path")):
        return Origin.PATH, path
    url = string(told.get("url"))
    return (Origin.URL, url) if url else (Origin.REGISTRY, "")

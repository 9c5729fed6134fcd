"""pnpm-lock.yaml of versions 5 to 9 (https://github.com/pnpm/spec/tree/master/lockfile)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import (
    DEVELOPMENT,
    MAIN,
    OPTIONAL,
    Archive,
    Manifest,
    Need,
    Origin,
    Package,
    Platform,
)
from dlint.manifests.loading import FormatError, load_yaml, string, table, text_of
from dlint.manifests.node_names import needs_of, origin_of, values
from dlint.text.patterns import regex
from dlint.text.safe import number

if TYPE_CHECKING:
    from collections.abc import Mapping

_OLDEST, _NEWEST = 5, 9
# `/name/1.0.0_peer@2` (5), `/name@1.0.0(peer@2)` (6), `name@1.0.0(peer@2)` (9)
_KEY = regex(r"/?((?:@[^/@]+/)?[^/@]+)[@/]([^(_]+)")
_PARTS = {
    MAIN: ("dependencies",),
    DEVELOPMENT: ("devDependencies",),
    OPTIONAL: ("optionalDependencies",),
}


def parse(data: bytes) -> Manifest:
    """Read all packages, and what all projects of the workspace ask for."""
    lock = load_yaml(text_of(data))
    version = string(table(lock).get("lockfileVersion"))
    major = version.partition(".")[0]
    if not _OLDEST <= (number(major) or 0) <= _NEWEST:
        raise FormatError(f"version {version[:20] or '?'} of pnpm-lock.yaml is not known")
    entries, snapshots = table(lock, "packages"), table(lock, "snapshots")
    packages = tuple(
        _package(
            key,
            table(entries, key.partition("(")[0]) | table(entries, key),
            table(snapshots or entries, key),
        )
        for key in (snapshots or entries)
    )
    keys = frozenset(each.key for each in packages)
    return Manifest(
        "",
        "pnpm-lock",
        version=version,
        locked=True,
        packages=tuple(each._replace(needs=_placed(each.needs, keys)) for each in packages),
        groups=_asked(lock, keys),
        defaults=frozenset(_PARTS),
    )


def _asked(lock: Any, keys: frozenset[str]) -> dict[str, tuple[Need, ...]]:  # noqa: ANN401  YAML
    importers = [table(lock, "importers", path) for path in table(lock, "importers")] or [lock]
    found: dict[str, tuple[Need, ...]] = {}
    for group, parts in _PARTS.items():
        found[group] = tuple(
            need for each in importers for need in _placed(_importer_needs(each, *parts), keys)
        )
    return found


def _importer_needs(importer: Any, part: str) -> tuple[Need, ...]:  # noqa: ANN401  YAML
    """Return what a project asks for: a version, or (since 6) a table with it."""
    return tuple(
        Need(
            name,
            string(told.get("version")) if isinstance(told, dict) else string(told),
            optional=part == "optionalDependencies",
        )
        for name, told in table(importer, part).items()
    )


def _placed(needs: tuple[Need, ...], keys: frozenset[str]) -> tuple[Need, ...]:
    """Return needs with the entries that they mean; folders of the workspace are none."""
    found = ((need, _place(need, keys)) for need in needs)
    return tuple(need._replace(key=key) for need, key in found if key)


def _place(need: Need, keys: frozenset[str]) -> str:
    forms = (
        f"{need.name}@{need.wanted}",
        f"/{need.name}@{need.wanted}",
        f"/{need.name}/{need.wanted}",
        need.wanted,
    )
    return next((form for form in forms if form in keys), "")


def _package(key: str, entry: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Package:
    found = _KEY.match(key)
    name, version = (found[1], found[2]) if found else (key, "")
    name = string(entry.get("name")) or name
    version = string(entry.get("version")) or version
    resolution = table(entry, "resolution")
    tarball = string(resolution.get("tarball"))
    integrity = string(resolution.get("integrity"))
    return Package(
        name,
        version,
        _origin(version, resolution),
        tarball or string(resolution.get("directory")) or string(resolution.get("repo")),
        archives=(Archive(url=tarball, hashes=tuple(integrity.split())),)
        if tarball or integrity
        else (),
        optional="true" in (entry.get("optional"), snapshot.get("optional")),
        platform=Platform(*(values(entry.get(kind)) for kind in Platform._fields)),
        key=key,
        needs=needs_of(snapshot),
    )


def _origin(version: str, resolution: Mapping[str, Any]) -> Origin:
    if "directory" in resolution:
        return Origin.PATH
    if "repo" in resolution:
        return Origin.GIT
    # A registry's archive is told by its hash alone; an address stands for any other.
    return Origin.URL if "tarball" in resolution else origin_of(version)

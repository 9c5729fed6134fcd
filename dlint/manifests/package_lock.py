"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3
(https://docs.npmjs.com/cli/configuring-npm/package-lock-json).
"""

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
from dlint.manifests.loading import FormatError, load_json, string, table
from dlint.manifests.node_names import needs_of, origin_of, unaliased, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KNOWN = (1, 2, 3)
_INSIDE = "node_modules/"
_NEEDS = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")


def parse(data: bytes) -> Manifest:
    """Read all packages, one for each folder that holds one; links to folders are none."""
    lock = load_json(data)
    version = lock.get("lockfileVersion", 1)
    if version not in _KNOWN:
        raise FormatError(f"version {str(version)[:20]} of package-lock.json is not known")
    flat = table(lock, "packages")
    packages = tuple(_flat(flat) if flat else _nested(lock))
    return Manifest(
        "",
        "package-lock",
        version=str(version),
        locked=True,
        packages=packages,
        groups=_asked(flat) if flat else {MAIN: ()},
        defaults=frozenset({MAIN, DEVELOPMENT, OPTIONAL}),
        grouped=True,
    )


def _asked(flat: Mapping[str, Any]) -> dict[str, tuple[Need, ...]]:
    """Return what the projects of the workspace ask for: they stand outside of node_modules."""
    found: dict[str, tuple[Need, ...]] = {MAIN: (), DEVELOPMENT: (), OPTIONAL: ()}
    parts = {MAIN: ("dependencies", "peerDependencies"), DEVELOPMENT: ("devDependencies",)}
    parts[OPTIONAL] = ("optionalDependencies",)
    for path, entry in flat.items():
        if _INSIDE not in path:
            for group, names in parts.items():
                found[group] += _placed(flat, path, needs_of(entry, *names))
    return found


def _flat(flat: Mapping[str, Any]) -> Iterator[Package]:
    for path, told in flat.items():
        entry = table(told)
        if path and not entry.get("link"):
            needs = _placed(flat, path, needs_of(entry, *_NEEDS[:3]))
            yield _package(
                string(entry.get("name")) or path.rpartition(_INSIDE)[2], entry, path
            )._replace(needs=needs)


def _nested(lock: Mapping[str, Any]) -> Iterator[Package]:
    """Read version 1, which nests packages as their folders do."""
    todo = [("", lock)]
    while todo:
        path, held = todo.pop()
        for name, told in table(held, "dependencies").items():
            entry = table(told)
            inner = f"{path}/{_INSIDE}{name}".lstrip("/")
            yield _package(name, entry, inner)
            todo.append((inner, entry))


def _package(name: str, entry: Mapping[str, Any], path: str) -> Package:
    resolved = string(entry.get("resolved"))
    name, version = unaliased(name, string(entry.get("version")))
    integrity = string(entry.get("integrity"))
    origin = origin_of(version, resolved)
    if _INSIDE not in path:
        origin = Origin.PROJECT
    if entry.get("inBundle") or entry.get("bundled"):
        origin = Origin.BUNDLED
    return Package(
        name,
        version,
        origin,
        resolved,
        archives=(Archive(url=resolved, hashes=tuple(integrity.split())),)
        if resolved or integrity
        else (),
        groups=_groups(entry),
        optional=bool(entry.get("optional") or entry.get("devOptional")),
        platform=Platform(*(values(entry.get(kind)) for kind in ("os", "cpu", "libc"))),
        key=path,
    )


def _groups(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return what brings a package; one of `devOptional` is left out only with both."""
    if entry.get("devOptional"):
        return frozenset({DEVELOPMENT, OPTIONAL})
    if entry.get("dev"):
        return frozenset({DEVELOPMENT})
    return frozenset({OPTIONAL if entry.get("optional") else MAIN})


def _placed(flat: Mapping[str, Any], path: str, needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Return needs with the folders in which Node finds them from `path`."""
    found = ((need, _place(flat, path, need.name)) for need in needs)
    return tuple(need._replace(key=place) for need, place in found if place)


def _place(flat: Mapping[str, Any], path: str, name: str) -> str:
    """Return where Node finds a package: in the nearest node_modules at or above a folder. A link
    is followed.
    """
    while True:
        place = f"{path}/{_INSIDE}{name}".lstrip("/")
        if place in flat:
            entry = table(flat, place)
            return string(entry.get("resolved")) if entry.get("link") else place
        if not path:
            return ""
        above, inside, _ = path.rpartition(f"/{_INSIDE}")
        path = above if inside else ""

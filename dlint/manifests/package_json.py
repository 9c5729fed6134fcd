"""package.json (https://docs.npmjs.com/cli/configuring-npm/package-json)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import DEVELOPMENT, MAIN, OPTIONAL, Manifest, Reference, Role
from dlint.manifests.loading import FormatError, load_json, string, strings, table
from dlint.manifests.node_names import is_link, local_path, needs_of, origin_of
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PARTS = {
    MAIN: ("dependencies", "peerDependencies"),
    DEVELOPMENT: ("devDependencies",),
    OPTIONAL: ("optionalDependencies",),
}
_INSTALLED = ("dependencies", "devDependencies", "optionalDependencies")
_WANTED = (*_INSTALLED, "resolutions", "overrides")
_MANAGER = regex(r"(?:bun|npm|pnpm|yarn)@\d+\.\d+\.\d[\w.-]*")
_PATCH = regex(r"patch:[^#]+#(?:optional!)?(?:~/)?(?P<path>[^~#:][^#:]*)")


def parse(data: bytes) -> Manifest:
    """Read what a package asks for, and the folders of its workspace."""
    told = load_json(data)
    return Manifest(
        "",
        "package.json",
        version=string(told.get("version")),
        groups={
            group: tuple(
                each._replace(origin=origin_of(each.wanted)) for each in needs_of(told, *parts)
            )
            for group, parts in _PARTS.items()
        },
        defaults=frozenset(_PARTS),
        reads=tuple(_reads(told)),
    )


def read_commands(data: bytes) -> Mapping[str, str] | None:
    """Return a package's scripts by their names; None where the file cannot be read."""
    try:
        scripts = table(load_json(data), "scripts")
    except FormatError:
        return None
    return {name: text for name, text in scripts.items() if isinstance(text, str)}


def read_manager(data: bytes) -> str | None:
    """Return the manager that a package is installed by, with its exact version (`pnpm@9.4.0`)."""
    try:
        told = string(load_json(data).get("packageManager"))
    except FormatError:
        return None
    found = _MANAGER.match(told or "")
    return found[0] if found else None


class Named(NamedTuple):
    """What else a package names: `paths` of patches and the like, `packages` that it asks for, the
    `schemas` of Prisma, and `links`, the folders of packages that are linked as they are.
    """

    paths: tuple[str, ...] = ()
    packages: frozenset[str] = frozenset()
    schemas: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()


def read_files(data: bytes) -> Named:
    """Return the files that a package's dependencies and their patches name; nothing where it
    cannot be read.
    """
    try:
        told = load_json(data)
    except FormatError:
        return Named()
    wanted = [string(each) for part in _WANTED for each in table(told, part).values()]
    patched = [*map(string, _patched(told)), *filter(None, map(_patch_of, wanted))]
    schema = string(table(told, "prisma").get("schema"))
    names = frozenset(name for part in _INSTALLED for name in table(told, part))
    links = frozenset(local_path(each) for each in wanted if is_link(each))
    return Named(tuple(filter(None, patched)), names, (schema,) if schema else (), links)


def has_programs(data: bytes) -> bool:
    """Tell whether a package names programs, of which installing it makes links; or may."""
    try:
        return bool(load_json(data).keys() & {"bin", "directories"})
    except FormatError:
        return True


def _patched(told: Mapping[str, Any]) -> Iterator[object]:
    """Yield the patches of pnpm and Bun."""
    yield from table(told, "patchedDependencies").values()
    yield from table(told, "pnpm", "patchedDependencies").values()


def _patch_of(wanted: str) -> str:
    """Return the file of Yarn's `patch:` protocol; `~` is the project's folder, and what it brings
    itself is no file.
    """
    found = _PATCH.match(wanted)
    return found["path"] if found else ""


def _workspaces(told: Mapping[str, Any]) -> Iterator[str]:
    globs = told.get("workspaces")
    globs = globs.get("packages") if isinstance(globs, dict) else globs
    yield from strings(globs) if isinstance(globs, list) else ()


def _reads(told: Mapping[str, Any]) -> Iterator[Reference]:
    for glob in _workspaces(told):
        yield Reference(posixpath.join(glob.removeprefix("./"), "package.json"), Role.MEMBER)
    for part in _INSTALLED:
        for wanted in table(told, part).values():
            if path := local_path(string(wanted)):
                yield Reference(path, Role.PROJECT)

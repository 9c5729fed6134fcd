"""composer.json (https://getcomposer.org/doc/04-schema.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Manifest, Need, Reference, Role
from dlint.manifests.loading import FormatError, load_json, string, table, tables, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULTS = frozenset((MAIN, DEVELOPMENT))
# What stands for the platform and its extensions, not for packages.
_PLATFORM = ("ext-", "lib-", "composer-")


def parse(data: bytes) -> Manifest:
    """Read what a project asks for, and folders that it takes packages from."""
    told = load_json(data)
    return Manifest(
        "",
        "composer",
        groups={MAIN: needs_of(told, "require"), DEVELOPMENT: needs_of(told, "require-dev")},
        defaults=DEFAULTS,
        reads=tuple(_reads(told)),
    )


def needs_of(told: Mapping[str, Any], part: str) -> tuple[Need, ...]:
    """Return what a table asks for; PHP itself and its extensions are no packages."""
    return tuple(
        Need(name, string(wanted))
        for name, wanted in table(told, part).items()
        if "/" in name and not name.startswith(_PLATFORM)
    )


def read_extra(data: bytes) -> tuple[str, ...]:
    """Return the words of a project's settings for plugins, of which some name files: patches, and
    manifests that are merged; nothing where it cannot be read.
    """
    try:
        told = load_json(data)
    except FormatError:
        return ()
    return tuple(each for each in within(told.get("extra")) if isinstance(each, str))


def _reads(told: Mapping[str, Any]) -> Iterator[Reference]:
    repositories = told.get("repositories")
    if isinstance(repositories, dict):
        repositories = list(repositories.values())
    for each in tables(repositories):
        if each.get("type") in {"path", "artifact"} and (path := string(each.get("url"))):
            yield Reference(path, Role.MEMBER if "*" in path else Role.PROJECT)

"""Pipfile (https://pipenv.pypa.io/en/latest/pipfile.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Manifest, Reference, Role
from dlint.manifests.loading import load_toml, string, table, text_of
from dlint.manifests.python_needs import poetry_needs
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Tables of a Pipfile that name no packages.
_SETTINGS = frozenset(("requires", "scripts", "pipenv", "source"))
_GROUPS = {"packages": MAIN, "dev-packages": DEVELOPMENT, "default": MAIN, "develop": DEVELOPMENT}


def group_of(name: str) -> str:
    """Return the group that a table of Pipfile or Pipfile.lock stands for."""
    return _GROUPS.get(name) or canonical(name)


def parse(data: bytes) -> Manifest:
    """Read what a project asks for; every further table of packages is a category."""
    found = load_toml(text_of(data))
    groups = {
        group_of(name): poetry_needs(packages)
        for name, packages in found.items()
        if name not in _SETTINGS and isinstance(packages, dict)
    }
    return Manifest("", "Pipfile", groups=groups, reads=tuple(_reads(found)))


def _reads(found: Mapping[str, object]) -> Iterator[Reference]:
    for name in found.keys() - _SETTINGS:
        for each in table(found, name).values():
            path = string(table(each).get("path")) or string(table(each).get("file"))
            if path and "://" not in path:
                yield Reference(path, Role.PROJECT)

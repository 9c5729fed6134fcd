"""Which packages lists and lock files of the build context name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.errors import DlintError
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.context import Entry
    from dlint.model.build import Build
    from dlint.shell import Install

_REQUIREMENT = regex(r"^([A-Za-z0-9][\w.-]*)", re.MULTILINE)
_SEPARATORS = regex(r"[-_.]+")
_RESOLVED = regex(r"^ +(?:resolved|resolution):? ", re.MULTILINE)
# A line of a lock file's array of archives, which nothing here asks for: nine tenths of the text,
# and of its reading.
_ARCHIVE = regex(r"^[ \t]+\{ ?(?:file|url) = .*\n", re.MULTILINE)
_NO_LINUX = regex(r"(?:sys_platform|platform_system) == '(?:win32|darwin|Windows|Darwin)'")


class Listed(NamedTuple):
    """What one file names: Python packages, or how many of Node's; `development` tells how many
    only that needs.
    """

    names: frozenset[str] = frozenset()
    packages: int = 0
    development: int | None = None


def normal(name: str) -> str:
    """Return a Python package's name as indexes write it."""
    return _SEPARATORS.sub("-", name).lower()


def lists(build: Build, installs: Sequence[Install]) -> list[Listed]:
    """Return what each of the context's files says that `installs` read; those that cannot be read
    say nothing.
    """
    return [_listed(build, entry) for entry in _manifests(build, installs)]


def _manifests(build: Build, installs: Sequence[Install]) -> Iterator[Entry]:
    """Yield the files of the context, found by the end of the path that they have in the image."""
    entries = build.context.entries
    for form in dict.fromkeys(
        place.form for each in installs for place in each.manifests if not place.glob
    ):
        parts = form.strip("/").split("/")
        paths = ("/".join(parts[at:]) for at in range(len(parts)))
        found = next((entries[path] for path in paths if path in entries), None)
        if found is not None and found.kind == "file":
            yield found


def _listed(build: Build, entry: Entry) -> Listed:
    """Read a file once, however many commits hold it."""
    kept, key = build.context.made, ("listed", entry.identity)
    if entry.identity and key in kept:
        found: Listed = kept[key]
        return found
    try:
        found = _read(
            entry.path.rpartition("/")[2], build.context.read(entry.path).decode("utf-8", "replace")
        )
    except DlintError:
        found = Listed()
    if entry.identity:
        kept[key] = found
    return found


def _read(name: str, text: str) -> Listed:
    if name.endswith((".txt", ".in")):
        return _python(_REQUIREMENT.findall(text))
    if name in {"poetry.lock", "uv.lock", "pdm.lock"}:
        return _python(_locked(text))
    if name == "Pipfile.lock":
        return _python(_table(_json(text), "default"))
    if name in {"package-lock.json", "npm-shrinkwrap.json"}:
        packages = list(_packages(_json(text)))
        return Listed(
            packages=len(packages), development=sum(each.get("dev") is True for each in packages)
        )
    return Listed(
        packages=len(_RESOLVED.findall(text)) if name in {"yarn.lock", "pnpm-lock.yaml"} else 0
    )


def _python(names: Any) -> Listed:  # noqa: ANN401  any iterable of names
    return Listed(frozenset(map(normal, names)))


def _locked(text: str) -> set[str]:
    """Read poetry's, pdm's and uv's lock files: uv's tells which of its packages the project needs
    itself.
    """
    import tomllib

    try:
        lock = tomllib.loads(_ARCHIVE.sub("", text))
    except tomllib.TOMLDecodeError:
        return set()
    packages = [each for each in lock.get("package", ()) if "name" in each]
    own = [
        each["name"] for each in packages if {"editable", "virtual"} & set(each.get("source", ()))
    ]
    if not own:
        return {each["name"] for each in packages}
    needs = {each["name"]: each.get("dependencies", ()) for each in packages}
    found: set[str] = set()
    todo = own
    while todo:
        for need in needs.get(todo.pop(), ()):
            name = need["name"]
            if name not in found and not all(
                map(_NO_LINUX.search, need.get("marker", "").split(" or "))
            ):
                found.add(name)
                todo.append(name)
    return found


def _packages(lock: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the packages that npm's lock file holds: side by side since version 2 of its format,
    nested before.
    """
    flat = _table(lock, "packages")
    yield from (
        each
        for name, each in flat.items()
        if name and isinstance(each, dict) and not each.get("link")
    )
    todo = [] if flat else [lock]
    while todo:
        found = [
            each for each in _table(todo.pop(), "dependencies").values() if isinstance(each, dict)
        ]
        yield from found
        todo.extend(found)


def _json(text: str) -> Mapping[str, Any]:
    from json import loads

    try:
        found = loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _table(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}

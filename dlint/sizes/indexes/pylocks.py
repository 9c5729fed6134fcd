"""Python's lock files: which packages an install takes from them, of which version, and their sizes
where they tell.

uv.lock and pylock.toml (PEP 751) hold the size of each archive: these need no index at all. The
others name versions.
"""

from __future__ import annotations

import json
import re
import tomllib
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.pylock import Pylock, PylockSelectError, PylockValidationError
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from dlint.errors import DlintError
from dlint.packages import Base, Locked, Missing, read_size
from dlint.sizes.indexes.wheels import best, machine, tags, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from packaging.markers import Environment

SOURCE_ONLY = "has no wheel for this base: what its own build makes is not known"
LOCAL = {"editable", "virtual", "workspace"}
HASHED = re.compile(r"--hash[= ]\S+")
CONTINUED = re.compile(r"\\\r?\n")
COMMENT = re.compile(r"(?:^|\s)#.*")
EXACT = re.compile(r"==\s*([^\s,*]+)")


class Lock(NamedTuple):
    """What a lock file names for an install: packages, and names that are to be resolved; and what
    it cannot tell.
    """

    packages: tuple[Locked, ...] = ()
    specs: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


class Wanted(NamedTuple):
    """For whom a lock file is read: the base, and which extras and groups of the project are
    installed.
    """

    base: Base
    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @property
    def environment(self) -> Environment:
        """The environment of PEP 508's markers; raises DlintError where the base's Python is not
        known.
        """
        major, minor = version_of(self.base)
        told = {
            "implementation_name": "cpython",
            "implementation_version": f"{major}.{minor}.0",
            "os_name": "posix",
            "platform_machine": machine(self.base),
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{major}.{minor}.0",
            "python_version": f"{major}.{minor}",
            "sys_platform": "linux",
        }
        return cast("Environment", told)

    def takes(self, marker: object) -> bool:
        """Tell whether a marker holds for the base; one that cannot be read does."""
        if not isinstance(marker, str) or not marker:
            return True
        try:
            return Marker(marker).evaluate(cast("dict[str, str]", self.environment | {"extra": ""}))
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
            return True


def read_lock(name: str, text: str, wanted: Wanted) -> Lock:
    """Read the lock file or list called `name`; raises DlintError where it is damaged or of no
    known kind.
    """
    reader = next((read for end, read in READERS.items() if name.endswith(end)), None)
    if name.startswith("pylock.") and name.endswith(".toml"):
        reader = _pylock
    if reader is None:
        raise DlintError(f"{name}: is no lock file of Python packages that dlint knows")
    try:
        return reader(text, wanted)
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise DlintError(f"{name}: cannot be read: {str(error)[:200]}") from None


def _uv(text: str, wanted: Wanted) -> Lock:
    """Read uv.lock (version 1): what the project itself needs, with the extras and groups that are
    asked for.
    """
    packages = [each for each in tomllib.loads(text).get("package", ()) if isinstance(each, dict)]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for each in packages:
        by_name.setdefault(each["name"], []).append(each)
    roots = _uv_roots(packages)
    todo = [(each, extra) for each in roots or packages for extra in ("", *wanted.extras)]
    for root, group in product(roots, wanted.groups):
        todo += _all_taken(_of(root, "dev-dependencies", group), by_name, wanted)
    found = _uv_closure(todo, by_name, wanted)
    return Lock(tuple(_uv_package(each, wanted.base) for each in found if not _is_local(each)))


def _is_local(package: Mapping[str, Any]) -> bool:
    return not package.get("source", {}).keys().isdisjoint(LOCAL)


def _uv_roots(packages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the project itself, else all members of its workspace."""
    local = [each for each in packages if _is_local(each)]
    return [each for each in local if "." in each["source"].values()] or local


def _uv_closure(
    todo: list[tuple[dict[str, Any], str]],
    by_name: Mapping[str, list[dict[str, Any]]],
    wanted: Wanted,
) -> list[dict[str, Any]]:
    """Return all that comes with packages and extras, each version once, by name."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    seen: set[tuple[str, str, str]] = set()
    while todo:
        package, extra = todo.pop()
        key = package["name"], package.get("version", "")
        if (*key, extra) not in seen:
            seen.add((*key, extra))
            found[key] = package
            needs = (
                _of(package, "optional-dependencies", extra)
                if extra
                else package.get("dependencies", [])
            )
            todo += _all_taken(needs, by_name, wanted)
    return [found[key] for key in sorted(found)]


def _all_taken(
    needs: Sequence[Mapping[str, Any]], by_name: Mapping[str, list[dict[str, Any]]], wanted: Wanted
) -> list[tuple[dict[str, Any], str]]:
    return [pair for need in needs for pair in _taken(need, by_name, wanted)]


def _of(package: Mapping[str, Any], table: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = package.get(table, {}).get(name, [])
    return found


def _taken(
    need: Mapping[str, Any], by_name: Mapping[str, list[dict[str, Any]]], wanted: Wanted
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the package that a dependency means, once more for each of its extras; nothing on
    another platform.
    """
    if not wanted.takes(need.get("marker")):
        return
    version = need.get("version")
    for package in by_name.get(need["name"], []):
        if version in {None, package.get("version")}:
            yield from ((package, extra) for extra in ("", *need.get("extra", [])))


def _uv_package(package: Mapping[str, Any], base: Base) -> Locked:
    name, version = package["name"], package.get("version", "")
    if "registry" not in package.get("source", {}):
        return Locked(name, version, why="comes from no index")
    wheels = {_last(each): each for each in package.get("wheels", ())}
    chosen = best(wheels, base)
    if chosen is None:
        return Locked(name, version, why=SOURCE_ONLY)
    return Locked(name, version, read_size(wheels[chosen].get("size")), chosen)


def _last(archive: Mapping[str, Any]) -> str:
    name: str = (
        archive.get("filename") or archive.get("url", "").partition("#")[0].rpartition("/")[2]
    )
    return name.replace("%2B", "+").replace("%2b", "+")


def _pylock(text: str, wanted: Wanted) -> Lock:
    """Read pylock.toml (PEP 751), which uv and pip write too."""
    try:
        lock = Pylock.from_dict(tomllib.loads(text))
        chosen = list(
            lock.select(
                environment=wanted.environment,
                tags=tags(wanted.base),
                extras=wanted.extras,
                dependency_groups=wanted.groups or None,
            )
        )
    except (PylockValidationError, PylockSelectError) as error:
        raise ValueError(str(error)) from None
    return Lock(tuple(_pylock_package(package, artifact) for package, artifact in chosen))


def _pylock_package(package: Any, artifact: Any) -> Locked:  # noqa: ANN401  any of five kinds of archives
    version = str(package.version or "")
    filename = (getattr(artifact, "name", None) or getattr(artifact, "url", None) or "").rpartition(
        "/"
    )[2]
    if not filename.endswith(".whl"):
        return Locked(package.name, version, why=SOURCE_ONLY)
    return Locked(package.name, version, read_size(artifact.size), filename)


def _poetry(text: str, wanted: Wanted) -> Lock:
    """Read poetry.lock: from version 2.1 of its format on it tells groups, before only which are
    optional.
    """
    lock = tomllib.loads(text)
    optional = {
        canonicalize_name(name)
        for extra in wanted.extras
        for name in lock.get("extras", {}).get(extra, ())
    }
    return _grouped(lock, {"main", *wanted.groups}, optional, wanted)


def _pdm(text: str, wanted: Wanted) -> Lock:
    """Read pdm.lock (version 4)."""
    return _grouped(tomllib.loads(text), {"default", *wanted.groups, *wanted.extras}, None, wanted)


def _grouped(
    lock: Mapping[str, Any],
    groups: Collection[str],
    optional: Collection[str] | None,
    wanted: Wanted,
) -> Lock:
    packages = [
        each for each in lock.get("package", ()) if not each.get("extras")
    ]  # pdm repeats those with extras
    kept = [
        each
        for each in packages
        if _is_wanted(each, groups, optional) and _holds(each, groups, wanted)
    ]
    blind = not wanted.groups and any("groups" not in each for each in packages)
    why = "the lock file does not tell which packages are for development alone"
    missing = (Missing("", why),) if blind else ()
    return Lock(
        tuple(Locked(each["name"], each["version"], why=_elsewhere(each)) for each in kept),
        missing=missing,
    )


def _is_wanted(
    package: Mapping[str, Any], groups: Collection[str], optional: Collection[str] | None
) -> bool:
    left_out = (
        optional is not None
        and package.get("optional")
        and canonicalize_name(package["name"]) not in optional
    )
    return not left_out and not ("groups" in package and set(groups).isdisjoint(package["groups"]))


def _holds(package: Mapping[str, Any], groups: Collection[str], wanted: Wanted) -> bool:
    told = package.get("markers", package.get("marker"))
    if isinstance(told, dict):  # poetry: one for each group
        return any(wanted.takes(each) for group, each in told.items() if group in groups)
    return wanted.takes(told)


def _elsewhere(package: Mapping[str, Any]) -> str:
    kind = package.get("source", {}).get("type", "legacy")
    other = kind != "legacy" or any(key in package for key in ("git", "path", "url"))
    return "comes from no index" if other else ""


def _pipfile(text: str, wanted: Wanted) -> Lock:
    lock = json.loads(text)
    tables = ["default", *(group if group != "dev" else "develop" for group in wanted.groups)]
    entries = [(name, entry) for table in tables for name, entry in lock.get(table, {}).items()]
    held = [(name, entry) for name, entry in entries if wanted.takes(entry.get("markers"))]
    return Lock(tuple(_pipfile_package(name, entry) for name, entry in held))


def _pipfile_package(name: str, entry: Mapping[str, Any]) -> Locked:
    version = entry.get("version", "").removeprefix("==")
    return Locked(canonicalize_name(name), version, why="" if version else "comes from no index")


def _requirements(text: str, wanted: Wanted) -> Lock:
    """Read a list for pip: one with hashes names everything that it installs, any other what is to
    be resolved.
    """
    lines = [COMMENT.sub("", line).strip() for line in CONTINUED.sub(" ", text).splitlines()]
    lines = [line for line in lines if line]
    locked = bool(lines) and all(HASHED.search(line) for line in lines if not line.startswith("-"))
    packages: list[Locked] = []
    specs: list[str] = []
    missing: list[Missing] = []
    for line in lines:
        match read_requirement(HASHED.sub("", line).strip(), wanted):
            case Requirement() as found if not locked:
                specs.append(str(found))
            case Requirement() as found if exact := EXACT.fullmatch(str(found.specifier)):
                packages.append(Locked(canonicalize_name(found.name), exact[1]))
            case Requirement() as found:
                missing.append(Missing(found.name, "is locked to no version"))
            case Missing() as why:
                missing.append(why)
    return Lock(tuple(packages), tuple(specs), tuple(missing))


def read_requirement(line: str, wanted: Wanted) -> Requirement | Missing | None:
    """Return what a line asks an index for, without its marker; None where it asks for nothing
    here.

    Missing where it names a place of its own, or another file: nothing but names and versions is
    handed to a resolver.
    """
    if line.startswith(
        ("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-f", "--find-links")
    ):
        return Missing(line.rpartition(" ")[2], "is another file or folder")
    if line.startswith("-"):
        return None
    try:
        found = Requirement(line)
    except InvalidRequirement:
        return Missing(line[:100], "is no name of a package")
    if found.url:
        return Missing(found.name, "comes from no index")
    if found.marker and not wanted.takes(str(found.marker)):
        return None
    found.marker = None
    return found


READERS: Mapping[str, Callable[[str, Wanted], Lock]] = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "pdm.lock": _pdm,
    "Pipfile.lock": _pipfile,
    "pylock.toml": _pylock,
    ".txt": _requirements,
    ".in": _requirements,
}


def uv_lock_sizes(text: str, wanted: Wanted) -> Lock:
    """Read uv.lock, which holds the sizes of all archives: no index is asked. Raises DlintError."""
    return read_lock("uv.lock", text, wanted)

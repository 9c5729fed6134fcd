"""Whether npm, Yarn and Bun would take a lock file for the one of what has arrived beside it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from dlint.installs.beside_locks import PEERS, beside as files_beside, dependencies, globs_of
from dlint.installs.fits import Fit
from dlint.installs.pnpm_locks import fit_of_pnpm
from dlint.manifests.loading import FormatError, load_yaml, string, strings, table
from dlint.manifests.yarn import BERRY, parse
from dlint.text.patterns import regex
from dlint.text.safe import json_value, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.installs.beside_locks import Beside
    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.shell.effects import Install

# Ranges that a lock file need not repeat.
_ELSEWHERE = regex(r"(?:workspace|link|file|portal|catalog|patch|git|github|https?|npm)[:+]|.*[/ ]")
_COMMA = regex(r",(?=\s*[}\]])")
_NEWER_YARN = regex(r"yarn@([2-9])|yarn-([2-9])[\d.]*\.cjs")
# The formats of lock files that each Yarn leaves as they are, by its first number.
_FORMATS = {2: ("4",), 3: ("6",), 4: ("8", "9")}


def fit_of_node(
    build: Build, install: Install, lock: str, text: str, here: Sequence[Arrival]
) -> Fit:
    """Tell whether an install that holds to one of Node's lock files would pass, by what has
    arrived (`here`).
    """
    found = files_beside(build, install, lock, here)
    manifest = found.manifest()
    if manifest is None:
        return Fit.UNKNOWN
    if lock.endswith(".json"):
        try:
            return _fit_of_npm(install, manifest, json_value(text), found)
        except (ValueError, AttributeError):
            return Fit.UNKNOWN
    if lock.endswith(".lockb"):
        return Fit.UNPROVED
    is_yarn = lock.endswith("yarn.lock")
    if lacking := list(_lacking(dependencies(manifest), text, is_yarn=is_yarn)):
        is_replaced = any(manifest.get(each) for each in ("resolutions", "overrides", "pnpm"))
        is_odd = is_replaced or any(map(_ELSEWHERE.match, lacking))
        return Fit.UNPROVED if is_odd else Fit.STALE
    return _fit_of_text(text, manifest, found, lock)


def _lacking(wanted: Mapping[str, str], text: str, *, is_yarn: bool) -> Iterator[str]:
    """Yield the ranges of what a lock file does not name."""
    for name, range_ in wanted.items():
        if not (_is_in_yarn_lock(text, name, range_) if is_yarn else name in text):
            yield range_


def _is_in_yarn_lock(text: str, name: str, range_: str) -> bool:
    entry = rf"{re.escape(name)}@(?:npm:)?{re.escape(range_)}(?=[\s\",:]|$)"
    return re.search(entry, text) is not None


def _fit_of_text(text: str, manifest: Mapping[str, Any], beside: Beside, lock: str) -> Fit:
    match posixpath.basename(lock):
        case "yarn.lock" if BERRY.search(text):
            return _fit_of_berry(text, manifest, beside)
        case "yarn.lock":
            return _fit_of_yarn(text, manifest, beside)
        case "bun.lock":
            return _fit_of_bun(text, manifest, beside)
    return fit_of_pnpm(text, beside)


def _fit_of_npm(
    install: Install, manifest: Mapping[str, Any], lock: Mapping[str, Any], beside: Beside
) -> Fit:
    packages = lock.get("packages")
    if packages is None:
        return _fit_of_old_npm(manifest, lock)
    if not _asks_for(manifest, packages.get("", {})) or _lacks_one(packages):
        return Fit.STALE
    members = {path for path in packages if path and "node_modules/" not in path}
    told = ((beside.manifest(path), packages[path]) for path in members)
    is_same = all(_asks_for(asked, entry) for asked, entry in told if asked is not None)
    if not is_same or _lacks_peer(install, packages, beside):
        return Fit.REFUSED
    is_more = beside.has_more(globs_of(manifest), members)
    return Fit.UNPROVED if manifest.get("overrides") or is_more else Fit.GOOD


def _fit_of_old_npm(manifest: Mapping[str, Any], lock: Mapping[str, Any]) -> Fit:
    """Judge a lock file of npm 6 and older, which has no ranges of the project."""
    names, wanted = lock.get("dependencies"), dependencies(manifest)
    return Fit.STALE if names is not None and not wanted.keys() <= names.keys() else Fit.UNKNOWN


def _asks_for(manifest: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Tell whether a package asks for what its entry in npm's lock file says."""
    is_same = dependencies(manifest) == dependencies(entry)
    return is_same and dependencies(manifest, PEERS) == dependencies(entry, PEERS)


def _lacks_peer(install: Install, packages: Mapping[str, Any], beside: Beside) -> bool:
    """Tell whether a peer of a package, which npm 7 and newer installs, has no entry."""
    flag = "legacy-peer-deps"
    if f"--{flag}" in install.command.forms or beside.npmrc(flag) == "true":
        return False
    return any(
        not table(package, "peerDependenciesMeta", name).get("optional")
        and _finds_none(packages, path, name)
        for path, package in packages.items()
        if path and not package.get("inBundle") and not package.get("extraneous")
        for name in table(package, PEERS)
    )


def _lacks_one(packages: Mapping[str, Any]) -> bool:
    """Tell whether a package of npm's lock file needs another that has no entry, not even as one
    for other machines: new ones take such a file for stale.
    """
    return any(
        _finds_none(packages, path, name)
        for path, package in packages.items()
        if path and not path.startswith("..") and not package.get("extraneous")
        for kind in ("dependencies", "optionalDependencies")
        for name in package.get(kind, {}).keys() - _bundled(package)
    )


def _bundled(package: Mapping[str, Any]) -> set[str]:
    told = package.get("bundleDependencies")
    return set(table(package, "dependencies")) if told is True else set(strings(told))


def _finds_none(packages: Mapping[str, Any], path: str, name: str) -> bool:
    """Tell whether a package finds no other by its name, in its own folder or one above it."""
    folder = path
    while folder:
        if f"{folder}/node_modules/{name}" in packages:
            return False
        folder = folder.rpartition("/")[0]
    return f"node_modules/{name}" not in packages


def _fit_of_yarn(text: str, manifest: Mapping[str, Any], beside: Beside) -> Fit:
    """Tell whether Yarn 1 would take a lock file: it looks for what the project and its packages
    ask for, and at no workspace.
    """
    if _newer_yarn(manifest, beside):
        return Fit.REFUSED
    try:
        packages = parse(text.encode()).packages
    except FormatError:
        return Fit.UNPROVED
    replaced = {each.rpartition("/")[2] for each in table(manifest, "resolutions")}
    is_whole = all(
        need.key or need.name in replaced for package in packages for need in package.needs
    )
    return Fit.GOOD if is_whole else Fit.UNPROVED


def _fit_of_berry(text: str, manifest: Mapping[str, Any], beside: Beside) -> Fit:
    """Tell whether Yarn 2 or newer would leave a lock file as it is: its format, what each project
    asks for, and what replaces or extends that.
    """
    try:
        lock = table(load_yaml(text))
    except FormatError:
        return Fit.UNPROVED
    version = string(table(lock, "__metadata").get("version"))
    if version not in _FORMATS.get(_newer_yarn(manifest, beside), ()):
        return Fit.UNPROVED
    settings = beside.settings(".yarnrc.yml")
    folder = posixpath.dirname(beside.files.get(posixpath.join(beside.root, "yarn.lock"), ""))
    is_left = posixpath.join(folder, ".yarnrc.yml") in beside.build.context.entries and not settings
    if is_left or settings.keys() & {"packageExtensions", "plugins", "compressionLevel", "catalog"}:
        return Fit.UNPROVED
    if manifest.get("resolutions") or "patch:" in str(dependencies(manifest)):
        return Fit.UNPROVED
    entries = (table(entry) for entry in lock.values())
    places = {string(each.get("resolution")).partition("@workspace:")[2]: each for each in entries}
    places.pop("", None)
    same = (_is_in_berry(beside.manifest(path.removeprefix(".")), places[path]) for path in places)
    if beside.has_more(globs_of(manifest), places) or not all(same):
        return Fit.REFUSED
    return Fit.GOOD if places else Fit.UNPROVED


def _is_in_berry(manifest: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> bool:
    wanted, locked = dependencies(manifest or {}), dependencies(entry, "dependencies")
    return _without_protocol(wanted) == _without_protocol(locked)


def _without_protocol(ranges: Mapping[str, str]) -> dict[str, str]:
    return {name: range_.removeprefix("npm:") for name, range_ in ranges.items()}


def _newer_yarn(manifest: Mapping[str, Any], beside: Beside) -> int:
    """Return the first number of the Yarn that a project names, or brings along, if it is not Yarn
    1.
    """
    told = string(manifest.get("packageManager"))
    path = string(beside.settings(".yarnrc.yml").get("yarnPath"))
    if posixpath.normpath(posixpath.join(beside.root, path)) in beside.files:
        told = path
    found = _NEWER_YARN.search(told)
    return number(found[1] or found[2]) or 0 if found else 0


def _fit_of_bun(text: str, manifest: Mapping[str, Any], beside: Beside) -> Fit:
    """Tell whether Bun would leave a lock file as it is, by what it says of each project."""
    try:
        lock = table(json_value(_COMMA.sub("", text)))
    except ValueError:
        return Fit.UNPROVED
    projects = table(lock, "workspaces")
    if not projects:
        return Fit.UNPROVED
    told = ((beside.manifest(path), table(entry)) for path, entry in projects.items())
    if not all(_asks_for(asked or {}, entry) for asked, entry in told):
        return Fit.REFUSED
    is_more = beside.has_more(globs_of(manifest), projects)
    kept = ("overrides", "patchedDependencies", "catalog", "catalogs")
    replaced = any(lock.get(each) or manifest.get(each) for each in (*kept, "resolutions"))
    return Fit.UNPROVED if is_more or replaced else Fit.GOOD

"""Node's lock files: which packages an install takes from them, of which version. None of them
tells a size.
"""

from __future__ import annotations

import json
import re
from itertools import chain, product
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.errors import DlintError
from dlint.packages import Base, Locked, Missing
from dlint.sizes.indexes.pylocks import Lock
from dlint.sizes.indexes.yamls import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PROCESSORS = {
    "amd64": "x64",
    "arm64": "arm64",
    "386": "ia32",
    "arm": "arm",
    "ppc64le": "ppc64",
    "s390x": "s390x",
}
ELSEWHERE = "comes from no registry"
# A version behind an alias (`npm:name@1.0.0`), and what is no registry's at all.
ALIAS = re.compile(r"npm:((?:@[^/@]+/)?[^/@]+)@(.+)")
FOREIGN = re.compile(r"^(?:file|link|workspace|git|github|git\+\w+|https?|portal|patch|exec):")
YARN_VERSION = re.compile(r'^ {2}version:? "?([^"\s]+)"?$', re.MULTILINE)
YARN_RESOLVED = re.compile(r'^ {2}resolved "([^"]+)"$', re.MULTILINE)
YARN_NEED = re.compile(r'^ {4}"?([^"\s:]+)"?:? "?([^"\n]+?)"?$', re.MULTILINE)
YARN_TABLE = re.compile(r"^ {2}(dependencies|optionalDependencies):\n((?: {4}.*\n)*)", re.MULTILINE)
PNPM_KEY = re.compile(r"/?((?:@[^/@]+/)?[^/@]+)[@/]([^(_]+)")
NPM_NEEDS = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
MANY = 100_000  # packages; a lock file of more is none


class NodeWanted(NamedTuple):
    """For whom a lock file is read: the base, without packages for development or with them.

    `manifest` is the text of package.json beside the lock file: yarn's tells by it alone what is
    for development.
    """

    base: Base
    production: bool = False
    manifest: str = ""

    def takes(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether npm installs a package of these `os`, `cpu` and `libc` on the base."""
        processor = PROCESSORS.get(self.base.architecture.partition("/")[0], self.base.architecture)
        own = {"os": "linux", "cpu": processor, "libc": self.base.libc}
        return all(_allows(entry.get(kind), value) for kind, value in own.items())


class Package(NamedTuple):
    """One entry of a lock file: what it needs are keys of other entries."""

    locked: Locked
    needs: tuple[str, ...] = ()
    fits: bool = True


def read_node_lock(name: str, text: str, wanted: NodeWanted) -> Lock:
    """Read the lock file called `name`; raises DlintError where it is damaged or of no known kind.

    What npm puts into several folders is there as often; yarn and pnpm are thought to keep one copy
    of each.
    """
    reader = READERS.get(name)
    if reader is None:
        raise DlintError(f"{name}: is no lock file of Node packages that dlint knows")
    try:
        found = list(reader(text, wanted))
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise DlintError(f"{name}: cannot be read: {str(error)[:200]}") from None
    if len(found) > MANY:
        raise DlintError(f"{name}: names more than {MANY} packages")
    blind = name == "yarn.lock" and wanted.production and not wanted.manifest
    missing = (
        (Missing("", "yarn.lock does not tell which packages are for development alone"),)
        if blind
        else ()
    )
    return Lock(tuple(found), missing=missing)


def _allows(told: object, value: str) -> bool:
    """Tell what a list of platforms says of one: those named, or all but those behind a `!`."""
    names = [told] if isinstance(told, str) else told
    if not isinstance(names, list) or not names:
        return True
    return f"!{value}" not in names and (
        value in names or all(str(each).startswith("!") for each in names)
    )


def _npm(text: str, wanted: NodeWanted) -> Iterator[Locked]:
    """Read package-lock.json or npm-shrinkwrap.json: packages side by side since version 2, nested
    in version 1.
    """
    lock = json.loads(text)
    flat = lock.get("packages")
    yield from _flat(flat, wanted) if flat else _nested(lock, wanted)


def _flat(packages: Mapping[str, Any], wanted: NodeWanted) -> Iterator[Locked]:
    needed = _needed(packages, wanted)
    for path, entry in packages.items():
        name = entry.get("name") or path.rpartition("node_modules/")[2]
        own = "node_modules/" not in path or entry.get("link") or entry.get("inBundle")
        idle = entry.get("optional") and path not in needed
        if not own and not idle and not _left_out(entry, wanted) and wanted.takes(entry):
            yield _locked(name, entry.get("version", ""), entry.get("resolved") or "")


def _needed(packages: Mapping[str, Any], wanted: NodeWanted) -> set[str]:
    """Return where packages are that anything asks for that is installed: others came along for
    other platforms.
    """
    found: set[str] = set()
    todo = [path for path in packages if "node_modules/" not in path]
    while todo:
        path = todo.pop()
        if path not in found and wanted.takes(packages[path]):
            found.add(path)
            names = (name for table in NPM_NEEDS for name in packages[path].get(table) or {})
            todo += filter(None, (_place(packages, path, name) for name in names))
    return found


def _place(packages: Mapping[str, Any], path: str, name: str) -> str | None:
    """Return where Node finds the package `name` from the folder `path`: in it or in the nearest
    above.
    """
    while True:
        place = f"{path}/node_modules/{name}" if path else f"node_modules/{name}"
        if place in packages:
            return place
        if not path:
            return None
        path = path.rpartition("/node_modules/")[0] if "/node_modules/" in path else ""


def _nested(lock: Mapping[str, Any], wanted: NodeWanted) -> Iterator[Locked]:
    for name, entry in lock.get("dependencies", {}).items():
        if not entry.get("bundled") and not _left_out(entry, wanted):
            yield _locked(
                name,
                entry.get("version", ""),
                entry.get("resolved") or "",
                conditional=bool(entry.get("optional")),
            )
            yield from _nested(entry, wanted)


def _left_out(entry: Mapping[str, Any], wanted: NodeWanted) -> bool:
    return wanted.production and entry.get("dev") is True


def _locked(name: str, version: str, resolved: str, *, conditional: bool = False) -> Locked:
    if alias := ALIAS.fullmatch(version):
        name, version = alias.groups()
    foreign = FOREIGN.match(version) or resolved.startswith(("git", "file:"))
    return Locked(name, version, why=ELSEWHERE if foreign else "", conditional=conditional)


def _yarn(text: str, wanted: NodeWanted) -> Iterator[Locked]:
    """Read yarn.lock, of Yarn 1 and of Yarn 2 and newer (whose file is YAML of one form)."""
    packages: dict[str, Package] = {}
    optional: set[str] = set()
    for block in re.split(r"\n(?=\S)", text):
        head, _, body = block.partition("\n")
        if head.startswith("#") or not head.endswith(":") or head == "__metadata:":
            continue
        needs = {
            table: [_yarn_key(*need) for need in YARN_NEED.findall(rows)]
            for table, rows in _yarn_tables(body)
        }
        optional.update(needs.get("optionalDependencies", ()))
        package = _yarn_package(head, body, tuple(chain.from_iterable(needs.values())), wanted)
        for key in head.rstrip(":").replace('"', "").split(", "):
            packages[_yarn_key(*_parted(key))] = package
    for key in optional & packages.keys():
        locked = packages[key].locked
        packages[key] = packages[key]._replace(
            locked=locked._replace(conditional="\n__metadata:" not in text)
        )
    roots = (
        _yarn_roots(wanted) or [key for key in packages if "@workspace:" in key] or list(packages)
    )
    yield from dict.fromkeys(_walk(packages, roots))


def _yarn_tables(body: str) -> list[tuple[str, str]]:
    return YARN_TABLE.findall(body + "\n")


def _yarn_package(head: str, body: str, needs: tuple[str, ...], wanted: NodeWanted) -> Package:
    name, wish = _parted(head.rstrip(":").replace('"', "").partition(", ")[0])
    version, resolved = (each.search(body + "\n") for each in (YARN_VERSION, YARN_RESOLVED))
    told = dict(re.findall(r"\b(os|cpu|libc)=(\w+)", _yarn_conditions(body)))
    # A patch is of a package that stands in the file as well.
    own = wish.startswith(("workspace:", "patch:")) or version is None
    name, wish = (
        (alias[1], "") if (alias := ALIAS.fullmatch(wish)) else (name, wish.removeprefix("npm:"))
    )
    foreign = FOREIGN.match(wish) or (resolved and resolved[1].startswith("git"))
    locked = Locked(
        "" if own else name, version[1] if version else "", why=ELSEWHERE if foreign else ""
    )
    return Package(locked, needs, wanted.takes(told))


def _yarn_conditions(body: str) -> str:
    found = re.search(r"^ {2}conditions: (.*)$", body, re.MULTILINE)
    return found[1] if found else ""


def _parted(key: str) -> tuple[str, str]:
    """Part `@scope/name@range`."""
    name, _, wish = key[1:].partition("@")
    return key[:1] + name, wish


def _yarn_key(name: str, wish: str) -> str:
    return f"{name}@{wish.removeprefix('npm:')}"


def _yarn_roots(wanted: NodeWanted) -> list[str] | None:
    """Return what package.json asks for; None where all of the lock file is installed, or nothing
    tells.
    """
    if not wanted.manifest or not wanted.production:
        return None
    manifest = json.loads(wanted.manifest)
    tables = (manifest.get(name, {}) for name in ("dependencies", "optionalDependencies"))
    return [_yarn_key(name, wish) for table in tables for name, wish in table.items()]


def _pnpm(text: str, wanted: NodeWanted) -> Iterator[Locked]:
    """Read pnpm-lock.yaml: from version 9 on what asks for what tells who is left out, before flags
    do.
    """
    lock = read_yaml(text)
    entries = lock.get("packages") or {}
    if (snapshots := lock.get("snapshots")) is None:
        kept = (
            key
            for key, each in entries.items()
            if not _left_out(each, wanted) and wanted.takes(each)
        )
        yield from dict.fromkeys(_pnpm_locked(key, entries[key]) for key in kept)
        return
    packages = {}
    for key, each in snapshots.items():
        entry = entries.get(key.partition("(")[0], {})
        needs = (_pnpm_key(name, wish) for name, wish in _pnpm_needs(each))
        packages[key] = Package(_pnpm_locked(key, entry), tuple(needs), wanted.takes(entry))
    yield from dict.fromkeys(_walk(packages, _pnpm_roots(lock, wanted)))


def _pnpm_roots(lock: Mapping[str, Any], wanted: NodeWanted) -> Iterator[str]:
    """Yield what the projects of the workspace ask for."""
    tables = (
        "dependencies",
        "optionalDependencies",
        *([] if wanted.production else ["devDependencies"]),
    )
    for importer, table in product((lock.get("importers") or {}).values(), tables):
        for name, each in importer.get(table, {}).items():
            yield _pnpm_key(name, each["version"])


def _pnpm_needs(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for table in ("dependencies", "optionalDependencies"):
        yield from entry.get(table, {}).items()


def _pnpm_key(name: str, version: str) -> str:
    return version if re.match(r"@?[^(@]+@", version) else f"{name}@{version}"


def _pnpm_locked(key: str, entry: Mapping[str, Any]) -> Locked:
    found = PNPM_KEY.match(key)
    resolution = entry.get("resolution", {})
    foreign = (
        found is None
        or "tarball" in resolution
        or "directory" in resolution
        or "repo" in resolution
    )
    name, version = found.groups() if found else (key, "")
    return Locked(name, version, why=ELSEWHERE if foreign or FOREIGN.match(version) else "")


def _walk(packages: Mapping[str, Package], roots: Iterable[str]) -> Iterator[Locked]:
    """Yield what comes with `roots`, each entry once."""
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        key = todo.pop()
        package = packages.get(key)
        if key in seen or package is None or not package.fits:
            continue
        seen.add(key)
        todo += package.needs
        if package.locked.name:
            yield package.locked


READERS: Mapping[str, Callable[[str, NodeWanted], Iterator[Locked]]] = {
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
}

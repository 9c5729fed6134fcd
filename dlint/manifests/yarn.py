"""yarn.lock of Yarn 1 (https://classic.yarnpkg.com/lang/en/docs/yarn-lock/), and of Yarn 2 and
newer, which is YAML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import (
    MAIN,
    Archive,
    Manifest,
    Need,
    Origin,
    Package,
    Platform,
)
from dlint.manifests.loading import FormatError, load_yaml, string, table, text_of
from dlint.manifests.node_names import BOUND, needs_of, origin_of, parted, unaliased
from dlint.text.patterns import regex
from dlint.text.safe import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BERRY = regex(r"^__metadata:", re.MULTILINE)  # in files of Yarn 2 and newer
SETTINGS = ".yarnrc.yml"
TELLING = ("package.json", "yarn.lock", SETTINGS)  # which Yarn a project is for
_NEWER = regex(rb'"packageManager"\s{0,9}:\s{0,9}"yarn@(?:[2-9]|\d\d)')  # as Corepack is told
_OLDEST, _NEWEST = 4, 9  # versions that Yarn 2.0 to 4 write
_CLASSIC = regex(r'^( *)("(?:[^"\\]|\\.)*"|[^\s":]+)(?:(:)|\s+(.*))?$')
_CONDITION = regex(r"\b(os|cpu|libc)=([\w-]+)")
_UNTOLD = "yarn.lock does not mark development packages: package.json does"


def tells_newer(name: str, data: bytes) -> bool:
    """Tell whether a project's file of a name says that it is for Yarn 2 or newer: no older one has
    such settings.
    """
    match name:
        case "package.json":
            return _NEWER.search(data) is not None
        case "yarn.lock":
            return BERRY.search(data.decode("utf-8", "replace")) is not None
    return name == SETTINGS


def parse(data: bytes) -> Manifest:
    """Read all packages. What a project asks for stands in its package.json; Yarn 2 and newer tell
    it too, but not for whom.
    """
    text = text_of(data)
    return _berry(text) if BERRY.search(text) else _classic(text)


def _berry(text: str) -> Manifest:
    lock = load_yaml(text)
    version = string(table(lock, "__metadata").get("version"))
    if not _OLDEST <= (number(version) or 0) <= _NEWEST:
        raise FormatError(f"version {version[:20] or '?'} of yarn.lock is not known")
    entries = {name: table(lock, name) for name in table(lock) if name != "__metadata"}
    return _manifest(entries, version)


def _classic(text: str) -> Manifest:
    return _manifest(dict(_classic_entries(text)), "1")


def _classic_entries(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield entries: a line of descriptors, below it fields, and tables of them."""
    entry: dict[str, Any] | None = None
    inner: dict[str, Any] | None = None
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            if not line.endswith(":"):
                raise FormatError(f"line {at} is not valid in yarn.lock")
            entry = inner = {}
            yield line[:-1], entry
            continue
        found = _CLASSIC.match(line)
        if found is None or entry is None:
            raise FormatError(f"line {at} is not valid in yarn.lock")
        name = found[2].strip('"')
        if found[3]:
            inner = entry[name] = {}
        else:
            held = entry if len(found[1]) == 2 or inner is None else inner  # noqa: PLR2004  an entry's own indent
            held[name] = (found[4] or "").strip().strip('"')


def _manifest(entries: Mapping[str, Mapping[str, Any]], version: str) -> Manifest:
    packages: list[Package] = []
    keys: dict[str, str] = {}
    for descriptors, entry in entries.items():
        names = [each.strip().strip('"') for each in descriptors.split(", ")]
        packages.append(_package(names, entry))
        keys.update((_normal(*parted(each)), names[0]) for each in names)
    projects = [each for each in packages if each.origin is Origin.PROJECT]
    placed = [each._replace(needs=_placed(each.needs, keys)) for each in packages]
    asked = tuple(need for each in projects for need in _placed(each.needs, keys))
    return Manifest(
        "",
        "yarn.lock",
        version=version,
        locked=True,
        packages=tuple(placed),
        groups={MAIN: asked} if projects else {},
        entries=keys,
        unknown=(_UNTOLD,),
    )


def _package(descriptors: list[str], entry: Mapping[str, Any]) -> Package:
    name, wanted = parted(descriptors[0])
    resolved = string(entry.get("resolved"))
    resolution = string(entry.get("resolution"))
    version = string(entry.get("version"))
    real, behind = unaliased(name, wanted)
    origin = origin_of(behind, resolved)
    if "@workspace:" in resolution:
        origin = Origin.PROJECT
    elif "@patch:" in resolution:
        origin = Origin.BUNDLED  # what it patches stands in the file as well
    checksum = string(entry.get("integrity")) or string(entry.get("checksum"))
    told = _CONDITION.findall(string(entry.get("conditions")))
    platform = (tuple(value for key, value in told if key == kind) for kind in Platform._fields)
    hashes = tuple(checksum.split())
    return Package(
        real,
        version,
        origin,
        resolved or resolution,
        archives=(Archive(url=resolved, hashes=hashes),) if resolved or hashes else (),
        platform=Platform(*platform),
        key=descriptors[0],
        needs=needs_of(entry),
    )


def _placed(needs: tuple[Need, ...], keys: Mapping[str, str]) -> tuple[Need, ...]:
    return tuple(need._replace(key=place_of(need, keys)) for need in needs)


def place_of(need: Need, keys: Mapping[str, str]) -> str:
    """Return the entry that a need means; empty where there is none."""
    return keys.get(_normal(need.name, need.wanted), "")


def _normal(name: str, wanted: str) -> str:
    """Return a descriptor without what Yarn 2 and newer add to it."""
    return f"{name}@{BOUND.sub('', wanted.removeprefix('npm:'))}"

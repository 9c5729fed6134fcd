"""What every manifest and lock file comes down to, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from dlint.text.values import NamedTuple

# Returns a file's bytes for its path, '/'-separated; None where it is not there or not readable.
Read = Callable[[str], bytes | None]

# Groups that every ecosystem has under one name or another.
MAIN, DEVELOPMENT, OPTIONAL = "main", "dev", "optional"

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Origin(StrEnum):
    """Where a package comes from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"  # an archive at an address
    INDEX = "another index"  # than the installer's default one
    PATH = "path"  # a file or folder beside the manifest
    PROJECT = "project"  # the project itself, or a member of its workspace
    BUNDLED = "bundled"  # within another package's archive


class Role(StrEnum):
    """What a file is to the manifest that names it."""

    LIST = "list"  # names more to install (`-r`)
    CONSTRAINT = "constraint"  # limits versions, installs nothing (`-c`)
    PROJECT = "project"  # a file or folder that is installed
    MEMBER = "member"  # a pattern for manifests of a workspace
    FOLDER = "folder"  # a file or folder that is looked into (`--find-links`)
    FILE = "file"  # a file that is read


class Reference(NamedTuple):
    """A file, folder or pattern that a manifest names, as written.

    It is relative to the manifest's folder, or (`from_workdir`) to where the command runs.
    """

    path: str
    role: Role
    from_workdir: bool = False


class Platform(NamedTuple):
    """The systems, processors and C libraries that a Node package is for, as npm writes them; empty
    where it is for all.
    """

    os: tuple[str, ...] = ()
    cpu: tuple[str, ...] = ()
    libc: tuple[str, ...] = ()


class Target(NamedTuple):
    """What is installed onto: Linux of an architecture as Docker writes it; `python` as "3.11",
    empty where it is not known; `libc` `glibc` or `musl`, empty where it is not known.
    """

    architecture: str = "amd64"
    python: str = ""
    libc: str = ""


class Archive(NamedTuple):
    """A package's archive as a lock file names it: bytes as downloaded, hashes as written."""

    filename: str = ""
    url: str = ""
    size: int | None = None
    hashes: tuple[str, ...] = ()


class Need(NamedTuple):
    """What a project or package asks for.

    `name` is another package's, `key` the lock file's own entry where it tells; `wanted` a range of
    versions as written; `origin` where it is to come from.
    """

    name: str
    wanted: str = ""
    key: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    optional: bool = False
    origin: Origin = Origin.REGISTRY


class Package(NamedTuple):
    """One package.

    `version` is empty where no single one is told. `groups` are those that bring it, empty where
    the file does not tell. `needs` what it brings, `extras` what each of its extras brings besides.
    `key` is the file's own name for it, unique in the file.
    """

    name: str
    version: str = ""
    origin: Origin = Origin.REGISTRY
    location: str = ""
    wanted: str = ""
    archives: tuple[Archive, ...] = ()
    groups: frozenset[str] = frozenset()
    optional: bool = False
    marker: str = ""
    platform: Platform = Platform()
    key: str = ""
    needs: tuple[Need, ...] = ()
    extras: Mapping[str, tuple[Need, ...]] = NOTHING


class Asked(NamedTuple):
    """What one project asks for, by group and by extra."""

    groups: Mapping[str, tuple[Need, ...]] = NOTHING
    extras: Mapping[str, tuple[Need, ...]] = NOTHING


class Manifest(NamedTuple):
    """What one file says.

    `problem` says why it cannot be read; all else is empty then. `locked`: each package has its one
    version. `packages` are those that it names, `groups` and `extras` what its project asks for by
    group and by extra. `defaults` are the groups that come without being asked for, `on_demand`
    those that never do, whatever tool installs. `grouped`: the
    packages' own `groups` tell which an install takes. `entries` leads from a project's own words
    (`name@range`) to packages' keys, where the file tells. `members` is what each project of a
    workspace asks for itself, by its name, where the file tells. `reads` are other files that it
    names, `unknown` what it leaves open. `index_url` is the address of the index that it is
    installed from, `more_urls` those beside that one.
    """

    path: str
    format: str
    problem: str = ""
    version: str = ""
    locked: bool = False
    packages: tuple[Package, ...] = ()
    groups: Mapping[str, tuple[Need, ...]] = NOTHING
    extras: Mapping[str, tuple[Need, ...]] = NOTHING
    defaults: frozenset[str] = frozenset((MAIN,))
    on_demand: frozenset[str] = frozenset()
    grouped: bool = False
    entries: Mapping[str, str] = NOTHING
    members: Mapping[str, Asked] = NOTHING
    reads: tuple[Reference, ...] = ()
    unknown: tuple[str, ...] = ()
    index_url: str = ""
    more_urls: tuple[str, ...] = ()

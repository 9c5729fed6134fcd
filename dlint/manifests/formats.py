"""Which format a file has, and how it is read."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from dlint.manifests.kinds import Manifest, Role
from dlint.manifests.loading import MOST_FILES, MOST_PACKAGES, FormatError
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dlint.manifests.kinds import Read, Reference

# The format's name by files' names, first match first, and the module that reads it.
_FORMATS: tuple[tuple[str, str, str], ...] = (
    ("pyproject.toml", "pyproject", "pyproject"),
    ("setup.cfg", "setup.cfg", "setup_cfg"),
    ("uv.lock", "uv.lock", "uv"),
    ("poetry.lock", "poetry.lock", "poetry"),
    ("pdm.lock", "pdm.lock", "pdm"),
    ("pylock.toml", "pylock", "pylock"),
    ("pylock.*.toml", "pylock", "pylock"),
    ("Pipfile", "Pipfile", "pipfile"),
    ("Pipfile.lock", "Pipfile.lock", "pipfile_lock"),
    ("package.json", "package.json", "package_json"),
    ("package-lock.json", "package-lock", "package_lock"),
    ("npm-shrinkwrap.json", "package-lock", "package_lock"),
    ("yarn.lock", "yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm-lock", "pnpm"),
    ("pnpm-workspace.yaml", "pnpm-workspace", "pnpm_workspace"),
    ("Gemfile.lock", "Gemfile.lock", "gemfile_lock"),
    ("gems.locked", "Gemfile.lock", "gemfile_lock"),
    ("composer.json", "composer", "composer"),
    ("composer.lock", "composer.lock", "composer_lock"),
    ("go.mod", "go.mod", "go_mod"),
    ("go.sum", "go.sum", "go_sum"),
    ("go.work", "go.work", "go_work"),
    ("go.work.sum", "go.sum", "go_sum"),
    ("Cargo.toml", "Cargo", "cargo"),
    ("Cargo.lock", "Cargo.lock", "cargo_lock"),
    ("pom.xml", "pom", "maven"),
    ("*.lockfile", "gradle.lockfile", "gradle"),
    ("packages.lock.json", "packages.lock.json", "nuget_lock"),
    ("nuget.config", "nuget.config", "nuget_config"),
    ("*.csproj", "msbuild", "msbuild"),
    ("*.fsproj", "msbuild", "msbuild"),
    ("*.vbproj", "msbuild", "msbuild"),
    ("*.props", "msbuild", "msbuild"),
    ("*.targets", "msbuild", "msbuild"),
    ("packages.config", "packages.config", "packages_config"),
    ("environment*.yml", "conda", "conda"),
    ("environment*.yaml", "conda", "conda"),
    ("requirements", "requirements", "requirements"),
    ("requirements*.lock", "requirements", "requirements"),
    ("*.txt", "requirements", "requirements"),
    ("*.in", "requirements", "requirements"),
)
_MODULES = {name: module for _, name, module in _FORMATS}
# A line of a lock file's array of archives is nine tenths of the text, and of its reading.
_ARCHIVE = regex(rb"^[ \t]+\{ ?(?:file|url) = .*\n", re.MULTILINE)
_ARRAYS_OF_ARCHIVES = frozenset(("uv.lock", "poetry.lock", "pdm.lock"))
# Several questions of a build read the same lists, and one commit after the other has them: what
# they say is kept, of so many that have at most so many bytes, and of so many that have more.
SHORT, KEPT, LONG_KEPT = 1 << 16, 32, 2
# NuGet takes this name in any case (https://learn.microsoft.com/nuget/consume-packages/configuring-nuget-behavior).
_ANY_CASE = frozenset(("nuget.config", "packages.config"))


class Followed(NamedTuple):
    """A manifest that was reached, and as what."""

    manifest: Manifest
    role: Role


def format_of(path: str) -> str | None:
    """Return the name of the format that a file has by its name; None where no format has it."""
    name = posixpath.basename(path)
    name = name.lower() if name.lower() in _ANY_CASE else name
    return next((kind for form, kind, _ in _FORMATS if fnmatchcase(name, form)), None)


def read_manifest(
    path: str, read: Read, kind: str | None = None, *, archives: bool = True
) -> Manifest:
    """Return what a file says; where it cannot be read, a manifest whose `problem` says why.

    `kind` is a format's name where the file's own does not tell (`pip install -r wanted`). Without
    `archives` the packages' are left out where that spares most of the reading.
    """
    kind = kind or format_of(path)
    if kind is None or kind not in _MODULES:
        return Manifest(path, kind or "", problem="its format is not known")
    data = read(path)
    if data is None:
        return Manifest(path, kind, problem="it cannot be read")
    if not archives and kind in _ARRAYS_OF_ARCHIVES:
        data = _ARCHIVE.sub(b"", data)
    parsed = _parsed_once if len(data) <= SHORT else _long_parsed_once
    found = parsed(kind, data)
    return found._replace(path=path, format=kind)


def _parsed(kind: str, data: bytes) -> Manifest:
    parse: Callable[[bytes], Manifest]
    parse = import_module(f"dlint.manifests.{_MODULES[kind]}").parse
    try:
        found = parse(data)
    except FormatError as error:
        return Manifest("", kind, problem=str(error))
    except RecursionError:
        return Manifest("", kind, problem="it is nested too deeply")
    if len(found.packages) > MOST_PACKAGES:
        return Manifest("", kind, problem=f"it names more than {MOST_PACKAGES:,} packages")
    return found


_parsed_once = lru_cache(KEPT)(_parsed)
_long_parsed_once = lru_cache(LONG_KEPT)(_parsed)


def resolve(path: str, reference: Reference, workdir: str = "") -> str:
    """Return the path that a manifest at `path` means, normal and relative to the same root."""
    start = workdir if reference.from_workdir else posixpath.dirname(path)
    return posixpath.normpath(posixpath.join("/", start, reference.path)).lstrip("/")


def follow(
    paths: Iterable[str], read: Read, kinds: Callable[[str], str | None] = format_of
) -> list[Followed]:
    """Return manifests, and the lists and constraints that they name, each once, in order.

    What is named and not there is left out; a file that is there and unreadable is returned with
    its problem. Raises nothing: a chain ends after `MOST_FILES` files, the last of which says so.
    """
    todo = deque((path, Role.LIST, kinds(path)) for path in paths)
    found: dict[tuple[str, bool], Followed] = {}
    while todo:
        path, role, kind = todo.popleft()
        key = (path, role is Role.CONSTRAINT)
        if key in found:
            continue
        if len(found) >= MOST_FILES:
            problem = f"it is one of more than {MOST_FILES:,} files that name each other"
            found[key] = Followed(Manifest(path, kind or "", problem=problem), role)
            break
        manifest = read_manifest(path, read, kind)
        found[key] = Followed(manifest, role)
        for each in manifest.reads:
            if each.role in {Role.LIST, Role.CONSTRAINT}:
                # What a constraint leads to limits versions too.
                as_what = Role.CONSTRAINT if role is Role.CONSTRAINT else each.role
                named = resolve(path, each)
                if read(named) is not None:
                    todo.append((named, as_what, "requirements"))
    return list(found.values())

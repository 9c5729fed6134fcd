"""What the manifests of an install lead to, by the managers' families."""

from __future__ import annotations

import posixpath
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from dlint.reads.context_files import LedTo, Reader
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.shell import Install

_OF_GO = frozenset(("go.mod", "go.work"))
_LISTS = frozenset(("list", "constraint"))  # roles of what a conda environment names for pip
# What a Gemfile, a program, reads at a place that its text alone does not tell.
_COMPUTES = regex(
    r"\b(?:Dir|Pathname|instance_eval|__dir__|__FILE__|File\.(?:join|expand_path|dirname))\b"
    r"|\b(?:eval_gemfile|require_relative|path:|load)[ (]*[^\s\"'(]"
)


def led_to(reader: Reader, install: Install, family: str, found: frozenset[str]) -> LedTo:
    """Return what the manifests `found`, files of the context, of an install lead to."""
    match family:
        case "conda":
            return _of_environments(reader, found)
        case "node":
            return _of_node(reader, install)
        case "cargo" if not install.hidden and any(each.endswith("Cargo.toml") for each in found):
            return LedTo(frozenset(), whole=True)  # it takes no manifest without its source
        case "go" if install.packages:
            return _of_go(reader, install, found)
        case "dotnet" | "pub" | "stack" | "deno" | "maven":
            return _of_folders(reader, family, found)
    return _named(reader, found)


def _named(reader: Reader, found: frozenset[str]) -> LedTo:
    """Return the packages in folders that manifests name, what manifests that are programs name,
    and plugins' settings.
    """
    from dlint.reads.program_reads import is_gemfile, named_by_programs

    files = _packages_beside(reader, found) | _named_for_plugins(reader, found)
    named = named_by_programs(reader.places, found, reader.read)
    files |= named
    read = found.union(filter(is_gemfile, named))
    computed = sorted({posixpath.basename(each) for each in read if _is_computed(reader, each)})
    told = tuple(f"what `{name}` reads" for name in computed)
    return LedTo(files, whole=_lacks_modules(reader, found), known=not told, open=told)


def _is_computed(reader: Reader, source: str) -> bool:
    """Tell whether a Gemfile, or the mix.exs of an umbrella project, reads what its text does not
    name.
    """
    from dlint.reads.program_reads import is_gemfile, is_open_umbrella

    if posixpath.basename(source) == "mix.exs":
        return is_open_umbrella(reader.text(source) or "")
    return is_gemfile(source) and _COMPUTES.search(reader.text(source) or "") is not None


def _named_for_plugins(reader: Reader, found: frozenset[str]) -> frozenset[str]:
    """Return the files that settings of Composer's plugins name: patches, manifests to merge."""
    from dlint.manifests.composer import read_extra

    named = [
        reader.at(posixpath.dirname(place), word)
        for place, source in reader.placed(found)
        if posixpath.basename(place) == "composer.json"
        for word in read_extra(reader.read(source) or b"")
    ]
    return frozenset[str]().union(*named)


def _of_node(reader: Reader, install: Install) -> LedTo:
    from dlint.reads.node_needs import node_project

    read = (node_project(reader, folder, install) for folder in sorted(install.folders))
    return reduce(or_, read, LedTo(frozenset()))


def _of_go(reader: Reader, install: Install, found: frozenset[str]) -> LedTo:
    """Return what Go reads to install packages by their names: all, where one may be of the
    project, and what is vendored.
    """
    modules = [path for path in found if posixpath.basename(path) in _OF_GO]
    if any(_may_hold_some(reader, path, install.names) for path in modules):
        return LedTo(frozenset(), whole=True)
    vendored = (reader.below(posixpath.join(folder, "vendor")) for folder in install.folders)
    return LedTo(frozenset[str]().union(*vendored))


def _may_hold_some(reader: Reader, path: str, names: Iterable[str]) -> bool:
    """Tell whether some packages may be of the module of a go.mod, of a workspace, or of modules in
    folders beside.
    """
    from dlint.manifests import read_manifest
    from dlint.manifests.go_mod import module_of

    module = module_of(reader.text(path) or "")
    is_own = not module or any(f"{each}/".startswith(f"{module}/") for each in names)
    return is_own or bool(read_manifest(path, reader.read).reads)


def _of_dotnet(reader: Reader, found: frozenset[str]) -> LedTo:
    from dlint.reads.msbuild_needs import all_projects

    projects = all_projects(reader.places, found, reader.read)
    return LedTo(projects.files, whole=not projects.known)


def _of_folders(reader: Reader, family: str, found: frozenset[str]) -> LedTo:
    from dlint.reads.folder_needs import named_by_deno, named_by_maven, named_folders

    match family:
        case "dotnet":
            return _of_dotnet(reader, found)
        case "deno":
            return named_by_deno(reader, found)
        case "maven":
            return named_by_maven(reader, found)
    return named_folders(reader, found)


def _of_environments(reader: Reader, environments: Iterable[str]) -> LedTo:
    """Return the requirements files that environments of conda name, beside which they stand, and
    whether one has pip install the project.
    """
    from dlint.manifests import Role, read_manifest, resolve

    reads = [
        (path, each) for path in environments for each in read_manifest(path, reader.read).reads
    ]
    lists = {resolve(path, each) for path, each in reads if each.role in _LISTS}
    installs = any(each.role is Role.PROJECT for _, each in reads)
    return LedTo(frozenset(lists.intersection(reader.places.values())), whole=installs)


def _packages_beside(reader: Reader, found: frozenset[str]) -> frozenset[str]:
    """Return the files of packages that manifests take from folders of the project: of Go's
    modules, whose source is built with the project, the manifests.
    """
    from dlint.manifests import Role, format_of, read_manifest

    folders = [
        (format_of(source), _joined(place, each.path.rstrip("*")))
        for place, source in reader.placed(found)
        if format_of(source)
        for each in read_manifest(source, reader.read).reads
        if each.role is Role.PROJECT or (each.role is Role.MEMBER and each.path.endswith("*"))
    ]
    whole = [folder for kind, folder in folders if kind not in _OF_GO]
    modules = {folder for kind, folder in folders if kind in _OF_GO}
    lists = (
        reader.places.get(posixpath.join(folder, name))
        for folder in modules
        for name in ("go.mod", "go.sum")
    )
    return frozenset(filter(None, lists)).union(*map(reader.below, whole))


def _lacks_modules(reader: Reader, found: frozenset[str]) -> bool:
    """Tell whether a go.mod replaces a module that it requires by a folder which no COPY from the
    context brings: without the go.mod of that Go downloads nothing.
    """
    from dlint.manifests import read_manifest
    from dlint.manifests.kinds import Origin

    folders = (
        _joined(place, each.location)
        for place, source in reader.placed(found)
        if posixpath.basename(source) == "go.mod"
        for each in read_manifest(source, reader.read).packages
        if each.origin is Origin.PATH
    )
    return any(posixpath.join(each, "go.mod") not in reader.places for each in folders)


def _joined(place: str, path: str) -> str:
    """Return what a manifest at a place means by a path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), path))

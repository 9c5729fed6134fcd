"""What an install of Node's packages reads: manifests of a workspace, packages in folders of the
project, patches, settings that name files, and scripts.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests import Role, package_json, read_manifest
from dlint.manifests.loading import text_of
from dlint.reads.context_files import LedTo, beside, places_matching
from dlint.reads.node_scripts import lifecycle_reads, program_reads
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dlint.manifests import Manifest
    from dlint.reads.context_files import Reader
    from dlint.shell import Install

# Files of the managers that may name others: plugins, patches, certificates.
_SETTINGS = (".yarnrc.yml", ".yarnrc", ".npmrc", "pnpm-workspace.yaml", "bunfig.toml")
_PROGRAMS = (".pnpmfile.cjs", ".pnpmfile.mjs")  # which pnpm runs
_SCHEMAS = ("prisma/schema.prisma", "schema.prisma")
_PRISMA = "@prisma/client"  # makes its code of the schema when it is installed

# The projects of a workspace in pnpm-lock.yaml, by their folders.
_IMPORTERS = regex(r"(?m)^importers:[ \t]*\n((?:[ \t][^\n]*\n|\n)*)")
_IMPORTER = regex(r"(?m)^  '?([^\s':#]+)'?:")


def node_project(reader: Reader, folder: str, install: Install) -> LedTo:
    """Return what the package.json in `folder` leads to."""
    source = reader.places.get(posixpath.join(folder, "package.json"))
    if source is None:
        return LedTo(frozenset())
    manifest = reader.manifest(source)
    scripts = package_json.read_commands(reader.read(source) or b"")
    if manifest.problem or scripts is None:
        return LedTo(frozenset(), known=False)
    members = places_matching(reader.places, _members(reader, folder, manifest))
    found = LedTo(frozenset(map(reader.places.__getitem__, members)), known=not members)
    projects = (posixpath.join(folder, "package.json"), *sorted(members))
    named = {place: _named_in(reader, place) for place in projects}
    for place, more in named.items():
        found |= _linked(reader, place, more, members)
    found |= _settings(reader, folder)
    if "--ignore-scripts" in install.command.forms:
        return found
    for place, more in named.items():
        found |= _schemas(reader, place, more)
    run = _run_by(reader, folder, install)
    return found | _scripts(reader, folder, scripts, members, run)


def _named_in(reader: Reader, place: str) -> package_json.Named:
    return package_json.read_files(reader.read(reader.places[place]) or b"")


def _linked(
    reader: Reader, place: str, more: package_json.Named, members: Collection[str]
) -> LedTo:
    """Return the packages, archives and patches that a package.json takes from the project, and
    where those are that are not there: an earlier step makes them.

    Of a folder that is linked as it is, the manifest alone is read, unless links are made of its
    programs; those of `members` are read so in any case.
    """
    folder, source = posixpath.dirname(place), reader.places[place]
    named = [
        each.path for each in read_manifest(source, reader.read).reads if each.role is Role.PROJECT
    ]
    linked = {path: reader.at(folder, path) for path in named}
    for path in more.links & linked.keys():
        manifest = posixpath.normpath(posixpath.join(folder, path, "package.json"))
        if manifest in members or _makes_no_programs(reader, manifest):
            linked[path] = reader.at(folder, f"{path}/package.json")
    made = (posixpath.normpath(posixpath.join(folder, path)) for path in named if not linked[path])
    files = [reader.at(folder, path) for path in more.paths]
    return LedTo(frozenset().union(*linked.values(), *files), made=frozenset(made))


def _schemas(reader: Reader, place: str, more: package_json.Named) -> LedTo:
    """Return the schemas that Prisma makes code of when a package.json's packages are installed."""
    schemas = (*more.schemas, *_SCHEMAS) if _PRISMA in more.packages else more.schemas
    files = (reader.at(posixpath.dirname(place), path) for path in schemas)
    return LedTo(frozenset[str]().union(*files))


def _makes_no_programs(reader: Reader, place: str) -> bool:
    """Tell whether the package.json at a place is there, and names no program."""
    source = reader.places.get(place)
    return source is not None and not package_json.has_programs(reader.read(source) or b"")


def _settings(reader: Reader, folder: str) -> LedTo:
    """Return the files that the managers' own settings name, and those that their programs read."""
    named = (reader.named_in(place) for place in beside(folder, _SETTINGS, reader))
    found = LedTo(frozenset[str]().union(*named))
    for place in beside(folder, _PROGRAMS, reader):
        run = program_reads([place], folder, reader.places, reader.text_at)
        files = frozenset(reader.places[each] for each in run.paths if each in reader.places)
        told = () if run.known else (f"what `{posixpath.basename(place)}` reads",)
        found |= LedTo(files, known=run.known, open=told)
    return found


def _run_by(reader: Reader, folder: str, install: Install) -> Sequence[str]:
    """Return the names of the scripts that an install runs, in their order."""
    from dlint.manifests.yarn import TELLING, tells_newer
    from dlint.shell.managers.node_family import LIFECYCLE_OF_YARN_2, lifecycle

    is_newer = install.manager == "yarn" and any(
        tells_newer(posixpath.basename(place), reader.read(reader.places[place]) or b"")
        for place in beside(folder, TELLING, reader)
    )
    return LIFECYCLE_OF_YARN_2 if is_newer else lifecycle(install.manager)


def _scripts(
    reader: Reader,
    folder: str,
    scripts: Mapping[str, str],
    members: frozenset[str],
    names: Sequence[str],
) -> LedTo:
    """Return what those scripts read that an install runs, those of the members of a workspace with
    the project's; `names` are theirs.
    """
    # npm compiles of itself
    compiles = posixpath.join(folder, "binding.gyp") in reader.places
    found = LedTo(frozenset(), whole=compiles)
    for name in names:
        if name not in scripts:
            continue
        run = lifecycle_reads(scripts, folder, reader.places, reader.text_at, names=[name])
        told = () if run.known else (f"what its `{name}` script reads",)
        files = frozenset[str]().union(*map(reader.below, run.paths))
        found |= LedTo(files, run.whole, known=run.known and bool(scripts[name]), open=told)
    for place in sorted(members):
        found |= _member_scripts(reader, place, names)
    return found


def _member_scripts(reader: Reader, place: str, names: Sequence[str]) -> LedTo:
    """Return what the scripts of a member of a workspace read."""
    from dlint.shell.managers.node_family import BEFORE_PNPM

    names = [name for name in names if name != BEFORE_PNPM]
    folder = posixpath.dirname(place)
    scripts = package_json.read_commands(reader.read(reader.places[place]) or b"")
    if scripts is None:
        return LedTo(frozenset(), known=False)
    run = lifecycle_reads(scripts, folder, reader.places, reader.text_at, names)
    files = frozenset[str]().union(*map(reader.below, run.paths - {folder}))
    told = () if run.known else ("what the scripts of its packages read",)
    return LedTo(files, run.whole, run.known, told)


def _members(reader: Reader, folder: str, manifest: Manifest) -> list[str]:
    """Return patterns for the manifests of a workspace, as places of the image."""
    named = [each.path for each in manifest.reads if each.role is Role.MEMBER]
    workspace = reader.places.get(posixpath.join(folder, "pnpm-workspace.yaml"))
    if workspace is not None:
        named = [each.path for each in read_manifest(workspace, reader.read).reads]
        if not named:
            named = _members_locked(reader, folder)
        if any("{" in each for each in named):
            named = ["**/package.json"]
    return [posixpath.join(folder, each) for each in named]


def _members_locked(reader: Reader, folder: str) -> list[str]:
    """Return the manifests of a workspace that only pnpm's lock file lists; without one, patterns
    for all that may be.
    """
    lock = reader.places.get(posixpath.join(folder, "pnpm-lock.yaml"))
    text = text_of((reader.read(lock) if lock is not None else None) or b"")
    listed = _IMPORTERS.search(text)
    if listed is None:
        return ["**/package.json"]
    return [posixpath.join(each, "package.json") for each in _IMPORTER.findall(listed[1])]

"""What an install reads of the build context: manifests, lock files, and what those lead to."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.arrivals import pattern
from dlint.facts.remade import NOTHING
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import within
from dlint.text.patterns import regex
from dlint.text.safe import number
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dlint.context import BuildContext
    from dlint.facts.arrivals import Arrival
    from dlint.facts.remade import Remade
    from dlint.manifests import Manifest
    from dlint.model.build import Build
    from dlint.shell import Install

# What says which versions of a Python project's dependencies to install; lists for tests and
# documents do not.
_PYTHON_LISTS = regex(
    r"(?:.*/)?(?:requirements(?!.*(?:dev|test|doc|lint|ci\b))[^/]*\.(?:txt|in|lock)|requirements/[^/]*\.(?:txt|in)"
    r"|(?:poetry|uv|pdm|Pipfile)\.lock|pylock[^/]*\.toml|constraints[^/]*\.txt)"
)
_FETCHED = regex(r"/(?:node_modules|vendor)/")  # manifests of what is installed already
_LEADS_ON = regex(
    r"\b(?:gemspec|path|eval_gemfile|require|require_relative|load|File|Dir|instance_eval)\b"
)
VENDOR_SINCE = 14  # go 1.14 (https://go.dev/ref/mod#vendoring)


class Needs(NamedTuple):
    """What an install reads of the context.

    `manifests` are the context's files that it reads by itself, `files` those and all that they
    lead to. `whole`: it installs the project itself, and nothing of it could be installed first.
    `proved`: all of that is known for sure.
    `locked`: a lock file decides the versions. `readable` is False where a manifest could not be
    read, which may lead to more.
    """

    manifests: frozenset[str]
    files: frozenset[str]
    whole: bool
    proved: bool
    locked: bool
    readable: bool = True


def needs(
    build: Build,
    install: Install,
    here: Sequence[Arrival],
    workdir: str | None = None,
    since: Remade = NOTHING,
) -> Needs:
    """Return what `install`, run in `workdir`, reads of what has arrived (`here`) before it, and of
    what was made of that since.
    """
    arrived: dict[str, str] = {}
    for arrival in here:
        arrived |= arrival.files
    places = since.applied(arrived)
    if any(each.path in since.made for each in install.manifests):
        return Needs(frozenset(), frozenset(), whole=True, proved=False, locked=False)
    found = manifests_of(install, places)
    reader = _Reader(build.context, places)
    known = _is_placed(install) and all(arrival.known for arrival in here)
    if family(install.manager) == "python":
        folder = _folder(install, places, found, workdir)
        return _python(reader, install, found, folder, known=known)
    if not found:
        return Needs(found, found, whole=bool(install.projects), proved=False, locked=False)
    more = _led_to(reader, install, found)
    return Needs(
        found,
        found | _matching(places, _also_read(install)) | more.files,
        more.whole,
        proved=known and more.known and _is_provable(reader, install, found),
        locked=_has_lock(install, found),
        readable=reader.readable,
    )


def _led_to(reader: _Reader, install: Install, found: frozenset[str]) -> _LedTo:
    """Return what the manifests `found` lead to."""
    from dlint.facts.msbuild_needs import all_projects
    from dlint.facts.program_reads import named_by_programs

    match family(install.manager):
        case "conda":
            return _LedTo(_lists_for_pip(reader, found))
        case "node":
            read = [_node_project(reader, folder, install) for folder in install.folders]
            return _LedTo(
                frozenset[str]().union(*(each.files for each in read)),
                whole=any(each.whole for each in read),
                known=all(each.known for each in read),
            )
        case "cargo" if not install.hidden and any(each.endswith("Cargo.toml") for each in found):
            return _LedTo(frozenset(), whole=True)  # it takes no manifest without its source
        case "dotnet":
            projects = all_projects(reader.places, found, reader.read)
            return _LedTo(projects.files, whole=not projects.known)
    return _LedTo(
        _packages_beside(reader, found) | named_by_programs(reader.places, found, reader.read)
    )


def manifests_of(install: Install, places: Mapping[str, str]) -> frozenset[str]:
    """Return the context's files that an install reads by itself, of those that stand at `places`
    of the image.
    """
    patterns = [text for manifest in install.manifests if (text := manifest.rooted) is not None]
    if install.manager == "go":
        # modules in folders below are others, but in a workspace
        own = _matching(places, [text for text in patterns if "**" not in text])
        if own and not any(posixpath.basename(path) == "go.work" for path in own):
            return own
    return _matching(places, patterns)


def _is_placed(install: Install) -> bool:
    return all(manifest.rooted is not None for manifest in install.manifests)


def _also_read(install: Install) -> list[str]:
    return [
        posixpath.join(folder, name)
        for folder in install.folders
        for name in install.managed_by.leads_to
    ]


def _is_provable(reader: _Reader, install: Install, found: Iterable[str]) -> bool:
    """Tell whether nothing but what was found can matter to an install: a program in a manifest may
    read anything.
    """
    words = {word.form for word in install.command.args}
    if install.manager == "bundler":
        texts = [
            reader.text(path)
            for path in found
            if posixpath.basename(path) in {"Gemfile", "gems.rb"}
        ]
        return all(text is not None and not _LEADS_ON.search(text) for text in texts)
    if install.manager == "composer":
        return {"--no-scripts", "--no-autoloader"} <= words
    return family(install.manager) in {"node", "go"}


def uses_vendor(build: Build, read: Needs) -> bool:
    """Tell whether Go builds a module from its vendor folder of itself: since `go 1.14` in
    go.mod.
    """
    from dlint.manifests import format_of, read_manifest

    reader = _Reader(build.context, {})
    modules = [
        read_manifest(path, reader.read)
        for path in read.manifests
        if format_of(path) == "go.mod" and "vendor/" not in path
    ]
    versions = [re.match(r"1\.(\d+)", each.version) for each in modules if not each.problem]
    return bool(versions) and all(
        version is None or (number(version[1]) or VENDOR_SINCE) >= VENDOR_SINCE
        for version in versions
    )


def lock_names(manager: str) -> tuple[str, ...]:
    """Return the names of a manager's lock files."""
    from dlint.shell.managers import by_name

    found = by_name(manager)
    return found.lock_files if found else ()


def reading_order(install: Install, needs: Needs, files: Iterable[str]) -> list[str]:
    """Sort files: the manifest as the manager itself names it, its lock file, what else it reads by
    itself, then what those lead to, workspaces among it.
    """
    patterns = [posixpath.basename(each.form) for each in install.manifests]
    locks = lock_names(install.manager)
    at = {path: _position(posixpath.basename(path), patterns) for path in files}
    top = min((path.count("/") for path in at if at[path] == 0), default=0)

    def place(path: str) -> tuple[bool, bool, bool, int, int, str]:
        depth = path.count("/")
        is_manifest = at[path] == 0 and depth == top
        is_lock = posixpath.basename(path) in locks
        rank = not is_manifest, not is_manifest and not is_lock, at[path]
        return path not in needs.manifests, *rank, depth, path

    return sorted(at, key=place)


def _position(name: str, patterns: Sequence[str]) -> int:
    return next((at for at, each in enumerate(patterns) if fnmatchcase(name, each)), len(patterns))


def _matching(places: Mapping[str, str], patterns: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in patterns:
        if "*" not in text:
            if text in places:
                found.add(places[text])
            continue
        matches, tail = pattern(text).fullmatch, text.rpartition("*")[2]
        taken = (place for place in places if place.endswith(tail) and matches(place))
        found.update(places[place] for place in taken if not _FETCHED.search(place))
    return frozenset(found)


def _has_lock(install: Install, found: Iterable[str]) -> bool:
    names = lock_names(install.manager)
    return any(posixpath.basename(path) in names for path in found)


def _runs_scripts(install: Install) -> bool:
    return not any(word.form == "--ignore-scripts" for word in install.command.args)


class _Reader:
    """The context's files, and where they stand in the image."""

    def __init__(self, context: BuildContext, places: Mapping[str, str]) -> None:
        """Read `context`, whose files stand at `places` of the image."""
        self.context = context
        self.places = places
        self.readable = True

    def read(self, path: str) -> bytes | None:
        """Return a context file's bytes; None where it cannot be read."""
        try:
            return self.context.read(path)
        except DlintError:
            return None

    def text(self, path: str) -> str | None:
        """Return a context file's text; None where it is none."""
        data = self.read(path)
        return None if data is None or b"\0" in data else data.decode("utf-8", "replace")

    def text_at(self, place: str) -> str | None:
        """Return the text of the file at an image's path."""
        return self.text(self.places[place])

    def below(self, folder: str) -> frozenset[str]:
        """Return the files at or below an image's path."""
        return frozenset(source for place, source in self.places.items() if within(place, folder))

    def manifest(self, path: str) -> Manifest:
        """Return what a context file says, and note where it cannot be read."""
        from dlint.manifests import read_manifest

        found = read_manifest(path, self.read)
        self.readable = self.readable and not found.problem
        return found


def _lists_for_pip(reader: _Reader, environments: Iterable[str]) -> frozenset[str]:
    """Return the requirements files that environments of conda name, beside which they stand."""
    from dlint.manifests import Role, read_manifest, resolve

    named = {
        resolve(path, each)
        for path in environments
        for each in read_manifest(path, reader.read).reads
        if each.role in {Role.LIST, Role.CONSTRAINT}
    }
    return frozenset(named.intersection(reader.places.values()))


def _packages_beside(reader: _Reader, found: frozenset[str]) -> frozenset[str]:
    """Return the files of packages that manifests take from folders of the project."""
    from dlint.manifests import Role, format_of, read_manifest

    folders = (
        posixpath.normpath(posixpath.join(posixpath.dirname(place), each.path.rstrip("*")))
        for place, source in reader.places.items()
        if source in found and format_of(source)
        for each in read_manifest(source, reader.read).reads
        if each.role is Role.PROJECT or (each.role is Role.MEMBER and each.path.endswith("*"))
    )
    return frozenset[str]().union(*map(reader.below, folders))


class _LedTo(NamedTuple):
    """What manifests lead to: `known` tells whether that is all, `whole` that only the whole
    project will do.
    """

    files: frozenset[str]
    whole: bool = False
    known: bool = True


def _node_project(reader: _Reader, folder: str, install: Install) -> _LedTo:
    """Return what the package.json in `folder` leads to."""
    from dlint.facts.node_scripts import lifecycle_reads
    from dlint.manifests import Role, package_json

    source = reader.places.get(posixpath.join(folder, "package.json"))
    if source is None:
        return _LedTo(frozenset())
    manifest = reader.manifest(source)
    scripts = package_json.read_commands(reader.read(source) or b"")
    if manifest.problem or scripts is None:
        return _LedTo(frozenset(), known=False)
    members = _members(reader, folder, manifest)
    linked = [
        reader.below(posixpath.normpath(posixpath.join(folder, each.path)))
        for each in manifest.reads
        if each.role is Role.PROJECT
    ]
    files = _matching(reader.places, members).union(*linked)
    made = not all(linked)  # by an earlier step, which needs what nobody can tell
    if not _runs_scripts(install):
        return _LedTo(files, whole=made, known=not members)
    run = lifecycle_reads(scripts, folder, reader.places, reader.text_at)
    manifests = _matching(reader.places, members)
    whole = run.whole or any(_builds(reader, each) for each in manifests)
    compiles = posixpath.join(folder, "binding.gyp") in reader.places  # npm does of itself
    return _LedTo(
        files.union(*map(reader.below, run.paths)),
        whole=made or whole or compiles,
        known=run.known and not members,
    )


def _builds(reader: _Reader, source: str) -> bool:
    """Tell whether an install builds a member of the workspace, whose package.json `source` is: its
    own lifecycle scripts run with the project's.
    """
    from dlint.facts.node_scripts import lifecycle_reads
    from dlint.manifests import package_json

    scripts = package_json.read_commands(reader.read(source) or b"")
    return scripts is not None and lifecycle_reads(scripts, "", ()).whole


def _members(reader: _Reader, folder: str, manifest: Manifest) -> list[str]:
    """Return patterns for the manifests of a workspace, as places of the image."""
    from dlint.manifests import Role, read_manifest

    named = [each.path for each in manifest.reads if each.role is Role.MEMBER]
    workspace = reader.places.get(posixpath.join(folder, "pnpm-workspace.yaml"))
    if workspace is not None:
        named = [each.path for each in read_manifest(workspace, reader.read).reads]
        if not named or any("{" in each for each in named):
            named = ["**/package.json"]
    return [posixpath.join(folder, each) for each in named]


def _folder(
    install: Install, places: Mapping[str, str], found: frozenset[str], workdir: str | None
) -> str:
    """Return the context's folder that stands where an install runs, so that relative paths can be
    followed.
    """
    here = join(workdir or UNKNOWN_WORKDIR, install.command.cwd or ".")
    for place, source in places.items():
        if here and source in found and within(place, here):
            relative = posixpath.relpath(place, here)
            if source == relative or source.endswith(f"/{relative}"):
                return source.removesuffix(relative).rstrip("/")
    return posixpath.dirname(min(found, default=""))


def _python(
    reader: _Reader, install: Install, found: frozenset[str], folder: str, *, known: bool
) -> Needs:
    """Follow requirements files, and find out what installing the project itself could be split
    into.
    """
    if install.projects and not found:
        files = _spare_lists(reader, install)
        return Needs(found, files, whole=not files, proved=False, locked=False)
    from dlint.facts.python_inputs import inputs

    context = reader.context
    paths: frozenset[str] = context.keep("paths", lambda: frozenset(context.entries))
    read = inputs(reader.read, paths, manifests=found, folder=folder)
    readable = all(reader.text(path) is not None for path in found)
    return Needs(
        found,
        found | read.files | _packages_placed(reader, read.dependencies_files),
        whole=False,
        proved=known and read.complete and readable and bool(found),
        locked=_has_lock(install, found),
        readable=readable,
    )


def _packages_placed(reader: _Reader, lists: Iterable[str]) -> frozenset[str]:
    """Return the files of packages that lists for pip take from absolute paths of the image."""
    from dlint.manifests import Role, format_of, read_manifest

    named = (
        each.path
        for path in lists
        if format_of(path) == "requirements"
        for each in read_manifest(path, reader.read).reads
        if each.role is Role.PROJECT and each.path.startswith("/")
    )
    return frozenset[str]().union(*map(reader.below, named))


def _spare_lists(reader: _Reader, install: Install) -> frozenset[str]:
    """Return the files beside projects that name their dependencies, so that those could be
    installed first.
    """
    folders = [path for project in install.projects if (path := project.rooted) is not None]
    return frozenset(
        source
        for folder in folders
        for place, source in reader.places.items()
        if within(place, folder) and _is_list_of(folder, place)
    )


def _is_list_of(folder: str, place: str) -> bool:
    """Tell whether a list stands right in a project's folder, or one folder below."""
    relative = place[len(folder.rstrip("/")) + 1 :]
    return relative.count("/") <= 1 and _PYTHON_LISTS.fullmatch(relative) is not None


def is_system_manager(manager: str) -> bool:
    """Tell whether a manager installs the distribution's packages."""
    from dlint.shell.managers import by_name

    found = by_name(manager)
    return found is not None and found.is_system


@cache
def family(manager: str) -> str:
    """Return what managers are called that share what they install."""
    from dlint.shell.managers import by_name

    found = by_name(manager)
    return found.family if found else manager

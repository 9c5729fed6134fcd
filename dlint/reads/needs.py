"""What an install reads of the build context: manifests, lock files, and what those lead to."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.reads.context_files import Reader, beside, files_matching
from dlint.reads.led_to import led_to
from dlint.reads.remade import NOTHING
from dlint.shell.managers import family
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.safe import number
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.reads.remade import Remade
    from dlint.shell import Install

# What says which versions of a Python project's dependencies to install; lists for tests and
# documents do not.
_PYTHON_LISTS = regex(
    r"(?:.*/)?(?:requirements(?!.*(?:dev|test|doc|lint|ci\b))[^/]*\.(?:txt|in|lock)|requirements/[^/]*\.(?:txt|in)"
    r"|(?:poetry|uv|pdm|Pipfile)\.lock|pylock[^/]*\.toml|constraints[^/]*\.txt)"
)
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
    read, which may lead to more. `open` says in words what reads more than can be followed. `git`:
    a project that a list names takes its version from `.git`. `made` are places that only a step of
    the build fills, which it reads as well.
    """

    manifests: frozenset[str]
    files: frozenset[str]
    whole: bool
    proved: bool
    locked: bool
    readable: bool = True
    open: tuple[str, ...] = ()
    git: bool = False
    made: frozenset[str] = frozenset()


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
    reader = Reader(build.context, places)
    found = manifests_of(install, places)
    if install.manager == "mix":
        from dlint.reads.program_reads import apps_of_umbrellas

        found |= apps_of_umbrellas(reader, found)
    known = _is_placed(install) and all(arrival.known for arrival in here)
    if family(install.manager) == "python":
        folder = _folder(install, places, found, workdir)
        return _python(reader, install, found, folder, known=known)
    if not found:
        return Needs(found, found, whole=bool(install.projects), proved=False, locked=False)
    more = led_to(reader, install, family(install.manager), found)
    return Needs(
        found,
        found | reader.matching(_also_read(install)) | more.files,
        more.whole,
        proved=known and more.known and _is_provable(reader, install, found),
        locked=_has_lock(install, found),
        readable=reader.readable,
        open=more.open,
        made=more.made,
    )


def manifests_of(install: Install, places: Mapping[str, str]) -> frozenset[str]:
    """Return the context's files that an install reads by itself, of those that stand at `places`
    of the image.
    """
    patterns = [text for manifest in install.manifests if (text := manifest.rooted) is not None]
    if install.manager == "go":
        # modules in folders below are others, but in a workspace
        own = files_matching(places, [text for text in patterns if "**" not in text])
        if own and not any(posixpath.basename(path) == "go.work" for path in own):
            return own
    found = files_matching(places, patterns)
    return found - _other_solutions(install, places) if install.manager == "dotnet" else found


def _other_solutions(install: Install, places: Mapping[str, str]) -> frozenset[str]:
    """Return the solutions in other folders than where an install runs, where one stands there: it
    reads the one that it is told, or that one.
    """
    told = {each.rooted for each in install.manifests if not each.glob}
    solutions = {place for place in places if place.endswith((".sln", ".slnx"))}
    here = {place for place in solutions if posixpath.dirname(place) in install.folders}
    others = solutions - here - told if here else frozenset[str]()
    return frozenset(places[place] for place in others)


def _is_placed(install: Install) -> bool:
    return all(manifest.rooted is not None for manifest in install.manifests)


def _also_read(install: Install) -> list[str]:
    return [
        posixpath.join(folder, name)
        for folder in install.folders
        for name in install.managed_by.leads_to
    ]


def _is_provable(reader: Reader, install: Install, found: Iterable[str]) -> bool:
    """Tell whether nothing but what was found can matter to an install: a program in a manifest may
    read anything.
    """
    words = {word.form for word in install.command.args}
    if install.manager == "bundler":
        from dlint.reads.program_reads import is_gemfile

        texts = [reader.text(path) for path in found if is_gemfile(path)]
        return all(text is not None and not _LEADS_ON.search(text) for text in texts)
    if install.manager == "composer":
        return {"--no-scripts", "--no-autoloader"} <= words
    return family(install.manager) in {"node", "go"}


def uses_vendor(build: Build, read: Needs) -> bool:
    """Tell whether Go builds a module from its vendor folder of itself: since `go 1.14` in
    go.mod.
    """
    from dlint.manifests import format_of, read_manifest

    reader = Reader(build.context)
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


def _has_lock(install: Install, found: Iterable[str]) -> bool:
    names = lock_names(install.manager)
    return any(posixpath.basename(path) in names for path in found)


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
    reader: Reader, install: Install, found: frozenset[str], folder: str, *, known: bool
) -> Needs:
    """Follow requirements files, and find out what installing the project itself could be split
    into.
    """
    if install.projects and not found:
        files = frozenset[str]() if install.keeps_archives else _spare_lists(reader, install)
        files = files or _of_projects(reader, install)
        return Needs(found, files, whole=not files, proved=False, locked=False)
    from dlint.reads.python_inputs import inputs

    context = reader.context
    read = inputs(reader.read, context.entries.keys(), manifests=found, folder=folder)
    readable = all(reader.text(path) is not None for path in found)
    return Needs(
        found,
        found | read.files | _packages_placed(reader, read.dependencies_files),
        whole=False,
        proved=known and read.complete and readable and bool(found),
        locked=_has_lock(install, found),
        readable=readable,
        git=read.needs_git,
    )


def _packages_placed(reader: Reader, lists: Iterable[str]) -> frozenset[str]:
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


def _spare_lists(reader: Reader, install: Install) -> frozenset[str]:
    """Return the files beside projects that name their dependencies, so that those could be
    installed first: lists that the build of the project reads, as far as that can be read.
    """
    folders = [path for project in install.projects if (path := project.rooted) is not None]
    return frozenset(
        source
        for folder in folders
        for place, source in reader.places.items()
        if within(place, folder) and _is_list_of(folder, place) and _is_read(reader, folder, place)
    )


def _is_read(reader: Reader, folder: str, place: str) -> bool:
    """Tell whether the build of a project names a file, or cannot be read itself."""
    texts = [reader.text_at(each) for each in beside(folder, _DECLARING, reader)]
    relative = posixpath.relpath(place, folder)
    return any(text is None or relative in text for text in texts)


def _of_projects(reader: Reader, install: Install) -> frozenset[str]:
    """Return all files of the projects that pip builds wheels of, where these surely are all that
    it reads: it copies none that stand beside them. None where they may lead elsewhere.
    """
    folders = [project.rooted for project in install.projects]
    if install.manager != "pip" or not frozenset(install.command.forms).isdisjoint(_EDITABLE):
        return frozenset()
    found: set[str] = set()
    for folder in folders:
        declaring = beside(folder, _DECLARING, reader) if folder else []
        texts = [reader.text_at(each) for each in declaring]
        if (
            folder is None
            or not texts
            or any(text is None or _LEADS_OUT.search(text) for text in texts)
        ):
            return frozenset()
        found |= reader.below(folder)
    return frozenset(found)


_EDITABLE = ("-e", "--editable")
# What in a project's declaration may mean files outside of its folder, or git.
_LEADS_OUT = regex(
    r"\.\./|\.\.[\"']|file:|\bpath\s*=|\bscm\b|setuptools.scm|versioneer|\bgit\b|pbr|workspace"
)
_DECLARING = ("setup.py", "setup.cfg", "pyproject.toml", "hatch_build.py")


def _is_list_of(folder: str, place: str) -> bool:
    """Tell whether a list stands right in a project's folder, or one folder below."""
    relative = place[len(folder.rstrip("/")) + 1 :]
    return relative.count("/") <= 1 and _PYTHON_LISTS.fullmatch(relative) is not None

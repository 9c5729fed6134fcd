"""Which packages lists and lock files of the build context name, as far as installs take them."""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.facts.placed import placed
from dlint.manifests import (
    DEVELOPMENT,
    Origin,
    Package,
    Role,
    Selection,
    Target,
    follow,
    format_of,
    read_manifest,
    selected,
    selection_of,
)
from dlint.manifests.markers import holds
from dlint.manifests.python_needs import pep440
from dlint.manifests.requirements import spec_of
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.reads.context_files import Reader
from dlint.reads.needs import manifests_of
from dlint.shell.managers import family
from dlint.sizes.projects import projects_of
from dlint.syntax import Run
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dlint.manifests import Manifest, Need, Reference
    from dlint.manifests.formats import Followed
    from dlint.model.build import Build, Step
    from dlint.shell import Install

# Tables of what tells that which is installed: a manifest beside its lock file tells nothing more.
_PYTHON = frozenset(("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock"))
_NODE = frozenset(("package-lock", "yarn.lock", "pnpm-lock"))
# The manifests beside them, which tell groups where lock files do not.
_PROJECTS = {
    "yarn.lock": "package.json",
    "poetry.lock": "pyproject.toml",
    "pdm.lock": "pyproject.toml",
    "uv.lock": "pyproject.toml",
}
_PACKAGE_JSON = "package.json"
# Manifests that tell what an install asks for where no lock file stands beside them.
_ASKING = frozenset((_PACKAGE_JSON, "pyproject"))
_ADDRESS = regex(r"\A.*?(https?):/+")  # as it stands behind a working directory
_MIRROR = regex(r"\bpypi\b\S*/simple/?\Z")
_CONSTRAINTS = ("-c", "--constraint")
# What pip-compile and its kin write beside packages: a list with all that its packages need.
_COMPILED = regex(rb"(?m)^[ \t]{0,20}# via\b|--hash=sha\d+:")
# Of packages for one C library or the other, one comes; they weigh the same.
_TARGET = Target(libc="glibc")
_ANY = Target()


class Listed(NamedTuple):
    """What one file names: Python packages, or how many of Node's; `development` tells how many
    only that needs. `pinned` are those of a version that it tells, `versions` tell which; a
    `closed` file names all that these need.
    """

    names: frozenset[str] = frozenset()
    packages: int = 0
    development: int | None = None
    pinned: frozenset[str] = frozenset()
    closed: bool = False
    versions: tuple[tuple[str, str], ...] = ()


def lists(build: Build, installs: Sequence[Install]) -> list[Listed]:
    """Return what each of the context's files says that `installs` read; those that cannot be read
    say nothing.
    """
    reader, found = build.fact(_Reader), dict[str, Listed]()
    for install in installs:
        for path in sorted(_manifests(build, install)):
            match format_of(path):
                case "requirements":
                    found |= reader.requirements(path)
                case str(kind) if kind in _PYTHON or kind in _NODE:
                    found[path] = reader.locked(path, install)
                case _:
                    pass
        for each in _asked(build, install, reader, _TARGET):
            if each.manifest.format != _PACKAGE_JSON:
                found[each.manifest.path] = Listed(frozenset(map(_indexed, each.packages)))
    return list(found.values())


def keeps_to_uv_lock(build: Build, install: Install) -> bool:
    """Tell whether an install of uv's takes the archives that its own lock file names."""
    locks = (format_of(path) == "uv.lock" for path in _manifests(build, install))
    return install.manager == "uv" and not install.packages and any(locks)


class Taken(NamedTuple):
    """What an install takes of one file: its packages, and what the file leaves open."""

    manifest: Manifest
    packages: tuple[Package, ...]
    unknown: tuple[str, ...] = ()


def taken(build: Build, install: Install, target: Target) -> list[Taken]:
    """Return what an install takes of each list and lock file of the context that it reads, onto a
    target.
    """
    reader = build.fact(_Reader)
    locked = (
        reader.taken(path, install, target, archives=True)
        for path in sorted(_manifests(build, install))
        if format_of(path) in _PYTHON | _NODE
    )
    return [*locked, *unlocked(build, install, target)]


def unlocked(build: Build, install: Install, target: Target) -> list[Taken]:
    """Return the same of lists and of projects, without any lock file, which take long to read."""
    reader = build.fact(_Reader)
    found: dict[str, Taken] = {}
    for path in sorted(_manifests(build, install)):
        if format_of(path) == "requirements":
            found |= {each.manifest.path: each for each in reader.listed(path, target)}
    return [*found.values(), *_asked(build, install, reader, target)]


def _asked(build: Build, install: Install, reader: _Reader, target: Target) -> list[Taken]:
    """Return what projects ask for that no lock file settles: those of the install's folder, and
    those that it takes whole.
    """
    step = step_of(build, install)
    if step is None or not _brings_needs(install):
        return []
    paths = _manifests(build, install)
    kinds = {path: format_of(path) for path in paths}
    locked = any(kind in _PYTHON or kind in _NODE for kind in kinds.values())
    own = [path for path, kind in kinds.items() if kind in _ASKING and not locked]
    found = [reader.asked(path, _selection(install), target) for path in sorted(own)]
    whole = projects_of(build, step, install) if not install.manifests or not locked else []
    for each in whole:
        if each is not None and each.path not in own:
            selection = Selection(extras=each.extras, defaults=False)
            found.append(reader.asked(each.path, selection, target))
    return found


def _brings_needs(install: Install) -> bool:
    """Tell whether an install brings what projects ask for."""
    return family(install.manager) in {"python", "node"} and not is_alone(install)


def is_alone(install: Install) -> bool:
    """Tell whether what is named comes without what it needs."""
    return any(word.form == "--no-deps" for word in install.command.args)


def listed_packages(build: Build, install: Install) -> list[tuple[str, Package]]:
    """Return the packages that the context's files name for an install, each with the kind of the
    file; those that cannot be read name none.
    """
    found = taken(build, install, _TARGET)
    return [(each.manifest.format, package) for each in found for package in each.packages]


def is_nodes(kind: str) -> bool:
    """Tell whether a kind of file names packages of Node's, not Python's."""
    return kind in _NODE or kind == _PACKAGE_JSON


def _manifests(build: Build, install: Install) -> frozenset[str]:
    """Return the context's files that an install reads, by where COPY, ADD and mounts put them."""
    step = step_of(build, install)
    if step is None:
        return frozenset()
    there = build.fact(placed).before(step)
    reading = without_constraints(build, install)
    found = manifests_of(reading, there) or _of_unknown_folder(reading, there)
    return frozenset(path for path in found if not _is_passed_over(path, found))


def _of_unknown_folder(install: Install, there: Mapping[str, str]) -> frozenset[str]:
    """Return the files that an install reads where only the base knows the working directory: the
    one file of each name, since an install whose list is missing fails.
    """
    beginning = f"{UNKNOWN_WORKDIR}/"
    wanted = [each.rooted for each in install.manifests if each.rooted and not each.glob]
    names = [path.removeprefix(beginning) for path in wanted if path.startswith(beginning)]
    alike = [[place for place in there if place.endswith(f"/{name}")] for name in names]
    return frozenset(there[places[0]] for places in alike if len(places) == 1)


def is_other_index(address: str) -> bool:
    """Tell whether an address is of another index than the default one, or a mirror that is called
    after it: what is served there under a known name may weigh something else.
    """
    return "://" in address and not _MIRROR.search(address)


def constraints(build: Build, install: Install) -> tuple[list[str], list[str]]:
    """Return what limits the versions that an install takes, a line each, and the limits that
    cannot be read.
    """
    step = step_of(build, install)
    if step is None:
        return [], []
    there, reader = build.fact(placed).before(step), build.fact(_Reader)
    limits = [each or "a variable" for each in _constraints(install, step)]
    found = reader.limits(
        [there[each] for each in sorted(limits) if each in there], _manifests(build, install)
    )
    variable = step.state.values.get("PIP_CONSTRAINT") or step.state.values.get("UV_CONSTRAINT")
    unread = sorted(_ADDRESS.sub(r"\1://", each) for each in limits if each not in there)
    return found, [*unread, *([variable] if variable else [])]


def without_constraints(build: Build, install: Install) -> Install:
    """Return an install without the lists that only limit versions: they install nothing."""
    step = step_of(build, install)
    limits = _constraints(install, step) if step else set()
    named = tuple(each for each in install.manifests if each.rooted not in limits)
    return install._replace(manifests=named)


def _is_passed_over(path: str, found: frozenset[str]) -> bool:
    """Tell whether npm reads another lock file instead: npm-shrinkwrap.json comes first."""
    folder, name = posixpath.split(path)
    return name == "package-lock.json" and posixpath.join(folder, "npm-shrinkwrap.json") in found


def _constraints(install: Install, step: Step) -> set[str | None]:
    """Return where lists stand that only limit versions."""
    here = join(step.state.workdir or UNKNOWN_WORKDIR, install.command.cwd or ".")
    words = [word.form for word in install.command.args]
    named = {value for flag, value in pairwise(words) if flag in _CONSTRAINTS}
    named |= {word.partition("=")[2] for word in words if word.startswith("--constraint=")}
    return {join(here, value) for value in named}


def step_of(build: Build, install: Install) -> Step | None:
    """Return the step that an install is a command of."""
    steps = build.fact(_runs)
    at = bisect_right(steps, install.span.start, key=lambda step: step.instruction.span.start)
    return steps[at - 1] if at else None


def _runs(build: Build) -> list[Step]:
    """Return the RUNs of all stages, in the file's order; a fact."""
    steps = [step for stage in build.stages for step in build.steps(stage)]
    own = (each for each in steps if each.instruction.index >= each.stage.from_.index)
    runs = (each for each in own if isinstance(each.instruction, Run))
    return sorted(runs, key=lambda step: step.instruction.span.start)


class _Reader:
    """Reads files of the context, each once, however many commits hold it; a fact."""

    def __init__(self, build: Build) -> None:
        self._context, self._read = build.context, Reader(build.context).read
        self._followed: dict[str, list[Followed]] = {}

    def requirements(self, path: str) -> dict[str, Listed]:
        """Return the names in a list for pip, and in those that it names."""
        return {each.manifest.path: self._named(each) for each in self.listed(path, _ANY)}

    def _named(self, taken: Taken) -> Listed:
        text = self._read(taken.manifest.path) or b""
        return _listed(taken.packages, settled=_COMPILED.search(text) is not None)

    def listed(self, path: str, target: Target) -> list[Taken]:
        """Return what lists for pip name for a target."""
        if path not in self._followed:
            self._followed[path] = follow([path], self._read)
        lists = (each for each in self._followed[path] if each.role is not Role.CONSTRAINT)
        return [Taken(each.manifest, *selected(each.manifest, target=target)) for each in lists]

    def limits(self, paths: Sequence[str], lists: Collection[str]) -> list[str]:
        """Return the lines of lists that limit versions, and of those that others name for that."""
        named = [path for path in sorted(lists) if format_of(path) == "requirements"]
        found = follow(paths, self._read, lambda _: "requirements")
        found += (each for each in follow(named, self._read) if each.role is Role.CONSTRAINT)
        return [spec_of(package) for each in found for package in each.manifest.packages]

    def locked(self, path: str, install: Install) -> Listed:
        """Return what an install takes from a lock file."""
        selection = _selection(install)
        key = ("listed", self._identity(path), install.manager, selection)
        kept = self._context.made
        if key[1] and key in kept:
            known: Listed = kept[key]
            return known
        manifest, packages, _ = self.taken(path, install, _TARGET, archives=False)
        if manifest.format in _PYTHON:
            found = _listed(packages, settled=True)
        else:
            found = _counted(manifest, self._project(manifest))
        kept[key] = found
        return found

    def taken(self, path: str, install: Install, target: Target, *, archives: bool) -> Taken:
        """Return the packages that an install takes from a lock file."""
        manifest = self._manifest(path, archives=archives)
        project = self._project(manifest)
        return Taken(manifest, *selected(manifest, _selection(install), target, project))

    def asked(self, path: str, selection: Selection, target: Target) -> Taken:
        """Return what a project's manifest asks for, without any lock file."""
        manifest = self._manifest(path)
        is_python = manifest.format != _PACKAGE_JSON
        groups = selection.of(manifest)
        needs = [
            *(each for name in sorted(groups) for each in manifest.groups.get(name, ())),
            *(
                each
                for name, extra in manifest.extras.items()
                if selection.has_extra(name)
                for each in extra
            ),
        ]
        unknown = [manifest.problem, *manifest.unknown]
        unknown += ["what the workspace asks for" for each in manifest.reads if _is_member(each)]
        return Taken(
            manifest,
            tuple(
                _package(each, pep440(each.wanted) if is_python else each.wanted)
                for each in needs
                if each.origin is not Origin.PROJECT and holds(each.marker, target)
            ),
            tuple(dict.fromkeys(filter(None, unknown))),
        )

    def _identity(self, path: str) -> tuple[str, ...]:
        """Return what tells a lock file's content and that of the manifest beside it; empty where
        nothing does.
        """
        beside = self._beside(path)
        entries = (self._context.entries.get(each) for each in (path, beside) if each)
        found = tuple(entry.identity or "" for entry in entries if entry)
        return found if all(found) else ()

    def _beside(self, path: str) -> str:
        name = _PROJECTS.get(format_of(path) or "")
        return posixpath.join(posixpath.dirname(path), name) if name else ""

    def _project(self, manifest: Manifest) -> Manifest | None:
        beside = self._beside(manifest.path)
        return self._manifest(beside) if beside in self._context.entries else None

    def _manifest(self, path: str, *, archives: bool = True) -> Manifest:
        """Return what a file says; the one that stood at its path in another commit is at hand."""
        entry = self._context.entries.get(path)
        if entry is None or not entry.identity:
            return read_manifest(path, self._read, archives=archives)
        key = (read_manifest, path, archives)
        identity, manifest = self._context.made.get(key, ("", None))
        if identity != entry.identity:
            manifest = read_manifest(path, self._read, archives=archives)
            self._context.made[key] = (entry.identity, manifest)
        found: Manifest = manifest
        return found


def _package(need: Need, wanted: str) -> Package:
    extras = dict.fromkeys(need.extras, ())
    return Package(need.name, origin=need.origin, wanted=wanted, key=need.name, extras=extras)


def _is_member(reference: Reference) -> bool:
    return reference.role is Role.MEMBER


def _selection(install: Install) -> Selection:
    """Return what an install takes of a lock file, by its flags and what leaves out development."""
    told = selection_of(install.manager, [word.text for word in install.command.args])
    out = frozenset({DEVELOPMENT}) if install.dev is False else frozenset()
    return told._replace(without=told.without | out)


def _indexed(package: Package) -> str:
    """Return the name of a package by which the table of PyPI knows it.

    A version with a local label (`2.10.0+cpu`) is of another index, which PyPI refuses: it weighs
    something else. So does what comes from no index.
    """
    if package.origin is not Origin.REGISTRY:
        return f"{package.name} ({package.origin})".strip()
    if is_other_index(package.location):
        return f"{package.name} ({Origin.INDEX})"
    return f"{package.name} {package.version}" if "+" in package.version else package.name


def _listed(packages: Sequence[Package], *, settled: bool) -> Listed:
    """Return what a file names of Python's packages; `settled` where a tool has written it with all
    that they need.
    """
    names = frozenset(map(_indexed, packages))
    versions = tuple((_indexed(each), each.version) for each in packages if each.version)
    pinned = frozenset(name for name, _ in versions)
    return Listed(names, pinned=pinned, closed=settled and pinned == names, versions=versions)


def _counted(manifest: Manifest, project: Manifest | None) -> Listed:
    """Count Node's packages, and those for development where anything tells them apart."""
    every = selected(manifest, Selection(), _TARGET, project)
    few = selected(manifest, Selection(without=frozenset({DEVELOPMENT})), _TARGET, project)
    count = len(every.packages)
    return Listed(packages=count, development=None if few.unknown else count - len(few.packages))

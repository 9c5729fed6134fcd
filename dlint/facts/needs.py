"""What an install reads of the build context: manifests, lock files, and what those lead to."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.errors import DlintError
from dlint.facts.arrivals import pattern
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dlint.context import BuildContext
    from dlint.facts.arrivals import Arrival
    from dlint.model.build import Build
    from dlint.shell import Install

# What says which versions of a Python project's dependencies to install; lists for tests and
# documents do not.
_PYTHON_LISTS = regex(
    r"(?:.*/)?(?:requirements(?!.*(?:dev|test|doc|lint|ci\b))[^/]*\.(?:txt|in|lock)|requirements/[^/]*\.(?:txt|in)"
    r"|(?:poetry|uv|pdm|Pipfile)\.lock|pylock[^/]*\.toml|constraints[^/]*\.txt)"
)
_FETCHED = regex(r"/(?:node_modules|vendor)/")  # manifests of what is installed already
# A conda environment's list for pip may name a requirements file (`- -r requirements.txt`).
_CONDA_PIP = regex(r"^\s*-\s*['\"]?(?:-r|--requirement)[ =]?\s*([\w./-]+)", re.MULTILINE)
_LEADS_ON = regex(
    r"\b(?:gemspec|path|eval_gemfile|require|require_relative|load|File|Dir|instance_eval)\b"
)
VENDOR_SINCE = 14  # go 1.14 (https://go.dev/ref/mod#vendoring)
_LIFECYCLE = (
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
)
# Programs that lifecycle scripts run, with what they read below the project; none for those that
# read nothing of it.
_SCRIPT_READS: Mapping[str, tuple[str, ...]] = {
    "husky": (".husky",),
    "husky-install": (".husky",),
    "is-ci": (),
    "patch-package": ("patches",),
    "prisma": ("prisma", "schema.prisma"),
    "lefthook": ("lefthook.yml",),
    "simple-git-hooks": (),
    "only-allow": (),
    "check-node-version": (),
    "ngcc": (),
    "echo": (),
    "true": (),
    "exit": (),
    "opencollective": (),
    "opencollective-postinstall": (),
    "electron-builder": (),
    "node-gyp": ("binding.gyp",),
    "node-gyp-build": ("binding.gyp",),
    "playwright": (),
    "cypress": (),
    "bower": ("bower.json", ".bowerrc"),
    "typings": ("typings.json",),
}


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
    build: Build, install: Install, here: Sequence[Arrival], workdir: str | None = None
) -> Needs:
    """Return what `install`, run in `workdir`, reads of what has arrived (`here`) before it."""
    places = {place: source for arrival in here for place, source in arrival.files.items()}
    patterns = [text for manifest in install.manifests if (text := manifest.rooted) is not None]
    found = _matching(places, patterns)
    reader = _Reader(build.context, places)
    known = len(patterns) == len(install.manifests) and all(arrival.known for arrival in here)
    if family(install.manager) == "python":
        return _python(
            reader, install, found, _folder(install, places, found, workdir), known=known
        )
    if not found:
        return Needs(found, found, whole=bool(install.projects), proved=False, locked=False)
    files = set(found)
    proved = known
    if family(install.manager) == "node":
        for folder in install.folders:
            proved = reader.node_project(folder, files, scripts=_runs_scripts(install)) and proved
    if install.manager == "conda":
        files |= reader.lists_for_pip(found)
    more = [
        posixpath.join(folder, name)
        for folder in install.folders
        for name in install.managed_by.leads_to
    ]
    files.update(_matching(places, more))
    proved = proved and _is_provable(reader, install, found)
    return Needs(
        found, frozenset(files), reader.whole, proved, _has_lock(install, found), reader.readable
    )


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
    reader = _Reader(build.context, {})
    texts = (
        reader.text(path)
        for path in read.manifests
        if posixpath.basename(path) == "go.mod" and "vendor/" not in path
    )
    versions = [re.search(r"^go 1\.(\d+)", text, re.MULTILINE) for text in texts if text]
    return bool(versions) and all(
        version is None or int(version[1]) >= VENDOR_SINCE for version in versions
    )


def lock_names(manager: str) -> tuple[str, ...]:
    """Return the names of a manager's lock files."""
    from dlint.shell.managers import by_name

    found = by_name(manager)
    return found.lock_files if found else ()


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
    """Follows manifests through the context."""

    def __init__(self, context: BuildContext, places: Mapping[str, str]) -> None:
        """Read `context`, whose files stand at `places` of the image."""
        self.context = context
        self.places = places
        self.whole = False
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

    def below(self, folder: str, files: set[str]) -> None:
        """Add the files at or below an image's path."""
        files.update(source for place, source in self.places.items() if within(place, folder))

    def lists_for_pip(self, environments: Iterable[str]) -> frozenset[str]:
        """Return the requirements files that environments of conda name, beside which they
        stand.
        """
        named = {
            posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
            for path in environments
            for match in _CONDA_PIP.finditer(self.text(path) or "")
        }
        return frozenset(named.intersection(self.places.values()))

    def node_project(self, folder: str, files: set[str], *, scripts: bool) -> bool:
        """Add what the package.json in `folder` leads to; return whether all of that is known."""
        source = self.places.get(f"{folder}/package.json".replace("//", "/"))
        if source is None:
            return True
        manifest = self._json(source)
        if manifest is None:
            self.readable = False
            return False
        known = self._workspaces(folder, manifest, files)
        for name in ("dependencies", "devDependencies", "optionalDependencies"):
            for version in _table(manifest, name).values():
                match = (
                    re.match(r"(?:file|link|portal):(?://)?(.+)", version)
                    if isinstance(version, str)
                    else None
                )
                if match:
                    self.below(posixpath.normpath(posixpath.join(folder, match[1])), files)
        if scripts and f"{folder}/binding.gyp" in self.places:
            self.whole = True  # npm compiles it of itself
        commands = _table(manifest, "scripts")
        for name in _LIFECYCLE if scripts else ():
            if isinstance(commands.get(name), str):
                known = self._script(folder, commands[name], commands, files) and known
        return known

    def _json(self, path: str) -> dict[str, Any] | None:
        try:
            found = json.loads(self.text(path) or "")
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _workspaces(self, folder: str, manifest: Mapping[str, Any], files: set[str]) -> bool:
        globs = manifest.get("workspaces", [])
        globs = globs.get("packages", []) if isinstance(globs, dict) else globs
        if f"{folder}/pnpm-workspace.yaml" in self.places:
            globs = ["**"]
        members = (
            [glob for glob in globs if isinstance(glob, str)] if isinstance(globs, list) else []
        )
        patterns = [
            posixpath.join(folder, glob.removeprefix("./"), "package.json") for glob in members
        ]
        files.update(_matching(self.places, patterns))
        return not members

    def _script(
        self, folder: str, script: str, scripts: Mapping[str, Any], files: set[str]
    ) -> bool:
        """Add what a lifecycle script reads; return whether that is known. One that builds reads
        the whole source.
        """
        known = True
        for command in re.split(r"&&|\|\||;|\|", script):
            words = command.split()
            if (
                words[:1]
                and words[0] in _MANAGERS
                and any(_ELSEWHERE.fullmatch(word) for word in words[1:])
            ):
                known, self.whole = (
                    False,
                    True,
                )  # a script of another package, which is there for its source
                continue
            while words and (
                "=" in words[0]
                or words[0] in {"npx", "node", "yarn", "pnpm", "exec", "cross-env", "-y"}
            ):
                words = words[1:]
            if not words:
                continue
            if words[0] in {"npm", "run", "run-s", "npm-run-all"} or words[0] in scripts:
                name = next((word for word in words if isinstance(scripts.get(word), str)), None)
                inner = dict(scripts)
                if name is None or not self._script(folder, str(inner.pop(name)), inner, files):
                    known = False
                continue
            reads = _SCRIPT_READS.get(words[0])
            paths = [
                posixpath.normpath(posixpath.join(folder, word))
                for word in words
                if not word.startswith("-")
            ]
            for path in [*paths, *(posixpath.join(folder, name) for name in reads or ())]:
                self.below(path, files)
            if reads is None:
                known = False  # a script of the project may read other files of it
                if not any(path in self.places for path in paths):
                    self.whole = self.whole or _BUILDS.match(words[0]) is not None
        return known


_MANAGERS = frozenset(("npm", "yarn", "pnpm", "bun"))
_ELSEWHERE = regex(
    r"-C|-F|-r|-w|--(?:filter|dir|prefix|cwd|workspaces?|recursive)(?:=.*)?|workspaces?"
)
_BUILDS = regex(
    r"tsc|webpack|vite|rollup|next|nuxt|nuxi|ng|gulp|grunt|turbo|nx|lerna|tsup|parcel|esbuild|babel|make\b"
)


def _table(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = manifest.get(name)
    return found if isinstance(found, dict) else {}


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
    from dlint.facts.python_inputs import inputs

    if install.projects and not found:
        folders = [path for project in install.projects if (path := project.rooted) is not None]
        spare = [_spare_lists(reader, folder) for folder in folders]
        files = frozenset(path for paths in spare for path in paths)
        return Needs(found, files, whole=not files, proved=False, locked=False)
    read = inputs(reader.read, reader.context.entries.keys(), manifests=found, folder=folder)
    readable = all(reader.text(path) is not None for path in found)
    proved = known and read.complete and readable and bool(found)
    files = found | read.files
    return Needs(
        found,
        files,
        whole=False,
        proved=proved,
        locked=_has_lock(install, found),
        readable=readable,
    )


def _spare_lists(reader: _Reader, folder: str) -> frozenset[str]:
    """Return the files beside a project that name its dependencies, so that those could be
    installed first.
    """
    skip = len(folder.rstrip("/")) + 1
    return frozenset(
        source
        for place, source in reader.places.items()
        if within(place, folder)
        and _PYTHON_LISTS.fullmatch(place[skip:])
        and place[skip:].count("/") <= 1
    )


def is_system_manager(manager: str) -> bool:
    """Tell whether a manager installs the distribution's packages."""
    from dlint.shell.managers import by_name

    found = by_name(manager)
    return found is not None and found.is_system


def family(manager: str) -> str:
    """Return what managers are called that share what they install."""
    from dlint.shell.managers import by_name

    found = by_name(manager)
    return found.family if found else manager

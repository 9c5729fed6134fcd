"""Which files of the build context Python's installers read, without running any code of the
project.

Where the answer isn't sure it is too large rather than too small: a file that is named is taken for
read, and where code decides, `complete` says so.
"""

from __future__ import annotations

import posixpath
import sys
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

from dlint.manifests import Role, format_of, pyproject, read_manifest, resolve, setup_cfg
from dlint.manifests.loading import FormatError, text_of
from dlint.manifests.python_project import Sources, versions_from_git
from dlint.reads.python_code import ASKS_GIT, read_code
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Set as AbstractSet


class Inputs(NamedTuple):
    """Paths relative to the context, '/'-separated.

    `files`              all that the step reads, package sources included.
    `dependencies_files` those that name what to install: requirements, pyproject.toml, setup.py,
    lock files.
    `needs_git`          the version comes from `.git`.
    `complete`           False where the project's own code decides: rules stay silent.
    """

    files: frozenset[str]
    dependencies_files: frozenset[str]
    needs_git: bool
    complete: bool


def inputs(  # noqa: PLR0913  one argument a fact of the command
    read: Callable[[str], bytes | None],
    paths: AbstractSet[str],
    *,
    manifests: Iterable[str] = (),
    projects: Iterable[str] = (),
    code: Iterable[str] = (),
    folder: str = "",
) -> Inputs:
    """Return what a command, run in `folder`, reads of the files `paths`.

    `manifests` are files that it is given or looks for (`-r requirements.txt`, pyproject.toml,
    uv.lock), `projects` folders that it installs (`pip install .`, `python setup.py install`),
    `code` what it gets by `python -c`. `read` returns None for a file that cannot be read; a file
    that is not in `paths` is passed over.
    """
    reader = _Reader(read, paths, folder)
    for manifest in manifests:
        reader.manifest(manifest)
    for project in projects:
        reader.project(project)
    for text in code:
        reader.code(text, folder)
    reader.follow()
    return Inputs(
        frozenset(reader.files), frozenset(reader.dependencies), reader.needs_git, reader.complete
    )


# Folders that setuptools' own discovery passes over, from its documentation.
_NO_PACKAGES = frozenset(
    "benchmark benchmarks bin build changelog ci debian dist doc docs documentation example"
    " examples exercise exercises htmlcov manpages news newsfragments python scripts test tests"
    " tools unit_test unit_tests util utils".split(),
)
_FIND_PACKAGES = regex(r"(?:where\s*=|find(?:_namespace)?_packages\()\s*['\"]([\w./-]+)['\"]")
_SCRIPTS = (".sh", ".bash", ".py")
_LICENSES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
# What declares a project besides its setup.py, and what reads that.
_DECLARES: Mapping[str, Callable[[bytes], Sources | None]] = {
    "pyproject.toml": pyproject.read_sources,
    "setup.cfg": setup_cfg.read_sources,
}


class _Reader:
    """Follows files to the files that they name, each once."""

    def __init__(
        self, read: Callable[[str], bytes | None], paths: AbstractSet[str], folder: str
    ) -> None:
        self._read, self.paths, self.folder = read, paths, folder
        self.files: set[str] = set()
        self.dependencies: set[str] = set()
        self.needs_git = False
        self.complete = True
        self._projects: set[str] = set()
        self._found_manifests: list[tuple[str, str | None]] = []
        self._found_projects: list[str] = []

    def follow(self) -> None:
        """Read all manifests and projects that were found, and those that they lead to."""
        while self._found_manifests or self._found_projects:
            if self._found_manifests:
                self._read_manifest(*self._found_manifests.pop())
            else:
                self._read_project(self._found_projects.pop())

    def data(self, path: str) -> bytes | None:
        """Return a file's bytes, and note that it is read; None where it cannot be."""
        self.files.add(path)
        data = self._read(path)
        self.complete = self.complete and data is not None
        return data

    def below(self, folder: str) -> Iterator[str]:
        """Yield the files in a folder, however deep; "" is the context."""
        prefix = f"{folder}/" if folder else ""
        return (path for path in self.paths if path.startswith(prefix))

    @cached_property
    def _folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.paths:
            above = posixpath.dirname(path)
            while above and above not in found:
                found.add(above)
                above = posixpath.dirname(above)
        return frozenset(found)

    def _is_file(self, path: str) -> bool:
        """Tell whether a file stands there: the context's paths hold folders, too."""
        return path in self.paths and path not in self._folders

    def take(self, path: str) -> bool:
        """Note a file, or all files of a folder; False where there is neither."""
        path = _normal(path)
        found = [path] if self._is_file(path) else list(self.below(path)) if path else []
        self.files.update(found)
        return bool(found)

    def take_matching(self, folder: str, patterns: Iterable[str]) -> None:
        """Note the files that match one of the patterns, in `folder` or below; a folder stands for
        all in it.
        """
        for pattern in patterns:
            whole = _normal(posixpath.join(folder, pattern))
            if pattern and not self.take(whole) and any(sign in pattern for sign in "*?["):
                self.files.update(path for path in self.below(folder) if fnmatchcase(path, whole))

    def take_beside(self, folder: str, patterns: Iterable[str]) -> None:
        """Note the files right in `folder` that match one of the patterns."""
        beside = [path for path in self.below(folder) if posixpath.dirname(path) == folder]
        for pattern in patterns:
            self.files.update(
                path for path in beside if fnmatchcase(posixpath.basename(path), pattern)
            )

    # Lists and manifests

    def manifest(self, path: str, kind: str | None = None) -> None:
        """Have a file read that names what to install; `kind` is its format where its name does not
        tell.
        """
        self._found_manifests.append((_normal(path), kind))

    def _read_manifest(self, path: str, kind: str | None) -> None:
        if path in self.files & self.dependencies or path not in self.paths:
            return
        self.dependencies.add(path)
        self.files.add(path)
        match kind or format_of(path):
            case "pyproject":
                self._members(self._sources(path, pyproject.read_sources), posixpath.dirname(path))
            case "requirements":
                self._read_list(path)
            case "Pipfile":
                for each in read_manifest(path, self.data).reads:
                    self._dependency(resolve(path, each, self.folder))

    def _read_list(self, path: str) -> None:
        """Follow what a list for pip names."""
        found = read_manifest(path, self.data, "requirements")
        self.complete = self.complete and not found.problem and not found.unknown
        for each in found.reads:
            named = resolve(path, each, self.folder)
            match each.role:
                case Role.LIST | Role.CONSTRAINT:
                    self.manifest(named, "requirements")
                case Role.PROJECT:
                    self._dependency(named)
                case _:
                    self.take(named)

    # Projects

    def project(self, folder: str) -> None:
        """Have what installing the project in `folder` reads noted."""
        self._found_projects.append(_normal(folder))

    def _read_project(self, folder: str) -> None:
        if folder in self._projects:
            return
        self._projects.add(folder)
        held = {posixpath.join(folder, name): read for name, read in _DECLARES.items()}
        code = _normal(posixpath.join(folder, "setup.py"))
        there = self.paths & {*held, code}
        if not there:
            self.complete = False
            return
        self.dependencies.update(there)
        named = [self._sources(path, read) for path, read in held.items() if path in there]
        setup = self._text(code) if code in there else None
        self.take_beside(folder, ("MANIFEST.in", *_LICENSES))
        for sources in named:
            self._declared(sources, folder)
        if setup is not None:
            self.code(setup, folder, setup=True)
        self._packages([name for each in named for name in each.folders], setup or "", folder)

    def _text(self, path: str) -> str | None:
        data = self.data(path)
        try:
            return None if data is None else text_of(data)
        except FormatError:
            self.complete = False
            return None

    def _sources(self, path: str, read: Callable[[bytes], Sources | None]) -> Sources:
        """Return what a file declares; nothing where it cannot be read."""
        data = self.data(path)
        found = None if data is None else read(data)
        self.complete = self.complete and found is not None
        return found or Sources()

    def _declared(self, sources: Sources, folder: str) -> None:
        """Note what a project's tables name."""
        self.needs_git = self.needs_git or sources.needs_git
        self.complete = self.complete and not sources.runs_code
        for name in sources.files:
            self._named_file(name, folder)
        for name in sources.attributes:
            self._attribute(name, folder)
        for name in sources.fragments:
            self.take(posixpath.join(folder, name))
        self.take_matching(folder, sources.patterns)
        self._members(sources, folder)

    def _members(self, sources: Sources, folder: str) -> None:
        """Follow dependencies that lie in the context, and a workspace's members."""
        for path in sources.local:
            self._dependency(posixpath.join(folder, path), must_exist=False)
        for pattern in sources.members:
            whole = _normal(posixpath.join(folder, pattern, "pyproject.toml"))
            for path in sorted(self.paths):
                if fnmatchcase(path, whole):
                    self.project(posixpath.dirname(path))

    def _named_file(self, name: str, folder: str) -> None:
        path = _normal(posixpath.join(folder, name))
        if self._is_file(path):
            self.files.add(path)
            if "require" in name:
                self.manifest(path)

    def _attribute(self, name: str, folder: str) -> None:
        """Note the module that holds `attr = "pkg.module.NAME"`."""
        parts = name.strip().split(".")[:-1]
        for start in (folder, posixpath.join(folder, "src")):
            base = posixpath.join(start, *parts)
            self.files.update({f"{base}.py", f"{base}/__init__.py"} & self.paths)

    def _dependency(self, path: str, *, must_exist: bool = True) -> None:
        """Follow a dependency in the context: an archive is read, a folder installed."""
        path = _normal(path)
        if self._is_file(path):
            self.take(path)
        elif path in self._folders or must_exist:
            self.take(path)  # its build may need any of it
            self.project(path)

    def _packages(self, declared: Iterable[str], setup: str, folder: str) -> None:
        """Note the sources: folders that are named, else what discovery finds."""
        named = {*declared, *_FIND_PACKAGES.findall(setup)} - {"", "."}
        found = [self.take(posixpath.join(folder, name)) for name in sorted(named)]
        if not any(found) and not self.take(posixpath.join(folder, "src")):
            self._discovered(folder)

    def _discovered(self, folder: str) -> None:
        """Note what setuptools finds in a project whose code is not below `src`."""
        prefix = f"{folder}/" if folder else ""
        for path in self.below(folder):
            top, slash, _ = path.removeprefix(prefix).partition("/")
            if not slash:
                is_source = top.endswith(".py")
            else:
                is_package = top not in _NO_PACKAGES and top[0] not in "._"
                is_source = is_package and f"{prefix}{top}/__init__.py" in self.paths
            if is_source:
                self.files.add(path)

    # Code

    def code(self, text: str, folder: str, *, setup: bool = False) -> None:
        """Note what a setup.py or `python -c` reads: names of existing files among its strings,
        local modules.
        """
        found = read_code(text)
        for name in found.strings:
            self._string(name, folder)
        for name in found.modules:
            if self._module(name, folder) and not setup:
                self.complete = False
        self.complete = self.complete and found.harmless
        asks = found.git or versions_from_git(text)
        if not found.harmless:
            asks = asks or any(self._asks_git(name, folder) for name in found.strings)
        self.needs_git = self.needs_git or asks

    def _asks_git(self, name: str, folder: str) -> bool:
        """Tell whether a script that code names, and may run, asks git."""
        path = _normal(posixpath.join(folder, name))
        if not name.endswith(_SCRIPTS) or not self._is_file(path):
            return False
        return ASKS_GIT.search((self._read(path) or b"").decode("utf-8", "replace")) is not None

    def _string(self, name: str, folder: str) -> None:
        path = _normal(posixpath.join(folder, name))
        if path in self.paths:
            self._named_file(name, folder)
        elif "*" in name:
            self.take_matching(folder, [name])

    def _module(self, name: str, folder: str) -> bool:
        """Note a module of the project; False where it is the library's or an installed one."""
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in {"setuptools", "pkg_resources"}:
            return False
        return self.take(posixpath.join(folder, f"{top}.py")) | self.take(
            posixpath.join(folder, top)
        )


def _normal(path: str) -> str:
    found = posixpath.normpath(path.lstrip("/"))
    return "" if found == "." else found

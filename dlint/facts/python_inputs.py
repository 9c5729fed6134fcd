"""Which files of the build context Python's installers read, without running any code of the
project.

Where the answer isn't sure it is too large rather than too small: a file that is named is taken for
read, and where code decides, `complete` says so.
"""

from __future__ import annotations

import posixpath
import re
import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import libcst


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
    paths: Collection[str],
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
    return Inputs(
        frozenset(reader.files), frozenset(reader.dependencies), reader.needs_git, reader.complete
    )


_REQUIREMENT_OPTION = regex(
    r"(?:-(?P<short>[rcef])\s*|--(?P<long>requirement|constraint|editable|find-links)(?:\s+|=))(?P<value>\S.*)\Z"
)
_LOCAL = regex(
    r"(?:[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*)?(?:file:(?://)?)?(?P<path>[./~].*|[\w.-]+/.*|\S+\.(?:whl|tar\.gz|zip))\Z"
)
_EXTRAS = regex(r"\s*(?:\[[^\]]*\])?\s*(?:;.*)?\Z", re.DOTALL)
_LICENSES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
# Folders that setuptools' own discovery passes over, from its documentation.
_NO_PACKAGES = frozenset(
    "benchmark benchmarks bin build changelog ci debian dist doc docs documentation example"
    " examples exercise exercises htmlcov manpages news newsfragments python scripts test tests"
    " tools unit_test unit_tests util utils".split(),
)
_BACKENDS = (
    "setuptools.",
    "hatchling.",
    "flit_core.",
    "poetry.core.",
    "poetry.masonry.",
    "pdm.backend",
    "pdm.pep517",
    "uv_build",
)
_GIT_VERSIONS = regex(
    r"\b(?:setuptools[-_]scm|hatch[-_]vcs|versioneer|pbr|dunamai|poetry[-_]dynamic[-_]versioning|setuptools[-_]git[-_]versioning|versioningit|miniver)\b"
)


class _Reader:
    """Follows files to the files that they name, each once."""

    def __init__(
        self, read: Callable[[str], bytes | None], paths: Collection[str], folder: str
    ) -> None:
        self._read, self.paths, self.folder = read, frozenset(paths), folder
        self.files: set[str] = set()
        self.dependencies: set[str] = set()
        self.needs_git = False
        self.complete = True
        self._projects: set[str] = set()

    def text(self, path: str) -> str | None:
        """Return a file's text, and note that it is read; None where there is no such file."""
        path = _normal(path)
        if path not in self.paths:
            return None
        self.files.add(path)
        data = self._read(path)
        if data is None:
            self.complete = False
            return None
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16", "replace")
        return data.decode("utf-8-sig", "replace")

    def below(self, folder: str) -> Iterator[str]:
        """Yield the files in a folder, however deep; "" is the context."""
        prefix = f"{folder}/" if folder else ""
        return (path for path in self.paths if path.startswith(prefix))

    def take(self, path: str) -> bool:
        """Note a file, or all files of a folder; False where there is neither."""
        path = _normal(path)
        found = [path] if path in self.paths else list(self.below(path)) if path else []
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

    # Requirements

    def manifest(self, path: str) -> None:
        """Read a file that names what to install."""
        path = _normal(path)
        name = posixpath.basename(path)
        if path in self.files & self.dependencies or path not in self.paths:
            return
        self.dependencies.add(path)
        if name == "pyproject.toml":
            self._local_sources(self._toml(path), posixpath.dirname(path))
        elif name.endswith((".txt", ".in")):
            self._requirements(path)
        else:
            self.files.add(path)

    def _requirements(self, path: str) -> None:
        text = re.sub(r"\\\r?\n", "", self.text(path) or "")
        for raw in text.splitlines():
            line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
            if match := _REQUIREMENT_OPTION.match(line):
                self._option(
                    (match["short"] or match["long"])[0], match["value"].strip("\"' "), path
                )
            elif line and not line.startswith("-") and "://" not in line.replace("file://", ""):
                self._local(line)

    def _option(self, letter: str, value: str, path: str) -> None:
        if "://" in value:
            return
        if "${" in value:
            self.complete = False
        elif letter in "rc":
            self.manifest(posixpath.join(posixpath.dirname(path), value))
        elif letter == "e":
            self.project(posixpath.join(self.folder, _EXTRAS.sub("", value.removeprefix("file:"))))
        else:
            self.take(posixpath.join(posixpath.dirname(path), value))

    def _local(self, line: str) -> None:
        """Follow a requirement that is a path."""
        match = _LOCAL.match(line)
        if not match:
            return
        path = posixpath.join(self.folder, _EXTRAS.sub("", match["path"]))
        if _normal(path) in self.paths:
            self.take(path)
        else:
            self.project(path)

    # Projects

    def project(self, folder: str) -> None:
        """Note what installing the project in `folder` reads."""
        folder = _normal(folder)
        if folder in self._projects:
            return
        self._projects.add(folder)
        settings = self._toml(posixpath.join(folder, "pyproject.toml"))
        configuration = self._ini(posixpath.join(folder, "setup.cfg"))
        setup = self.text(posixpath.join(folder, "setup.py"))
        names = ("pyproject.toml", "setup.cfg", "setup.py")
        self.dependencies.update(
            path for name in names if (path := _normal(posixpath.join(folder, name))) in self.paths
        )
        if not self.dependencies.intersection(posixpath.join(folder, name) for name in names):
            self.complete = False
            return
        self.take_beside(folder, ("MANIFEST.in", *_LICENSES))
        self._build_system(settings)
        self._metadata(settings, folder)
        self._local_sources(settings, folder)
        self._configuration(configuration, folder)
        if setup is not None:
            self.code(setup, folder, setup=True)
        self._packages(settings, configuration, setup or "", folder)

    def _toml(self, path: str) -> dict[str, Any]:
        import tomllib

        try:
            return tomllib.loads(self.text(path) or "")
        except tomllib.TOMLDecodeError:
            self.complete = False
            return {}

    def _ini(self, path: str) -> Mapping[str, Mapping[str, str]]:
        from configparser import Error, RawConfigParser

        parser = RawConfigParser()
        try:
            parser.read_string(self.text(path) or "")
        except Error:
            self.complete = False
        return {name: dict(parser[name]) for name in parser.sections()}

    def _build_system(self, settings: Mapping[str, Any]) -> None:
        system = _table(settings, "build-system")
        backend = system.get("build-backend", "setuptools.")
        known = isinstance(backend, str) and backend.startswith(_BACKENDS)
        if not known or "backend-path" in system:
            self.complete = False
        if _GIT_VERSIONS.search(str(system.get("requires", ""))):
            self.needs_git = True

    def _metadata(self, settings: Mapping[str, Any], folder: str) -> None:
        """Read the tables that name files: readme, licences, dynamic fields."""
        project = _table(settings, "project")
        tool = _table(settings, "tool")
        poetry = _table(tool, "poetry")
        for named in (project.get("readme"), project.get("license"), poetry.get("readme")):
            self._named(named, folder)
        self.take_matching(
            folder, [one for one in project.get("license-files", ()) if isinstance(one, str)]
        )
        for value in _table(_table(tool, "setuptools"), "dynamic").values():
            self._named(value, folder)
        hatch, pdm = _table(tool, "hatch"), _table(tool, "pdm")
        self._named(_table(hatch, "version").get("path"), folder)
        self._named(_table(pdm, "version").get("path"), folder)
        scm = {"vcs", "scm"} & {
            _table(hatch, "version").get("source"),
            _table(pdm, "version").get("source"),
        }
        if scm or {
            "setuptools_scm",
            "poetry-dynamic-versioning",
            "versioneer",
            "setuptools-git-versioning",
        } & set(tool):
            self.needs_git = True
        hooks = (
            _table(_table(hatch, "build"), "hooks"),
            _table(_table(hatch, "metadata"), "hooks"),
        )
        if (
            any("custom" in hook for hook in hooks)
            or {"build"} & set(poetry)
            or "cmdclass" in _table(tool, "setuptools")
        ):
            self.complete = False
        for fragment in _strings(hooks[1].get("fancy-pypi-readme")):
            self.take(posixpath.join(folder, fragment))

    def _named(self, value: object, folder: str) -> None:
        """Note the files that a field names: "README.md", {file = ["a", "b"]}, {attr =
        "pkg.version"}.
        """
        if isinstance(value, dict):
            self._attribute(value.get("attr"), folder)
            value = value.get("file")
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else ():
            if isinstance(name, str):
                self._named_file(name, folder)

    def _named_file(self, name: str, folder: str) -> None:
        path = _normal(posixpath.join(folder, name))
        if path in self.paths:
            self.files.add(path)
            if "require" in name:
                self.manifest(path)

    def _attribute(self, name: object, folder: str) -> None:
        """Note the module that holds `attr = "pkg.module.NAME"`."""
        if isinstance(name, str):
            parts = name.strip().split(".")[:-1]
            for start in (folder, posixpath.join(folder, "src")):
                base = posixpath.join(start, *parts)
                self.files.update({f"{base}.py", f"{base}/__init__.py"} & self.paths)

    def _local_sources(self, settings: Mapping[str, Any], folder: str) -> None:
        """Follow dependencies that lie in the context: uv's sources and workspaces, poetry's
        paths.
        """
        tool = _table(settings, "tool")
        uv = _table(tool, "uv")
        for source in _dicts(_table(uv, "sources")):
            if isinstance(source.get("path"), str):
                self._source(posixpath.join(folder, source["path"]))
        for dependency in _dicts(_table(tool, "poetry")):
            if isinstance(dependency.get("path"), str) and "url" not in dependency:
                self._source(posixpath.join(folder, dependency["path"]))
        for pattern in _strings(_table(uv, "workspace").get("members")):
            whole = _normal(posixpath.join(folder, pattern, "pyproject.toml"))
            for path in sorted(self.paths):
                if fnmatchcase(path, whole):
                    self.project(posixpath.dirname(path))

    def _source(self, path: str) -> None:
        if _normal(path) in self.paths:
            self.take(path)
        elif any(True for _ in self.below(_normal(path))):
            self.project(path)

    def _configuration(self, configuration: Mapping[str, Mapping[str, str]], folder: str) -> None:
        """Read setup.cfg."""
        metadata, options = configuration.get("metadata", {}), configuration.get("options", {})
        for value in (
            *metadata.values(),
            *options.values(),
            *configuration.get("options.extras_require", {}).values(),
        ):
            kind, colon, names = value.strip().partition(":")
            if colon and kind == "file":
                self._named([name.strip() for name in re.split(r"[,\n]", names)], folder)
            elif colon and kind == "attr":
                self._attribute(names, folder)
        self.take_matching(folder, metadata.get("license_files", "").split())
        self.take_matching(
            folder,
            re.split(r"[,\s]+", " ".join(configuration.get("options.data_files", {}).values())),
        )
        wanted = (
            f"{options.get('setup_requires', '')} {options.get('cmdclass', '')}"
            f" {' '.join(configuration)}"
        )
        self.needs_git = self.needs_git or bool(_GIT_VERSIONS.search(wanted))
        self.complete = self.complete and "cmdclass" not in options

    def _packages(
        self,
        settings: Mapping[str, Any],
        configuration: Mapping[str, Mapping[str, str]],
        setup: str,
        folder: str,
    ) -> None:
        """Note the sources: folders that are named, else what discovery finds."""
        named = set(_named_folders(settings))
        named.update(
            re.split(r"[\s,]+", configuration.get("options.packages.find", {}).get("where", ""))
        )
        named.update(
            re.findall(
                r"(?:where\s*=|find(?:_namespace)?_packages\()\s*['\"]([\w./-]+)['\"]", setup
            )
        )
        found = [self.take(posixpath.join(folder, name)) for name in sorted(named - {"", "."})]
        if any(found):
            return
        if self.take(posixpath.join(folder, "src")):
            return
        prefix = f"{folder}/" if folder else ""
        for path in self.below(folder):
            top, slash, _ = path.removeprefix(prefix).partition("/")
            if slash and top not in _NO_PACKAGES and top[0] not in "._":
                if f"{prefix}{top}/__init__.py" in self.paths:
                    self.files.add(path)
            elif not slash and top.endswith(".py"):
                self.files.add(path)

    # Code

    def code(self, text: str, folder: str, *, setup: bool = False) -> None:
        """Note what a setup.py or `python -c` reads: names of existing files among its strings,
        local modules.
        """
        import libcst

        if _GIT_VERSIONS.search(text):
            self.needs_git = True
        try:
            module = libcst.parse_module(text)
        except (libcst.ParserSyntaxError, RecursionError, ValueError):
            self.complete = False
            return
        found = _Code()
        try:
            found.look(module)
        except RecursionError:
            self.complete = False
        for name in found.strings:
            self._string(name, folder)
        for name in found.modules:
            if self._module(name, folder) and not setup:
                self.complete = False
        self.complete = self.complete and found.harmless
        self.needs_git = self.needs_git or found.git

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


def _table(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = table.get(name)
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> Iterator[str]:
    """Yield the strings in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    """Yield the tables in a value, however deep."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _dicts(inner)


def _named_folders(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield folders of packages that pyproject.toml names."""
    tool = _table(settings, "tool")
    setuptools = _table(tool, "setuptools")
    packages = setuptools.get("packages")
    yield from _strings(
        packages.get("find", {}).get("where") if isinstance(packages, dict) else None
    )
    roots = list(_strings(setuptools.get("package-dir"))) or [""]
    if isinstance(packages, list):
        yield from (
            posixpath.join(root, name.replace(".", "/"))
            for root in roots
            for name in _strings(packages)
        )
    yield from (f"{name}.py" for name in _strings(setuptools.get("py-modules")))
    for package in _dicts(_table(tool, "poetry").get("packages")):
        yield posixpath.join(
            str(package.get("from", "")), str(package.get("include", "")).removesuffix("/**/*")
        )
    wheel = _table(_table(_table(_table(tool, "hatch"), "build"), "targets"), "wheel")
    yield from _strings(wheel.get("packages"))
    yield from _table(wheel, "force-include")
    yield from _strings(_table(_table(tool, "flit"), "module").get("name"))
    yield from _strings(_table(_table(tool, "pdm"), "build").get("includes"))


_CALLS_OUT = frozenset(
    [
        "Popen",
        "call",
        "check_call",
        "check_output",
        "getoutput",
        "popen",
        "run",
        "system",
        "spawn",
        "urlopen",
    ]
)
_BUILDS = frozenset(["cmdclass", "ext_modules", "rust_extensions", "cffi_modules", "distclass"])
_OPENS = frozenset(["open", "read_text", "run_path", "spec_from_file_location"])
_LISTS = frozenset(["glob", "iglob", "listdir", "rglob", "scandir", "walk", "iterdir"])


class _Code:
    """Strings, joined where code joins paths, modules and calls of a piece of Python."""

    def __init__(self) -> None:
        self.strings: set[str] = set()
        self.modules: set[str] = set()
        self.harmless = True
        self.git = False

    def look(self, node: libcst.CSTNode) -> None:
        """Go through a node and all below it."""
        import libcst

        text = _string(node)
        if text is not None:
            self.strings.add(text)
        if isinstance(node, libcst.Call):
            self._call(node)
        elif isinstance(node, libcst.ImportFrom | libcst.Import):
            self._import(node)
        for child in node.children:
            self.look(child)

    def _call(self, node: libcst.Call) -> None:
        import libcst

        name = node.func
        called = (
            name.attr.value
            if isinstance(name, libcst.Attribute)
            else name.value
            if isinstance(name, libcst.Name)
            else ""
        )
        arguments = [_string(argument.value) for argument in node.args]
        if called in _CALLS_OUT:
            self.harmless = False
            self.git = self.git or any(
                isinstance(inner, libcst.SimpleString) and "git" in inner.value
                for inner in _below(node)
            )
        if called in _LISTS and not any(arguments):
            self.harmless = False
        if called == "setup":
            keywords = {argument.keyword.value for argument in node.args if argument.keyword}
            starred = any(argument.star == "**" for argument in node.args)
            self.harmless = self.harmless and not starred and not keywords & _BUILDS
        # Whether os.path.join or one's own `read("docs", "a.md")`.
        self.strings.add(posixpath.join("", *[text for text in arguments if text]))
        if called in _OPENS and any(
            isinstance(inner, libcst.FormattedString | libcst.Modulo) for inner in _below(node)
        ):
            self.harmless = False

    def _import(self, node: libcst.ImportFrom | libcst.Import) -> None:
        import libcst

        if isinstance(node, libcst.ImportFrom):
            module = node.module
            names = [_dotted(module)] if module is not None else []
        else:
            names = [_dotted(alias.name) for alias in node.names]
        self.modules.update(names)


def _below(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    for child in node.children:
        yield child
        yield from _below(child)


def _dotted(node: libcst.CSTNode) -> str:
    import libcst

    if isinstance(node, libcst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, libcst.Name) else ""


def _string(node: libcst.CSTNode) -> str | None:
    """Return the text of a literal, or of `HERE / "a" / "b"` the part that is written out."""
    import libcst

    if isinstance(node, libcst.SimpleString | libcst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    if isinstance(node, libcst.BinaryOperation) and isinstance(
        node.operator, libcst.Divide | libcst.Add
    ):
        right = _string(node.right)
        left = _string(node.left)
        if right is None:
            return None
        joined = isinstance(node.operator, libcst.Divide)
        return (
            right.lstrip("/")
            if left is None
            else posixpath.join(left, right)
            if joined
            else left + right
        )
    return None

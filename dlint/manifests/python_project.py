"""What building a Python project reads of its folder, as its own tables tell."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import string, strings, table, tables, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
_GIT_TOOLS = frozenset(
    ("setuptools_scm", "poetry-dynamic-versioning", "versioneer", "setuptools-git-versioning")
)
_BETWEEN = re.compile(r"[\s,]+")


class Sources(NamedTuple):
    """What a build reads, paths relative to the project's folder.

    `files` are read where they exist (readme, licence), `fragments` files or folders that are taken
    whole, `patterns` as fnmatch takes them. `attributes` are modules' names
    (`package.module.NAME`) that are looked up, `folders` where packages lie. `local` are
    dependencies in folders or files, `members` patterns for folders of a workspace. `needs_git`: a
    version comes from git. `runs_code`: code of the project decides what else is read.
    """

    files: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    needs_git: bool = False
    runs_code: bool = False


def versions_from_git(text: str) -> bool:
    """Tell whether a text names a tool that takes a project's version from git."""
    return bool(_GIT_VERSIONS.search(text))


def sources_of_pyproject(settings: Mapping[str, Any]) -> Sources:
    """Return what the tables of pyproject.toml name."""
    project, tool = table(settings, "project"), table(settings, "tool")
    hatch, pdm = table(tool, "hatch"), table(tool, "pdm")
    named = [
        project.get("readme"),
        project.get("license"),
        table(tool, "poetry").get("readme"),
        *table(tool, "setuptools", "dynamic").values(),
        table(hatch, "version").get("path"),
        table(pdm, "version").get("path"),
    ]
    build = table(settings, "build-system")
    return Sources(
        files=tuple(name for value in named for name in _files(value)),
        fragments=tuple(_texts(table(hatch, "metadata", "hooks").get("fancy-pypi-readme"))),
        patterns=tuple(strings(project.get("license-files"))),
        attributes=tuple(
            name
            for value in named
            if isinstance(value, dict) and (name := string(value.get("attr")))
        ),
        folders=tuple(_folders(settings)),
        local=tuple(_local(tool)),
        members=tuple(strings(table(tool, "uv", "workspace").get("members"))),
        needs_git=versions_from_git(str(build.get("requires", ""))) or _asks_git(tool),
        runs_code=_is_unknown_backend(build) or _has_hooks(tool),
    )


def _is_unknown_backend(build: Mapping[str, Any]) -> bool:
    backend = build.get("build-backend", "setuptools.")
    return "backend-path" in build or not string(backend).startswith(_BACKENDS)


def _asks_git(tool: Mapping[str, Any]) -> bool:
    kinds = {string(table(tool, name, "version").get("source")) for name in ("hatch", "pdm")}
    return bool({"vcs", "scm"} & kinds or _GIT_TOOLS & tool.keys())


def _has_hooks(tool: Mapping[str, Any]) -> bool:
    """Tell whether the project brings code that its build runs."""
    hooks = (table(tool, "hatch", name, "hooks") for name in ("build", "metadata"))
    return (
        any("custom" in each for each in hooks)
        or "build" in table(tool, "poetry")
        or "cmdclass" in table(tool, "setuptools")
    )


def _files(value: object) -> list[str]:
    """Return the files that a field names: `"README.md"`, `{file = ["a", "b"]}`."""
    return strings(value.get("file") if isinstance(value, dict) else value)


def _texts(value: object) -> Iterator[str]:
    """Yield the strings in a value, however deep."""
    return (each for each in within(value) if isinstance(each, str))


def _local(tool: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of dependencies: uv's sources, poetry's tables."""
    dependencies = [
        *within(table(tool, "uv", "sources")),
        *(each for each in within(table(tool, "poetry")) if "url" not in table(each)),
    ]
    yield from filter(None, (string(table(each).get("path")) for each in dependencies))


def _folders(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield folders of packages that pyproject.toml names."""
    tool = table(settings, "tool")
    setuptools = table(tool, "setuptools")
    packages = setuptools.get("packages")
    yield from strings(table(packages, "find").get("where"))
    roots = list(_texts(setuptools.get("package-dir"))) or [""]
    if isinstance(packages, list):
        for root in roots:
            for name in strings(packages):
                yield posixpath.join(root, name.replace(".", "/"))
    yield from (f"{name}.py" for name in strings(setuptools.get("py-modules")))
    for package in tables(table(tool, "poetry").get("packages")):
        include = str(package.get("include", "")).removesuffix("/**/*")
        yield posixpath.join(str(package.get("from", "")), include)
    wheel = table(tool, "hatch", "build", "targets", "wheel")
    yield from strings(wheel.get("packages"))
    yield from table(wheel, "force-include")
    yield from strings(table(tool, "flit", "module").get("name"))
    yield from strings(table(tool, "pdm", "build").get("includes"))


def sources_of_setup_cfg(sections: Mapping[str, Mapping[str, str]]) -> Sources:
    """Return what the sections of setup.cfg name."""
    metadata, options = sections.get("metadata", {}), sections.get("options", {})
    files: list[str] = []
    attributes: list[str] = []
    extras = sections.get("options.extras_require", {})
    for value in (*metadata.values(), *options.values(), *extras.values()):
        kind, colon, names = value.strip().partition(":")
        if colon and kind == "file":
            files += [name.strip() for name in re.split(r"[,\n]", names)]
        elif colon and kind == "attr":
            attributes.append(names)
    data = " ".join(sections.get("options.data_files", {}).values())
    wanted = (
        f"{options.get('setup_requires', '')} {options.get('cmdclass', '')} {' '.join(sections)}"
    )
    return Sources(
        files=tuple(files),
        patterns=(*metadata.get("license_files", "").split(), *_BETWEEN.split(data)),
        attributes=tuple(attributes),
        folders=tuple(_BETWEEN.split(sections.get("options.packages.find", {}).get("where", ""))),
        needs_git=versions_from_git(wanted),
        runs_code="cmdclass" in options,
    )

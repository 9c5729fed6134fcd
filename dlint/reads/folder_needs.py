"""The folders of a project, and other files of it, that manifests of Dart, Haskell, Deno and Java
name.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests.loading import FormatError, load_yaml, strings, table, text_of
from dlint.reads.context_files import LedTo
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.reads.context_files import Reader

_DENO = ("deno.json", "deno.jsonc", "package.json")
_IMPORT_MAP = regex(r'"importMap"\s*:\s*"([^"]+)"')
_MEMBERS = regex(r'"(?:workspace|links|patch)"\s*:\s*(?:\{[^\[\]{}]*)?\[([^\[\]]*)\]')
_WORD = regex(r'"([^"]+)"')
_IN_PROJECT = regex(r"\$\{(?:project\.)?basedir\}/([\w./-]+)")
_END = "</configuration>"
_DIRECTORY = regex(r"<(?:\w{0,20}D|d)irectory>[^<]*<")
_PUB_PARTS = ("dependencies", "dev_dependencies", "dependency_overrides")


def named_folders(reader: Reader, found: frozenset[str]) -> LedTo:
    """Return what the manifests `found` of pub or stack take from folders of the project."""
    files: frozenset[str] = frozenset()
    known = True
    for place, source in reader.placed(found):
        if not source.endswith((".yaml", ".yml")):
            continue
        try:
            told = table(load_yaml(text_of(reader.read(source) or b"")))
        except FormatError:
            known = False
            continue
        folder = posixpath.dirname(place)
        for name in _of_pub(told):
            files |= reader.at(folder, posixpath.join(name, "pubspec.yaml"))
        for name in _of_stack(told):
            files |= reader.at(folder, name)
    return LedTo(files, known=known)


def named_by_deno(reader: Reader, found: frozenset[str]) -> LedTo:
    """Return the import map and the members of a workspace that Deno's settings name
    (https://docs.deno.com/runtime/fundamentals/configuration/).
    """
    files: frozenset[str] = frozenset()
    for place, source in reader.placed(found):
        if posixpath.basename(place) in _DENO:
            folder, text = posixpath.dirname(place), reader.text(source) or ""
            for name in _IMPORT_MAP.findall(text):
                files |= reader.at(folder, name)
            for listed in _MEMBERS.findall(text):
                for name in _WORD.findall(listed):
                    paths = (posixpath.join(folder, name, each) for each in _DENO)
                    files |= reader.matching(map(posixpath.normpath, paths))
    return LedTo(files)


def named_by_maven(reader: Reader, found: frozenset[str]) -> LedTo:
    """Return the files in folders of the project that its pom.xml names, as those of a repository
    of its own, and what the settings in `.mvn` name.
    """
    files: frozenset[str] = frozenset()
    for place, source in reader.placed(found):
        if posixpath.basename(place) == "pom.xml":
            for path in _IN_PROJECT.findall(_without_builds(reader.text(source) or "")):
                files |= reader.at(posixpath.dirname(place), path)
        elif posixpath.basename(place) == "maven.config":
            above = posixpath.dirname(posixpath.dirname(place))
            files |= reader.named_in(place, above)
    return LedTo(files)


def _without_builds(pom: str) -> str:
    """Return a pom.xml without the settings of plugins and the folders that a build works on: a
    download reads none of either.
    """
    first, *rest = pom.split("<configuration>")
    return _DIRECTORY.sub("", first + "".join(each.partition(_END)[2] for each in rest))


def _of_pub(told: dict[str, object]) -> Iterator[str]:
    """Yield the folders of which pub reads the manifests alone: packages, and members of a
    workspace (https://dart.dev/tools/pub/dependencies#path-packages).
    """
    yield from strings(told.get("workspace"))
    for part in _PUB_PARTS:
        for each in table(told, part).values():
            path = table(each).get("path")
            if isinstance(path, str):
                yield path


def _of_stack(told: dict[str, object]) -> Iterator[str]:
    """Yield the folders of packages that stack builds as dependencies
    (https://docs.haskellstack.org/en/stable/configure/yaml/project/#extra-deps).
    """
    for each in strings(told.get("extra-deps")):
        if each.startswith(".") or "/" in each:
            yield each

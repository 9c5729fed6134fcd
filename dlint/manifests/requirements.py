"""Lists for pip (https://pip.pypa.io/en/stable/reference/requirements-file-format/)."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from dlint.manifests.kinds import (
    MAIN,
    Archive,
    Manifest,
    Need,
    Origin,
    Package,
    Reference,
    Role,
)
from dlint.manifests.loading import text_of
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_COMMENT = regex(r"(?:^|\s)#.*")
_VARIABLE = regex(r"\$\{[A-Z0-9_]+\}")  # pip puts in the environment's value
_NAME = regex(r"[A-Za-z0-9][\w.-]*")
_SEPARATORS = regex(r"[-_.]+")
_DIRECT = regex(r"(?:(?P<name>[\w.-]+)\s*(?P<extras>\[[^\]]*\])?\s*@\s*)?(?P<place>\S.*)\Z")
_VCS = ("git+", "hg+", "svn+", "bzr+", "git://", "git@")
_ARCHIVE = regex(r"\S+\.(?:whl|zip|tar\.(?:gz|bz2|xz)|tgz)\Z")
_AFTER_PATH = regex(r"(?<!\s)\s*+(?:\[[^\[\]]*+\])?+\s*+(?:;.*)?\Z", re.DOTALL)
_MARKER = regex(r"(?:\s;|;\s)\s*(.*)\Z", re.DOTALL)
_EGG = regex(r"#(?:.*&)?egg=([\w.-]+)")
_EXACT = regex(r"===?\s*([^\s,*]+)\Z")
# Options by their short and long names, with the role of the file that they name.
_FILES = {
    "-r": Role.LIST,
    "--requirement": Role.LIST,
    "-c": Role.CONSTRAINT,
    "--constraint": Role.CONSTRAINT,
    "-e": Role.PROJECT,
    "--editable": Role.PROJECT,
    "-f": Role.FOLDER,
    "--find-links": Role.FOLDER,
}
_INDEX = ("-i", "--index-url")
_INDEXES = ("--extra-index-url", "-f", "--find-links")
_TAKES_VALUE = frozenset((*_FILES, *_INDEX, *_INDEXES, "--hash"))
_SHORT = ("-r", "-c", "-e", "-f", "-i")


class _Line(NamedTuple):
    """One line: what it asks for, and its options with their values."""

    asked: str
    options: list[tuple[str, str]]


def canonical(name: str) -> str:
    """Return a Python package's name as indexes write it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def parse(data: bytes) -> Manifest:
    """Read a list. Files whose names a variable of the environment decides are left open."""
    lines = [_parted(line) for line in _lines(text_of(data))]
    packages = tuple(_packages(lines))
    reads = tuple(_reads(lines, packages))
    return Manifest(
        "",
        "requirements",
        locked=bool(packages) and all(each.version and each.archives for each in packages),
        packages=packages,
        groups={MAIN: tuple(need_of(each) for each in packages)},
        grouped=True,
        reads=tuple(each for each in reads if not _VARIABLE.search(each.path)),
        unknown=tuple(
            f"a variable decides: {each.path[:100]}"
            for each in reads
            if _VARIABLE.search(each.path)
        ),
        index_url=next(_addresses(lines, _INDEX), ""),
        more_urls=tuple(_addresses(lines, _INDEXES)),
    )


def _addresses(lines: Iterable[_Line], flags: Collection[str]) -> Iterator[str]:
    """Yield the addresses of indexes, and of pages that are searched like one."""
    options = (each for line in lines for each in line.options)
    return (value for name, value in options if name in flags and "://" in value)


def _packages(lines: Iterable[_Line]) -> Iterator[Package]:
    """Yield what lines ask for; of what is installed editable that which has an address."""
    for asked, options in lines:
        if asked:
            hashes = tuple(value for name, value in options if name == "--hash")
            archives = (Archive(hashes=hashes),) if hashes else ()
            yield read_requirement(asked)._replace(archives=archives)
        for name, value in options:
            if _FILES.get(name) is Role.PROJECT and (value.startswith(_VCS) or "://" in value):
                package = read_requirement(value)
                if package.origin is not Origin.PATH:
                    yield package


def _reads(lines: Iterable[_Line], packages: Iterable[Package]) -> Iterator[Reference]:
    """Yield the files and folders that a list names; addresses are none."""
    for _, options in lines:
        yield from _referred(options)
    for each in packages:
        if each.origin is Origin.PATH:
            yield Reference(each.location, Role.PROJECT, from_workdir=True)


def need_of(package: Package) -> Need:
    """Return what a list's line asks for."""
    return Need(
        package.name,
        package.wanted,
        package.key,
        tuple(package.extras),
        package.marker,
        origin=package.origin,
    )


def spec_of(package: Package) -> str:
    """Return what an index is asked for, in its own words: `flask[async]>=3`."""
    extras = f"[{','.join(package.extras)}]" if package.extras else ""
    return f"{package.name}{extras}{package.wanted}"


def _lines(text: str) -> Iterator[str]:
    """Yield lines as pip joins them, without their comments; a comment ends the line that it stands
    in.
    """
    held = ""
    for line in text.splitlines():
        if line.endswith("\\") and not _COMMENT.match(line):
            held += line[:-1]
            continue
        whole = _COMMENT.sub("", held + (" " if _COMMENT.match(line) else "") + line).strip()
        held = ""
        if whole:
            yield whole
    if whole := _COMMENT.sub("", held).strip():
        yield whole


def _parted(line: str) -> _Line:
    """Part a line into what it asks for and its options with their values."""
    words = line.split(" ")
    at = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    return _Line(" ".join(words[:at]).strip(), list(_options(" ".join(words[at:]))))


def _options(text: str) -> Iterator[tuple[str, str]]:
    try:
        words = shlex.split(text)
    except ValueError:  # a quote without its end
        words = text.split()
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word.startswith("--"):
            takes_next = not equals and name in _TAKES_VALUE
            yield name, next(rest, "") if takes_next else value
        elif word[:2] in _SHORT:
            yield word[:2], word[2:] or next(rest, "")


def _referred(options: list[tuple[str, str]]) -> Iterator[Reference]:
    """Yield the files and folders that a line's options name; addresses are none."""
    for name, value in options:
        role = _FILES.get(name)
        path = value.removeprefix("file://").removeprefix("file:")
        if role is None or not path or "://" in path or path.startswith(_VCS):
            continue
        if role is Role.PROJECT:
            yield Reference(_AFTER_PATH.sub("", path), role, from_workdir=True)
        else:
            yield Reference(path, role)


class _Place(NamedTuple):
    """Where a requirement comes from that no index is asked for."""

    name: str
    origin: Origin
    location: str


def read_requirement(line: str) -> Package:
    """Read one requirement: a name with extras, versions and marker, an address, or a path."""
    from packaging.requirements import InvalidRequirement, Requirement

    if place := _place(line):
        marker = _MARKER.search(line)
        return Package(
            canonical(place.name),
            origin=place.origin,
            location=place.location,
            marker=marker[1] if marker else "",
            key=line,
        )
    try:
        found = Requirement(line)
    except InvalidRequirement:
        name = _NAME.match(line)
        return Package(canonical(name[0]) if name else "", wanted=line, key=line)
    exact = _EXACT.match(str(found.specifier))
    return Package(
        canonical(found.name),
        exact[1] if exact else "",
        wanted=str(found.specifier),
        marker=str(found.marker) if found.marker else "",
        key=line,
        extras=dict.fromkeys(sorted(map(canonical, found.extras)), ()),
    )


def _place(line: str) -> _Place | None:
    """Tell the place that a requirement names by itself."""
    match = _DIRECT.match(line)
    if match is None:
        return None
    name, place = match["name"] or "", _MARKER.sub("", match["place"]).strip()
    if place.startswith(_VCS):
        egg = _EGG.search(place)
        return _Place(name or (egg[1] if egg else ""), Origin.GIT, place)
    path = _AFTER_PATH.sub("", place)
    if path.startswith("file:"):
        return _Place(name, Origin.PATH, path.removeprefix("file://").removeprefix("file:"))
    if "://" in path:
        return _Place(name, Origin.URL, path)
    if path.startswith((".", "/", "~")) or _ARCHIVE.match(path) or _is_folder(path):
        return _Place(name, Origin.PATH, path)
    return None


def _is_folder(path: str) -> bool:
    return re.fullmatch(r"[\w.-]+/\S*", path) is not None

"""What tables of Python projects ask for, as packages in the one form that all formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import Archive, Need, Origin
from dlint.manifests.loading import size, string, strings, table, tables
from dlint.manifests.requirements import canonical, need_of, read_requirement
from dlint.text.patterns import regex
from dlint.text.safe import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# https://python-poetry.org/docs/dependency-specification/
_POETRY = regex(r"(?P<sign>[\^~]?)\s*(?P<version>\d+(?:\.\d+)*(?:\.\*)?|\*)")
NO_INDEX = ("git", "url", "path", "directory", "editable", "virtual", "file")


def needs_of(lines: Iterable[str]) -> tuple[Need, ...]:
    """Return what a list of requirements (PEP 508) asks for."""
    return tuple(need_of(read_requirement(line)) for line in lines)


def poetry_needs(of: Mapping[str, Any]) -> tuple[Need, ...]:
    """Return what a table of poetry's asks for (`name = "^1"`, `name = {version = …}`), without
    what only extras bring.
    """
    found = []
    for name, value in of.items():
        if name == "python":
            continue
        for each in value if isinstance(value, list) else [value]:
            told = each if isinstance(each, dict) else {"version": string(each)}
            if told.get("optional") is True:
                continue
            found.append(
                Need(
                    canonical(name),
                    string(told.get("version")),
                    extras=tuple(map(canonical, strings(told.get("extras")))),
                    marker=string(told.get("markers")),
                    origin=origin_of(told)[0],
                )
            )
    return tuple(found)


def pep440(wanted: str) -> str:
    """Return a range as poetry writes it in the words of an index: `^1.2` is `>=1.2,<2`, `~1.2`
    `>=1.2,<1.3`, a bare version `==1.2`; others stay as they are.
    """
    return ",".join(filter(None, map(_pep440, wanted.split(","))))


def _pep440(wanted: str) -> str:
    match = _POETRY.fullmatch(wanted.strip())
    if match is None:
        return wanted.strip()
    numbers = [number(each) for each in match["version"].split(".") if each != "*"]
    if not numbers or None in numbers:
        return "" if match["version"] == "*" else wanted.strip()
    if match["sign"] == "^":  # the first number that is not 0 stays
        at = next((at for at, each in enumerate(numbers) if each), len(numbers) - 1)
    elif match["sign"] == "~":
        at = min(1, len(numbers) - 1)
    else:
        return f"=={match['version']}"
    above = ".".join(map(str, [*numbers[:at], (numbers[at] or 0) + 1]))
    return f">={match['version']},<{above}"


def archives_of(package: Mapping[str, Any]) -> tuple[Archive, ...]:
    """Return the archives of a package in uv.lock, poetry.lock, pdm.lock or pylock.toml."""
    found = [*tables(package.get("files")), *tables(package.get("wheels"))]
    found += [each for name in ("sdist", "archive") if (each := table(package, name))]
    return tuple(map(_archive, found))


def _archive(told: Mapping[str, Any]) -> Archive:
    url = string(told.get("url"))
    name = string(told.get("file")) or string(told.get("filename")) or string(told.get("name"))
    name = name or (string(told.get("path")) or url).partition("#")[0].rpartition("/")[2]
    hashes = [string(told.get("hash"))]
    hashes += [f"{kind}:{value}" for kind, value in table(told, "hashes").items()]
    return Archive(
        name.replace("%2B", "+").replace("%2b", "+"),
        url,
        size(told.get("size")),
        tuple(filter(None, hashes)),
    )


def origin_of(source: Mapping[str, Any]) -> tuple[Origin, str]:
    """Return where a package comes from by keys of its entry (`git`, `url`, `path`, …)."""
    for key in NO_INDEX:
        value = source.get(key)
        if isinstance(value, str):
            match key:
                case "git":
                    return Origin.GIT, value
                case "url":
                    return Origin.URL, value
                case "editable" | "virtual":
                    return Origin.PROJECT, value
            return Origin.PATH, value
    return Origin.REGISTRY, string(source.get("registry"))

"""go.mod (https://go.dev/ref/mod#go-mod-file)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.kinds import MAIN, Manifest, Need, Origin, Package, Reference, Role
from dlint.manifests.loading import FormatError, text_of
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = regex(r"(?:^|\s)//.*")
_WORD = regex(r'"[^"]*"|`[^`]*`|[^\s"`]+')


def directives(text: str) -> Iterator[list[str]]:
    """Yield directives, those of blocks as if each stood alone: the words of a line of go.mod or
    go.work.
    """
    block: str | None = None
    for line in text.splitlines():
        words = [word.strip('"`') for word in _WORD.findall(_COMMENT.sub("", line))]
        match words:
            case []:
                continue
            case [")"] if block is not None:
                block = None
            case [name, "("] if block is None:
                block = name
            case [name] if name.endswith("(") and block is None:
                block = name[:-1]
            case _:
                yield words if block is None else [block, *words]
    if block is not None:
        raise FormatError("a block is not closed")


def parse(data: bytes) -> Manifest:
    """Read the modules that are required, replaced where go.mod says so. `version` is that of the
    language (`go 1.22`): since 1.17 all modules that are built stand there.
    """
    required: dict[str, str] = {}
    replaced: dict[str, list[str]] = {}
    version = ""
    named = False
    for words in directives(text_of(data)):
        match words:
            case ["module", _]:
                named = True
            case ["go", found]:
                version = found
            case ["require", name, found]:
                required[name] = found
            case ["replace", name, "=>", *new] | ["replace", name, _, "=>", *new] if new:
                replaced[name] = new
            case _:
                continue
    if not named and not required:
        raise FormatError("it is not a go.mod")
    packages = [_module(name, found, replaced.get(name)) for name, found in required.items()]
    return Manifest(
        "",
        "go.mod",
        version=version,
        locked=True,
        packages=tuple(packages),
        groups={MAIN: tuple(Need(each.name, each.version) for each in packages)},
        grouped=True,
        reads=tuple(
            Reference(new[0], Role.PROJECT) for new in replaced.values() if _is_folder(new[0])
        ),
    )


def module_of(text: str) -> str:
    """Return what a go.mod calls its module; "" where it names none."""
    try:
        found = (words[1] for words in directives(text) if words[0] == "module" and words[1:])
        return next(found, "")
    except FormatError:
        return ""


def _module(name: str, version: str, new: list[str] | None) -> Package:
    if new and _is_folder(new[0]):
        return Package(name, version, Origin.PATH, new[0], key=name)
    if new:
        return Package(new[0], new[1] if len(new) > 1 else version, key=name)
    return Package(name, version, key=name)


def _is_folder(path: str) -> bool:
    return path.startswith(("./", "../", "/")) or path in {".", ".."}

"""Which frontend reads a Dockerfile, and which flags of `COPY` the syntax of Docker's knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.syntax.instructions import Dockerfile
    from dlint.text.source import Source

# Where a flag came: with which 1.x of the syntax; all were tried out in `-labs` from 1.7 on.
_SINCE = {"exclude": 19, "parents": 20}
_TRIED_SINCE = 7
_SYNTAX = regex(
    r"(?:docker\.io/)?docker/dockerfile"
    r"(?::(?:latest|1(?:\.(?P<minor>\d++)(?:\.\d++)?)?)(?P<labs>-labs)?)?(?:@\S+)?"
)
# Docker's own, also in a mirror.
_DOCKERS = regex(r"(?:[^\s@]*/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?")
_NAMED = regex(r"(?im)^[ \t]*(?:#|//)[ \t]*syntax[ \t]*=[ \t]*(\S+)")


def other_frontend(dockerfile: Dockerfile) -> str:
    """Return the frontend that a Dockerfile names in `# syntax=`, where it is not Docker's."""
    named = (each.value.split()[0] for each in dockerfile.directives if each.name == "syntax")
    return next((name for name in named if not _DOCKERS.fullmatch(name)), "")


def may_be_for_another(source: Source) -> bool:
    """Tell whether a line may name another frontend than Docker's, without reading the file."""
    return any(not _DOCKERS.fullmatch(found[1]) for found in _NAMED.finditer(source.text))


def needed_line(dockerfile: Dockerfile, flag: str) -> str:
    """Say what advice for a flag of `COPY` has to add: the first line that it needs; nothing where
    the file has one that knows it.
    """
    told = next((each.value for each in dockerfile.directives if each.name == "syntax"), "")
    found = _SYNTAX.fullmatch(told)
    since = _TRIED_SINCE if found and found["labs"] else _SINCE[flag]
    if found and int(found["minor"] or since) >= since:
        return ""
    return ", which needs `# syntax=docker/dockerfile:1` as the first line"

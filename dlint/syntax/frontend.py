"""Which flags of `COPY` the syntax of a Dockerfile knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.syntax.instructions import Dockerfile

# Where a flag came: with which 1.x of the syntax; all were tried out in `-labs` from 1.7 on.
_SINCE = {"exclude": 19, "parents": 20}
_TRIED_SINCE = 7
_SYNTAX = regex(
    r"(?:docker\.io/)?docker/dockerfile"
    r"(?::(?:latest|1(?:\.(?P<minor>\d++)(?:\.\d++)?)?)(?P<labs>-labs)?)?(?:@\S+)?"
)


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

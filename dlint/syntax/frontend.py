"""Which flags of `COPY` and `ADD` the syntax of a Dockerfile knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re

    from dlint.syntax.instructions import Dockerfile

# With which 1.x of the syntax a flag came (https://docs.docker.com/build/dockerfile/release-notes/
# and the reference of each), and in whose `-labs` it was tried out before.
_SINCE = {"chmod": 2, "link": 4, "checksum": 6, "exclude": 19, "parents": 20}
_TRIED_SINCE = {"checksum": 5, "exclude": 7, "parents": 7}
_BUILT_IN = 6  # what a Docker Engine since 25.0 (BuildKit 0.12) knows without any line
_SYNTAX = regex(
    r"(?:docker\.io/)?docker/dockerfile(?::(?:latest"
    r"|(?:1(?:\.(?P<minor>\d++)(?:\.\d++)?)?-?)?(?P<channel>labs|experimental)?))?(?:@\S+)?"
)


def needed_line(dockerfile: Dockerfile, flag: str) -> str:
    """Say what advice for a flag of `COPY` or `ADD` has to add: the first line that it needs;
    nothing where the file has one that knows it, or where the engine's own syntax does.
    """
    told = next((each.value for each in dockerfile.directives if each.name == "syntax"), "")
    found = _SYNTAX.fullmatch(told)
    return "" if (_knows(found, flag) if found else _SINCE[flag] <= _BUILT_IN) else _LINE


def _knows(found: re.Match[str], flag: str) -> bool:
    """Tell whether a release of Docker's syntax knows a flag: `-experimental` is before 1.2."""
    since, channel = _SINCE[flag], found["channel"]
    if channel == "labs":
        since = _TRIED_SINCE.get(flag, since)
    return channel != "experimental" and int(found["minor"] or since) >= since


_LINE = ", which needs `# syntax=docker/dockerfile:1` as the first line"

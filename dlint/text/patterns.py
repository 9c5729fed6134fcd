"""Regular expressions that are compiled when they are first used.

Compiling all of them took a fifth of the time in which one small file is checked (39 of 207 ms,
Python 3.11), and such a check uses a few of them.
"""

from __future__ import annotations

import re

from dlint.typed import cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Match, Pattern
    from typing import AnyStr


class _Lazy:
    """Stands for a pattern; each of its methods is looked up once."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        found: object = getattr(
            re.compile(self._text, self._flags), name
        )  # re keeps what it compiled last
        setattr(self, name, found)
        return found


def regex(text: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """Return what `re.compile` would; it raises re.error at its first use, and cannot be given to
    `re` itself.
    """
    return cast("Pattern[AnyStr]", _Lazy(text, flags))


def filled_once(
    pattern: Pattern[str],
    read: Callable[[Match[str]], str],
    text: str,
    seen: set[str] | None = None,
) -> str:
    """Return a text with what `read` says in the place of the first match of each first group: a
    file that is taken in at each of many lines would be as long as all of them together. `seen` are
    those that other texts had before.
    """
    seen = set() if seen is None else seen

    def first(found: Match[str]) -> str:
        if found[1] in seen:
            return found[0]
        seen.add(found[1])
        return read(found)

    return pattern.sub(first, text)


WILDCARD = regex(r"[*?\[]")  # what makes a pattern of a path
VARIABLE = regex(r"\$\{?(\w+)")  # with its name, as a shell and a Dockerfile write it

"""Which paths may be what recipes write with variables in them."""

from __future__ import annotations

from dlint.text.patterns import regex

# What recipes write for a value that dlint does not know, a command's output (`@`) among them.
VARIABLE = regex(
    r"\$\{\{[^{}]*+\}\}|\{\{[^{}]*+\}\}|\$\{[^{}]*+\}|\$\([^()]*+\)|\$\w++|\$[*@<^]?|%\w++%?|@"
)


def names_folder(written: str) -> bool:
    """Tell whether a folder is written, and behind that a variable."""
    return "/" in VARIABLE.split(written)[0]


def fits(written: str, path: str) -> bool:
    """Tell whether a path may be what is written with variables in it."""
    first, *rest = VARIABLE.split(written)
    if not rest or not path.startswith(first):
        return written == path
    at, last = len(first), rest.pop()
    for part in rest:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return path.endswith(last) and at + len(last) <= len(path)

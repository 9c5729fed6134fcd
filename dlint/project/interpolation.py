"""Variables in Compose files
(https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md), and the `.env` file
that sets them.

The environment of the process is not looked at: what a repository is told about it must not depend
on who asks. A variable that nothing sets leaves a mark, `unset` finds it, and `without_marks` is
what Compose makes of it.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING

from dlint.manifests.loading import FormatError
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIGN = regex(r"\$(?:(?P<escaped>\$)|(?P<name>[A-Za-z_]\w*)|(?P<open>\{))")
_BRACE = regex(r"\$\{|\}")
_BODY = regex(r"([A-Za-z_]\w*)(?:(:?[-?+])([\s\S]*))?")
_MARK = regex(r"\0(\w+)\0")
_ASSIGNMENT = regex(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)[ \t]*[=:][ \t]*"""
    r"""(?:'(?P<literal>[^'\n]*)'|"(?P<quoted>(?:[^"\\\n]|\\.)*)"|(?P<plain>[^\n]*))""",
    re.MULTILINE,
)
_COMMENT = regex(r"(?:^|[ \t])#[^\n]*")
_ESCAPE = regex(r"\\([nrt\"\\$])")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "$": "$$"}
DEEPEST = 10  # defaults within defaults
MOST_LETTERS = 100_000  # of one value with its variables filled in


def interpolate(text: str, values: Mapping[str, str], depth: int = 0) -> str:
    """Return `text` with its variables filled in. Raises FormatError."""
    found, at, length = [], 0, 0
    while sign := _SIGN.search(text, at):
        found.append(text[at : sign.start()])
        at = sign.end()
        if sign["escaped"]:
            value = "$"
        elif sign["name"]:
            value = _value(sign["name"], values)
        else:
            end = _closing(text, at)
            value = _braced(text[at:end], values, depth)
            at = end + 1
        found.append(value)
        length += len(value)
        if length > MOST_LETTERS:
            raise FormatError("a value with its variables filled in is too long")
    return "".join((*found, text[at:]))


def _closing(text: str, at: int) -> int:
    """Return where the brace that was opened before `at` is closed."""
    depth = 1
    for brace in _BRACE.finditer(text, at):
        depth += 1 if brace[0] != "}" else -1
        if not depth:
            return brace.start()
    raise FormatError(f"`{text[at - 2 : at + 40]}` is not closed by `}}`")


def _braced(body: str, values: Mapping[str, str], depth: int) -> str:
    parts = _BODY.fullmatch(body)
    if parts is None or depth > DEEPEST:
        raise FormatError(f"`${{{body[:40]}}}` is not a variable")
    name, operator, word = parts[1], parts[2] or "", parts[3] or ""
    value = values.get(name)
    is_set = bool(value) if operator.startswith(":") else value is not None
    match operator[-1:], is_set:
        case ("-", False) | ("+", True):
            return interpolate(word, values, depth + 1)
        case "+", False:
            return ""
        case "?", False:
            return f"\0{name}\0"
        case _:
            return _value(name, values)


def _value(name: str, values: Mapping[str, str]) -> str:
    return values.get(name, f"\0{name}\0")


def unset(text: str) -> tuple[str, ...]:
    """Return the variables in an interpolated text that nothing set."""
    return tuple(dict.fromkeys(_MARK.findall(text)))


def without_marks(text: str) -> str:
    """Return an interpolated text as Compose has it: what is not set is empty."""
    return _MARK.sub("", text)


def dotenv(text: str, outer: Mapping[str, str]) -> dict[str, str]:
    """Return what a `.env` file sets; its values may use one another and those of `outer`, which
    go before it.
    """
    found: dict[str, str] = {}
    known = ChainMap(dict(outer), found)
    for match in _ASSIGNMENT.finditer(text):
        name = match["name"]
        if match["literal"] is not None:
            found[name] = match["literal"]
        elif match["quoted"] is not None:
            raw = _ESCAPE.sub(lambda each: _ESCAPES.get(each[1], each[1]), match["quoted"])
            found[name] = _filled(raw, known)
        else:
            found[name] = _filled(_COMMENT.sub("", match["plain"], count=1).strip(), known)
    return {**found, **outer}


def _filled(text: str, values: Mapping[str, str]) -> str:
    try:
        return without_marks(interpolate(text, values))
    except FormatError:  # Compose refuses the file; what is built does not depend on it
        return text

"""Go's path/filepath.Match, which COPY's sources are matched with."""

from __future__ import annotations

import re
from functools import lru_cache

from dlint.lazy import regex

_PIECE = regex(
    r"(?P<star>\*+)|(?P<one>\?)|\[(?P<negated>\^?)(?P<set>(?:\\.|[^\]\\])(?:\\.|[^\]\\])*)\]|\\(?P<escaped>.)|(?P<literal>[^*?\[\\])",
    re.DOTALL,
)
_RANGE = regex(r"(\\.|[^-\\])(?:-(\\.|[^-\\]))?", re.DOTALL)
_WILD = regex(r"(?:\\.|[^\\*?\[])*[*?\[]", re.DOTALL)


def is_wild(text: str) -> bool:
    """Tell whether `text` holds a wildcard that no backslash takes back."""
    return _WILD.match(text) is not None


def matches(pattern: str, path: str) -> bool:
    r"""Tell whether `pattern` takes the whole of `path`: `*` and `?` stop at "/", `[a-z]`, `[^a]`, `\` before any.

    A malformed pattern takes nothing, as in the builder, which drops the error.
    """
    compiled = _compile(pattern)
    return compiled is not None and compiled.fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str] | None:
    out, at = [], 0
    while at < len(pattern):
        piece = _PIECE.match(pattern, at)
        translated = _translate(piece) if piece else None
        if piece is None or translated is None:
            return None
        out.append(translated)
        at = piece.end()
    return re.compile("".join(out), re.DOTALL)


def _translate(piece: re.Match[str]) -> str | None:
    if piece["star"]:
        return "[^/]*"
    if piece["one"]:
        return "[^/]"
    if piece["set"] is None:
        return re.escape(piece["escaped"] or piece["literal"])
    ranges, at = [], 0
    while at < len(piece["set"]):
        found = _RANGE.match(piece["set"], at)
        if found is None:
            return None
        low, high = found[1][-1], (found[2] or found[1])[-1]
        if low <= high:  # Go takes a range that runs backwards for one that holds nothing
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        at = found.end()
    if not ranges:
        return "." if piece["negated"] else "(?!)"
    return f"[{piece['negated']}{''.join(ranges)}]"

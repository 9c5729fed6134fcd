"""Go's path/filepath.Match, which COPY's sources are matched with."""

from __future__ import annotations

import re
from functools import lru_cache

from dlint.text.patterns import regex

_PIECE = regex(
    r"(?P<star>\*+)|(?P<one>\?)|\[(?P<negated>\^?)(?P<set>(?:\\.|[^\]\\])(?:\\.|[^\]\\])*)\]|\\(?P<escaped>.)|(?P<literal>[^*?\[\\])",
    re.DOTALL,
)
_RANGE = regex(r"(\\.|[^-\\])(?:-(\\.|[^-\\]))?", re.DOTALL)
_WILD = regex(r"(?:\\.|[^\\*?\[])*+[*?\[]", re.DOTALL)


def is_wild(text: str) -> bool:
    """Tell whether `text` holds a wildcard that no backslash takes back."""
    return ("*" in text or "?" in text or "[" in text) and _WILD.match(text) is not None


def matches(pattern: str, path: str) -> bool:
    r"""Tell whether `pattern` takes the whole of `path`: `*` and `?` stop at "/", `[a-z]`, `[^a]`,
    `\` before any.

    A malformed pattern takes nothing, as in the builder, which drops the error.
    """
    compiled = _compile(pattern)
    return compiled is not None and compiled.fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str] | None:
    parts, at = [""], 0  # what stands before, between and behind the stars
    while at < len(pattern):
        piece = _PIECE.match(pattern, at)
        if piece is None:
            return None
        if piece["star"]:
            parts.append("")
        elif (translated := _translate(piece)) is None:
            return None
        else:
            parts[-1] += translated
        at = piece.end()
    # As in Go, a star stops at the first place where what stands before the next star matches, and
    # no other is tried: twenty stars and a long name come to an end.
    last = f"[^/]*{parts.pop()}" if len(parts) > 1 else parts.pop()
    first = parts.pop(0) if parts else ""
    return re.compile(first + "".join(f"(?>[^/]*?{part})" for part in parts) + last, re.DOTALL)


def _translate(piece: re.Match[str]) -> str | None:
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

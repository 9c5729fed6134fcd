"""Python's own parsers, for text that a stranger wrote: whatever it is, they answer or raise
ValueError alone, in time that grows with its length.

By themselves they raise RecursionError for what nests deep, ValueError from within what should be a
mere question (`http://[x`), and take `²` for a digit.
"""

from __future__ import annotations

import re

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern
    from typing import Any
    from urllib.parse import SplitResult

# A key `a.b.c…`: tomllib takes time with the square of its parts, and no table stands so deep.
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_CHAIN = regex(rf"(?<![\w-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{100}}")
DEEPEST = 100  # brackets around one another: what people write has some ten
OPERATORS = 400  # before one operand: a ruler of dashes in a comment is shorter
_NESTING = regex(
    rf"[()\[\]{{}}]|(?:(?:[-+~*@]|not\b|await\b|lambda\b[^:\n]{{0,80}}:|else\b)\s*+){{{OPERATORS}}}"
)
DIGITS = 18  # of a number that fits 64 bits, as all do that Dockerfiles, images and locks hold


def split_url(text: str) -> SplitResult:
    """Split an address; what is none is all path."""
    from urllib.parse import SplitResult, urlsplit  # few Dockerfiles need it

    try:
        return urlsplit(text)
    except ValueError:  # an odd bracket, or a character that normalisation turns into another
        return SplitResult("", "", text, "", "")


def number(text: str) -> int | None:
    """Read decimal digits, those of ASCII alone; None for anything else, and for more than 64 bits
    hold.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


def json_value(text: str | bytes) -> Any:  # noqa: ANN401  as json's own
    """Decode JSON; raises ValueError, also for what nests too deep."""
    import json  # few Dockerfiles need it

    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nests too deep") from None


def toml_table(text: str) -> dict[str, Any]:
    """Decode TOML; raises ValueError, also for what nests too deep."""
    import tomllib

    if _CHAIN.search(text):
        raise ValueError("a key of more than 100 parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nests too deep") from None


def naming(name: str, before: str = "", after: str = "") -> Pattern[str]:
    """Return what finds `name` as it is written, between two expressions."""
    return re.compile(f"{before}{re.escape(name)}{after}")


def nests_deeper(text: str, limit: int = DEEPEST) -> bool:
    """Tell whether brackets, or operators before an operand, stand more than `limit` deep: native
    parsers of programs recurse on them, and end the process where its stack does.
    """
    depth = 0
    for found in _NESTING.finditer(text):
        sign = found[0]
        depth = max(0, depth + (1 if sign in "([{" else -1)) if len(sign) == 1 else limit + 1
        if depth > limit:
            return True
    return False

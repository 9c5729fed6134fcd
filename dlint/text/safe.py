"""Python's own parsers, for text that a stranger wrote: whatever it is, they answer or raise
ValueError alone, in time that grows with its length.

By themselves they raise RecursionError for what nests deep, ValueError from within what should be a
mere question (`http://[x`), and take `²` for a digit.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from re import Pattern

DIGITS = 18  # of a number that fits 64 bits, as all do that Dockerfiles, images and locks hold


def split_url(text: str) -> SplitResult:
    """Split an address; what is none is all path."""
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
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nests too deep") from None


def toml_table(text: str) -> dict[str, Any]:
    """Decode TOML; raises ValueError, also for what nests too deep."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nests too deep") from None


def naming(name: str, before: str = "", after: str = "") -> Pattern[str]:
    """Return what finds `name` as it is written, between two expressions."""
    return re.compile(f"{before}{re.escape(name)}{after}")

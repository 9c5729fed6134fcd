"""Writing TOML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BARE = regex(r"[A-Za-z0-9_-]+")


def toml_key(*names: str) -> str:
    """Write the name of a value, with those of the tables around it."""
    return ".".join(name if _BARE.fullmatch(name) else json.dumps(name) for name in names)


def toml_value(value: object) -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        entries = (f"{toml_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{{', '.join(entries)}}}"
    return json.dumps(value)


def toml_lines(values: Mapping[str, object], *above: str) -> Iterator[str]:
    """Yield the lines of a file, tables below their headings."""
    tables = {key: each for key, each in values.items() if isinstance(each, dict)}
    if above and (len(tables) < len(values) or not values):
        yield f"[{toml_key(*above)}]"
    for key, each in values.items():
        if key not in tables:
            yield f"{toml_key(key)} = {toml_value(each)}"
    for key, each in tables.items():
        yield from toml_lines(each, *above, key)

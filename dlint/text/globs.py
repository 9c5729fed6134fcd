"""Path patterns of the configuration: `vendor`, `services/*/Dockerfile`, `**/test/**`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def matches(path: str, pattern: str) -> bool:
    """Tell whether `pattern` takes `path`, or a folder above it; both relative to the same folder,
    separated by "/".

    As in a .gitignore, a pattern without a slash is looked for at any depth, and one with a slash
    from the top; `*` and `?` stay inside one name, `**` crosses folders.
    """
    text = pattern.removeprefix("./").rstrip("/")
    parts = text.lstrip("/").split("/")
    return _matches(path.split("/"), parts if "/" in text else ["**", *parts])


def _matches(names: Sequence[str], parts: Sequence[str]) -> bool:
    if not parts:
        return True
    if parts[0] == "**":
        return any(_matches(names[start:], parts[1:]) for start in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _matches(names[1:], parts[1:])

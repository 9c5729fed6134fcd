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
    """Carry all places along that the pattern can have reached: trying each by itself would take
    exponential time with many `**`.
    """
    reached = {0}
    for part in parts:
        if part == "**":
            reached = set(range(min(reached, default=len(names) + 1), len(names) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(names) and fnmatchcase(names[at], part)}
    return bool(reached)

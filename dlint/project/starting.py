"""Which recipe starts another one, by the words of its text."""

from __future__ import annotations

import posixpath

from dlint.text.patterns import regex

# How a recipe of each kind is started.
_STARTERS = {
    "makefile": regex(r"\bmake\b"),
    "gnumakefile": regex(r"\bmake\b"),
    "justfile": regex(r"\bjust\b"),
    ".justfile": regex(r"\bjust\b"),
    "taskfile.yml": regex(r"\btask\b"),
    "taskfile.yaml": regex(r"\btask\b"),
    "package.json": regex(r"\b(?:npm|pnpm|yarn|bun)\b"),
}
# What a recipe tells its readers, addresses, and files that a cache's key goes by: words there mean
# no folder. What is printed into a file or for another command may be a path that one builds by.
PROSE = regex(
    r"(?m)(?:^|(?<=\s))#[^\n]*|^[ \t-]*description:[^\n]*|\bhttps?://[^\s\"']*"
    r"|\bhashFiles\([^()\n]*\)"
    r"|(?<![\w(./`$-])(?:echo|printf)(?=[ \t])(?![^\n]{0,500}::set-)"
    r"(?:\"(?:\\.|[^\"\\\n]){0,500}+\"|'[^'\n]{0,500}+'|[^\n;&|>\"']){0,500}+(?=[\n;&]|\Z)"
)


def is_started_by(text: str, path: str) -> bool:
    """Tell whether a recipe may start another one, whose name it has, or that of its program."""
    name = posixpath.basename(path)
    starter = _STARTERS.get(name.lower())
    return starter.search(text) is not None if starter else name in text

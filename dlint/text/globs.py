"""Path patterns of the configuration, with the meaning that they have in a .gitignore: `vendor`,
`services/*/Dockerfile`, `**/test/**`, `!vendor/ours`.

pathspec, against which a test holds this, makes each pattern one regular expression: `*a*a*a*a*b`,
which a stranger may write, takes it 50 s for a name of 255 letters. Here time grows with the length
of the path and of the pattern alone.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from re import Match

_NOT = "!"
_ANY = "**"
_ESCAPED = regex(r"\\(.)|\[\^")


def is_taken(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether patterns take `path`, or a folder above it; all relative to the same folder,
    separated by "/".

    A pattern without a slash is looked for at any depth, and one with a slash from the top; `*` and
    `?` stay inside one name, `**` crosses folders, a slash at the end means folders alone. The last
    pattern that matches decides: one that starts with `!` gives back what others took, unless they
    took a folder above it.
    """
    names = path.split("/")
    taken = [False] * (len(names) + 1)
    for pattern in patterns:
        for end in _ends(names, pattern.removeprefix(_NOT)):
            taken[end] = not pattern.startswith(_NOT)
    return any(taken)


def matches(path: str, pattern: str) -> bool:
    """Tell whether one pattern takes `path`, or a folder above it."""
    return is_taken(path, (pattern,))


def names(path: str, pattern: str) -> bool:
    """Tell whether one pattern takes `path` itself, and not only a folder above it."""
    parts = path.split("/")
    return len(parts) in _ends(parts, pattern)


def applies(pattern: str, path: str) -> bool:
    """Tell whether a pattern speaks of `path`: as it is, or all but that after `!`."""
    return matches(path, pattern.removeprefix(_NOT)) != pattern.startswith(_NOT)


def _ends(names: Sequence[str], pattern: str) -> Iterator[int]:
    """Yield how many of the first names the pattern matches.

    All places that it can have reached are carried along: trying each by itself would take
    exponential time with many `**`.
    """
    text = pattern.removeprefix("./").rstrip("/")
    parts = [_for_fnmatch(each) for each in text.lstrip("/").split("/")]
    parts = parts if "/" in text else [_ANY, *parts]
    only_folders = pattern.endswith("/")
    reached = {0}
    for end, name in enumerate(names, 1):
        reached = set(_after(name, parts, reached))
        if len(parts) in reached and not (only_folders and end == len(names)):
            yield end


def _after(name: str, parts: Sequence[str], reached: set[int]) -> Iterator[int]:
    """Yield the places of a pattern that are reached after one more name."""
    last = len(parts) - 1
    for at, part in enumerate(parts):
        if at not in reached:
            continue
        if part == _ANY:
            yield at
            if at < last:
                reached.add(at + 1)  # it may stand for no folder, except at the end
        if (part == _ANY and at == last) or (part != _ANY and fnmatchcase(name, part)):
            yield at + 1


def _for_fnmatch(part: str) -> str:
    """Write a name's pattern as fnmatch reads it: without backslashes, and with `[!` for `[^`."""
    return _ESCAPED.sub(_unescaped, part)


def _unescaped(found: Match[str]) -> str:
    sign = found[1]
    if sign is None:
        return "[!"
    return f"[{sign}]" if sign in "*?[" else str(sign)

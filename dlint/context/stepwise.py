"""Patterns of a .dockerignore with many wildcards, matched in time that grows with the path alone.

A backtracking expression tries all ways to share a path among its stars: fifteen of them and a name
of 120 characters never come to an end. Go's expressions, the builder's, don't backtrack; here all
positions that the pattern can have reached are carried along together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PIECE = regex(
    r"(?P<deep>\*\*/?)|(?P<star>\*)|(?P<one>\?)|(?P<set>\[\^?(?:\\.|[^\]\\]){0,300}\])|\\?(?P<literal>.)",
    re.DOTALL,
)
_FORK = 3  # steps over `(.*/)?`: itself, the names, the slash


class _Step(NamedTuple):
    """One step of a pattern: characters that `takes` them, any number of them with `many`; or a
    fork, without.
    """

    takes: Callable[[str], object] | None
    many: bool = False


def stepwise(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a cleaned, valid pattern matches a whole path."""
    steps = list(_steps(pattern))

    def matches(path: str) -> bool:
        reached = _spread(steps, {0})
        for character in path:
            taken = (at for at in reached if at < len(steps) and _takes(steps[at], character))
            reached = _spread(steps, {at if steps[at].many else at + 1 for at in taken})
        return len(steps) in reached

    return matches


def _takes(step: _Step, character: str) -> bool:
    return step.takes is not None and bool(step.takes(character))


def _spread(steps: list[_Step], reached: set[int]) -> set[int]:
    """Add where a pattern can be without another character."""
    waiting = list(reached)
    while waiting:
        at = waiting.pop()
        step = steps[at] if at < len(steps) else None
        if step is None or (step.takes and not step.many):
            continue
        further = {at + 1} if step.takes else {at + 1, at + _FORK}
        waiting += further - reached
        reached |= further
    return reached


def _steps(pattern: str) -> Iterable[_Step]:
    was_deep = False
    for piece in _PIECE.finditer(pattern):
        is_last = piece.end() == len(pattern)
        if piece["deep"]:
            if was_deep and not is_last:
                continue  # any folders, and again any
            if not is_last:
                yield _Step(None)
            yield _Step(_is_no_line_end, many=True)
            if not is_last:
                yield _Step("/".__eq__)
        elif piece["star"] or piece["one"]:
            yield _Step(_is_in_name, many=bool(piece["star"]))
        elif piece["set"]:
            # Python warns of these signs in there, since they may come to mean more.
            inner = re.sub(
                r"(\\.)|[\[&~|]", lambda found: found[1] or f"\\{found[0]}", piece["set"][1:]
            )
            yield _Step(re.compile(f"[{inner}").match)
        else:
            yield _Step(piece["literal"].__eq__)
        was_deep = bool(piece["deep"])


def _is_in_name(character: str) -> bool:
    return character != "/"


def _is_no_line_end(character: str) -> bool:
    return character != "\n"

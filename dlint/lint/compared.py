"""Findings of one Dockerfile before and after a change: which are new, and which are gone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.lint.report import Diagnostic

# Two instructions that share less than this of their words are two, not one that was edited.
ALIKE = 0.4


class Compared(NamedTuple):
    """What a change did: the findings that came and those that went, each in its own text."""

    new: tuple[Diagnostic, ...]
    gone: tuple[Diagnostic, ...]


def compare(before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> Compared:
    """Compare findings; both sides name a file by what it is called now.

    A finding is known by its rule and its instruction: one that moved to another line is the same,
    and so is one of an instruction that was edited.
    """
    gone, new = list(before), list(after)
    for alike in (_same_text, _edited):
        groups: dict[object, list[Diagnostic]] = defaultdict(list)
        for each in gone:
            groups[each.rule, each.place.path].append(each)
        left = []
        for each in new:
            candidates = groups[each.rule, each.place.path]
            found = alike(each, candidates)
            if found is None:
                left.append(each)
            else:
                candidates.remove(found)
                gone.remove(found)
        new = left
    return Compared(tuple(new), tuple(gone))


def _same_text(found: Diagnostic, candidates: Sequence[Diagnostic]) -> Diagnostic | None:
    """Return the finding of the same instruction."""
    same = (each for each in candidates if each.fingerprint == found.fingerprint)
    return next(same, None)


def _edited(found: Diagnostic, candidates: Sequence[Diagnostic]) -> Diagnostic | None:
    """Return the finding of the instruction that is most like it. Infos without a cost are told
    once for a whole file, so one stands for another.
    """
    if found.is_bare:
        return next((each for each in candidates if each.is_bare), None)
    best = max(candidates, key=lambda each: _likeness(found, each), default=None)
    return best if best is not None and _likeness(found, best) >= ALIKE else None


def _likeness(one: Diagnostic, other: Diagnostic) -> float:
    words, others = set(_words(one)), set(_words(other))
    return len(words & others) / (len(words | others) or 1)


def _words(found: Diagnostic) -> list[str]:
    """Return the words of all lines of a finding's place; of an instruction these are its own."""
    source, first, last = found.place.source, found.place.start.line, found.place.end.line
    return " ".join(source.line_text(line) for line in range(first, last + 1)).split()

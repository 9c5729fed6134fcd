"""Unified diffs that show what edits did: a line that was moved leaves one place and comes to
another.

What is alike before and after does not tell that: where a small instruction went below a large one,
the large one may as well have gone up. So lines that no edit touched stay, and only between them
what is alike is looked for.
"""

from __future__ import annotations

from difflib import SequenceMatcher, unified_diff
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.source import BOM, Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.text.source import Source

_LINE = regex(r"[^\n]*\n|[^\n]+")
_MARK = "\ud800"  # no decoded byte becomes this one
_MARKED = regex(f"{_MARK}\\d+")
_HEADER = 2


def diff_lines(before: Source, rounds: Sequence[Sequence[Edit]], around: int = 3) -> Iterator[str]:
    """Yield the lines of a unified diff, without its header, between a text and what `rounds` of
    edits make of it.
    """
    after, kept = before, list(range(len(_lines(before))))
    for edits in rounds:
        moved = _kept(after, edits)
        after, kept = after.edited(edits), [-1 if line < 0 else moved[line] for line in kept]
    pairs = [(old, new) for old, new in enumerate(kept) if new >= 0]
    old, new = _lines(before), _lines(after)
    for number, (one, other) in enumerate(pairwise([(-1, -1), *pairs, (len(old), len(new))])):
        for lines, start, end in ((old, one[0], other[0]), (new, one[1], other[1])):
            lines[start + 1 : end] = [f"{line}{_MARK}{number}" for line in lines[start + 1 : end]]
    for number, line in enumerate(unified_diff(old, new, n=around)):
        if number >= _HEADER:
            yield _MARKED.sub("", line)


def edits_between(before: Source, after: Source) -> Iterator[Edit]:
    """Yield edits, of whole lines, that make `after` of `before`."""
    old, new = _LINE.findall(before.text), _LINE.findall(after.text)
    starts = [*before.line_starts, len(before.text)]
    for tag, low, high, new_low, new_high in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield Edit(Span(starts[low], starts[high]), "".join(new[new_low:new_high]))


def _lines(source: Source) -> list[str]:
    lines: list[str] = _LINE.findall(source.text)
    if source.bom:
        lines[:1] = [BOM + line for line in lines[:1]]
    return lines


def _kept(source: Source, edits: Sequence[Edit]) -> list[int]:
    """Return for each line of a text the number that it has after `edits`, or -1 where they changed
    it.
    """
    after = source.edited(edits)
    waiting, shift = sorted(edits), 0
    found = []
    for start, line in zip(source.line_starts, _LINE.findall(source.text), strict=False):
        end = start + len(line)
        while waiting and waiting[0].span.end <= start:
            edit = waiting.pop(0)
            shift += len(edit.text) - (edit.span.end - edit.span.start)
        at = start + shift
        apart = not waiting or end <= waiting[0].span.start
        kept = apart and after.text[max(0, at - 1) : at] in {"", "\n"}
        kept = kept and (line.endswith("\n") or at + len(line) == len(after.text))
        found.append(after.line(at) - 1 if kept else -1)
    return found

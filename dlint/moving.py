"""Edits that move whole instructions, with the comments above them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.lazy import regex
from dlint.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.source import Source
    from dlint.syntax import Instruction, Run

_DIRECTIVE = regex(r"\s*#\s*(?:syntax|escape|check)\s*=", re.IGNORECASE)


def lines_of(source: Source, instruction: Instruction) -> Span:
    """Return the whole lines of an instruction, the comments directly above it and the last line end included."""
    first = instruction.line
    while first > 1 and _is_comment(source.line_text(first - 1)):
        first -= 1
    return Span(source.line_span(first).start, source.line_span(instruction.end_line).end)


def move_before(source: Source, moved: Sequence[Instruction], target: Instruction) -> tuple[Edit, ...]:
    """Return edits that put `moved` (in the file's order) above `target` and the comments over it.

    A blank line comes between them where both stood below one.
    """
    blank = source.newline * (_stands_apart(source, moved[0]) and _stands_apart(source, target))
    return (*removals(source, moved), insert_before(source, target, _text(source, moved) + blank))


def fold(source: Source, gone: Instruction, into: Instruction) -> tuple[Edit, ...]:
    """Return edits that take an instruction out whose work `into` does, above which its comments go."""
    comments = source.text[lines_of(source, gone).start : source.line_span(gone.line).start]
    kept = (insert_before(source, into, comments),) if comments else ()
    return (*removals(source, [gone]), *kept)


def move_behind(source: Source, moved: Sequence[Instruction], target: Instruction) -> tuple[Edit, ...]:
    """Return edits that put `moved` (in the file's order) directly below `target`."""
    return (*removals(source, moved), insert_behind(source, target, _text(source, moved)))


def insert_behind(source: Source, target: Instruction, lines: str) -> Edit:
    """Return an edit that puts whole lines directly below `target`."""
    return insertion(source, source.line_span(target.end_line).end, lines)


def insert_before(source: Source, target: Instruction, lines: str) -> Edit:
    """Return an edit that puts whole lines directly above `target` and the comments over it."""
    return insertion(source, lines_of(source, target).start, lines)


def insertion(source: Source, at: int, lines: str) -> Edit:
    """Return an edit that puts whole lines at `at`, a line's start or the end of a text without final line end."""
    if at == len(source.text) and not source.text.endswith("\n"):
        return Edit(Span(at, at), source.newline + lines.removesuffix(source.newline))
    return Edit(Span(at, at), lines)


def removals(source: Source, removed: Sequence[Instruction]) -> tuple[Edit, ...]:
    """Return edits that take whole instructions out, and one of the two blank lines that would be left together."""
    spans: list[Span] = []
    for instruction in removed:
        span = lines_of(source, instruction)
        if spans and spans[-1].end == span.start:
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    return tuple(Edit(_with_blank(source, span), "") for span in spans)


def _stands_apart(source: Source, instruction: Instruction) -> bool:
    first = source.line(lines_of(source, instruction).start)
    return first > 1 and not source.line_text(first - 1).strip()


def _with_blank(source: Source, span: Span) -> Span:
    first, last = source.line(span.start), source.line(span.end)
    below = source.line_span(last)
    above_is_blank = first == 1 or not source.line_text(first - 1).strip()
    if above_is_blank and below.end > below.start and not source[below].strip() and span.end == below.start:
        return Span(span.start, below.end)
    return span


def _text(source: Source, moved: Sequence[Instruction]) -> str:
    texts = [source[lines_of(source, instruction)] for instruction in moved]
    return "".join(text if text.endswith("\n") else text + source.newline for text in texts)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#") and not _DIRECTIVE.match(line)


def crosses_settings(crossed: Sequence[Instruction], run: Run) -> bool:
    """Tell whether a RUN may be moved over `crossed`: over COPYs and RUNs, and settings that it does not mention."""
    from dlint.syntax import Arg, Env, Expose, Label, Transfer, Workdir
    from dlint.syntax import Run as RunInstruction

    for each in crossed:
        if isinstance(each, Arg | Env):
            if any(re.search(rf"\b{re.escape(pair.name)}\b", run.value.text) for pair in each.pairs):
                return False
        elif not isinstance(each, Transfer | RunInstruction | Label | Expose | Workdir):
            return False
    return True

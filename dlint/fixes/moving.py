"""Edits that move whole instructions, with the comments above them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.facts.writing import write_apart
from dlint.text.patterns import regex
from dlint.text.safe import naming
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.syntax import Instruction, Run, Transfer
    from dlint.text.source import Source

_SETTINGS = frozenset(("ARG", "ENV", "LABEL"))
_FROM = regex(r"\s*FROM\s", re.IGNORECASE)
_DIRECTIVE = regex(r"\s*#\s*(?:syntax|escape|check)\s*=", re.IGNORECASE)


def lines_of(source: Source, instruction: Instruction) -> Span:
    """Return the whole lines of an instruction, the comments directly above it and the last line
    end included.
    """
    first = instruction.line
    while first > 1 and _is_comment(source.line_text(first - 1)):
        first -= 1
    return Span(source.line_span(first).start, source.line_span(instruction.end_line).end)


def move_before(
    source: Source, moved: Sequence[Instruction], target: Instruction
) -> tuple[Edit, ...]:
    """Return edits that put `moved` (in the file's order) above `target` and the comments over
    it.
    """
    return (
        *removals(source, moved),
        _put(source, moved, lines_of(source, target).start, joins=False),
    )


def move_behind(
    source: Source, moved: Sequence[Instruction], target: Instruction
) -> tuple[Edit, ...]:
    """Return edits that put `moved` (in the file's order) directly below `target`."""
    return (*removals(source, moved), place_behind(source, moved, target))


def place_behind(source: Source, moved: Sequence[Instruction], target: Instruction) -> Edit:
    """Return an edit that puts the lines of `moved`, which stay where they are, directly below
    `target`, too.
    """
    joins = _SETTINGS.issuperset(each.name for each in (target, *moved))
    return _put(source, moved, source.line_span(target.end_line).end, joins=joins)


def _put(source: Source, moved: Sequence[Instruction], at: int, *, joins: bool) -> Edit:
    """Return an edit that puts the lines of `moved` at `at`, between blank lines if they were below
    one.

    `joins`: they go with what stands above, and no blank line is needed there.
    """
    text = _text(source, moved)
    if _stands_apart(source, moved[0]):
        last = source.line(at) - (source.text[at - 1 : at] == "\n")
        begins_apart = not _is_blank(source, last) and not joins
        ends_apart = not _is_blank(source, last + 1) and at < len(source.text)
        text = source.newline * begins_apart + text + source.newline * ends_apart
    return insertion(source, at, text)


def fold(source: Source, gone: Instruction, into: Instruction) -> tuple[Edit, ...]:
    """Return edits that take an instruction out whose work `into` does, above which its comments
    go.
    """
    comments = source.text[lines_of(source, gone).start : source.line_span(gone.line).start]
    kept = (insert_before(source, into, comments),) if comments else ()
    return (*removals(source, [gone]), *kept)


def insert_behind(source: Source, target: Instruction, lines: str) -> Edit:
    """Return an edit that puts whole lines directly below `target`."""
    return insertion(source, source.line_span(target.end_line).end, lines)


def insert_before(source: Source, target: Instruction, lines: str) -> Edit:
    """Return an edit that puts whole lines directly above `target` and the comments over it."""
    return insertion(source, lines_of(source, target).start, lines)


def insertion(source: Source, at: int, lines: str) -> Edit:
    """Return an edit that puts whole lines at `at`, a line's start or the end of a text without
    final line end.
    """
    if at == len(source.text) and not source.text.endswith("\n"):
        return Edit(Span(at, at), source.newline + lines.removesuffix(source.newline))
    return Edit(Span(at, at), lines)


def removals(source: Source, removed: Sequence[Instruction]) -> tuple[Edit, ...]:
    """Return edits that take whole instructions out, and one of the two blank lines that would be
    left together.
    """
    spans: list[Span] = []
    for instruction in removed:
        span = lines_of(source, instruction)
        if spans and spans[-1].end == span.start:
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    spans = [_with_blank(source, span) for span in spans]
    if spans and spans[-1].end == len(source.text):
        first = len(spans) - 1
        while first and spans[first - 1].end == spans[first].start:
            first -= 1
        spans[first] = _with_blank_above(source, spans[first])
    return tuple(Edit(span, "") for span in spans)


def _is_blank(source: Source, line: int) -> bool:
    return not source.line_text(line).strip()


def _stands_apart(source: Source, instruction: Instruction) -> bool:
    """Tell whether there is a blank line above an instruction, or above the block that a setting is
    in.
    """
    first = source.line(lines_of(source, instruction).start)
    while instruction.name in _SETTINGS and first > 1 and not _is_blank(source, first - 1):
        first -= 1
        if _FROM.match(source.line_text(first)):
            return False
    return _is_below_blank(source, first)


def _is_below_blank(source: Source, line: int) -> bool:
    return line > 1 and _is_blank(source, line - 1)


def _with_blank(source: Source, span: Span) -> Span:
    first, last = source.line(span.start), source.line(span.end)
    below = source.line_span(last)
    above_is_blank = first == 1 or _is_blank(source, first - 1)
    if (
        above_is_blank
        and below.end > below.start
        and _is_blank(source, last)
        and span.end == below.start
    ):
        return Span(span.start, below.end)
    return span


def _with_blank_above(source: Source, span: Span) -> Span:
    """Take the blank line above along: nothing is left below."""
    first = source.line(span.start)
    above_is_blank = first > 1 and _is_blank(source, first - 1)
    return Span(source.line_span(first - 1).start, span.end) if above_is_blank else span


def _text(source: Source, moved: Sequence[Instruction]) -> str:
    lines = []
    for number, instruction in enumerate(moved):
        text = source[lines_of(source, instruction)]
        first = source.line(lines_of(source, instruction).start)
        blank = source.newline * (number > 0 and _is_below_blank(source, first))
        lines.append(blank + (text if text.endswith("\n") else text + source.newline))
    return "".join(lines)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#") and not _DIRECTIVE.match(line)


def crosses_settings(crossed: Sequence[Instruction], run: Run) -> bool:
    """Tell whether a RUN may be moved over `crossed`: over COPYs and RUNs, and settings that it
    does not mention.
    """
    from dlint.syntax import Expose, Label, Run, Transfer, Workdir

    always = Transfer | Run | Label | Expose | Workdir
    settings = [each for each in crossed if not isinstance(each, always)]
    return all(_does_not_mention(run, each) for each in settings)


def _does_not_mention(run: Run, setting: Instruction) -> bool:
    from dlint.syntax import Arg, Env

    if not isinstance(setting, Arg | Env):
        return False  # a USER, a SHELL
    named = (naming(pair.name, r"\b", r"\b") for pair in setting.pairs)
    return not any(each.search(run.value.text) for each in named)


def does_the_same_above(build: Build, crossed: Sequence[Instruction], *moved: Instruction) -> bool:
    """Tell whether RUNs that download, and COPYs, do the same above `crossed` as below them: each
    above those that it stands below, and that do not move with it.

    A RUN between may bring the tools, or the files, that a download works with.
    """
    return all(
        _does_the_same_above(
            build, [o for o in crossed if o.index < each.index and o not in moved], each
        )
        for each in moved
    )


def _does_the_same_above(build: Build, crossed: Sequence[Instruction], moved: Instruction) -> bool:
    from dlint.syntax import Run, Transfer, Workdir

    match moved:
        case Transfer():
            return all(_copies_the_same_above(build, each, moved) for each in crossed)
        case Run():
            prepares = any(isinstance(each, Run | Workdir) for each in crossed)
            return not prepares and crosses_settings(crossed, moved)
    return False


def _copies_the_same_above(build: Build, crossed: Instruction, copy: Transfer) -> bool:
    from dlint import syntax

    match crossed:
        case syntax.Transfer():
            return write_apart(build, crossed, copy)
        case syntax.Label() | syntax.Expose() | syntax.User():
            return True
        case syntax.Workdir():
            return copy.destination is None or copy.destination.text.startswith("/")
        case syntax.Arg() | syntax.Env():
            return "$" not in copy.value.text
    return False

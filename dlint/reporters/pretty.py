"""For people at a terminal: the line that pays, the line that makes it pay, the bytes, and the fix
as a small diff.

Infos that one rule has in many files are one, behind all else: what matters is on the first screen.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dlint.findings import Safety, Severity
from dlint.reporters.words import long_cost, sentence, summary
from dlint.text.diffs import diff_lines
from dlint.text.patterns import regex
from dlint.text.printable import disarmed, printable
from dlint.text.source import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.lint.report import Diagnostic, Location, PlacedEdit, Repair, Report

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
GUTTER = "blue"
BEFORE = 40  # characters shown before a mark that stands far to the right
DIFF_LINES = 24
FEW = 3  # infos of one rule that are shown one by one
SHOWN = 3  # places that are named of more
# rich numbers its hyperlinks at random; the same findings are the same text
LINK_NUMBER = regex(r"(?<=\x1b\]8;)id=\d+(?=;)")


class Mark(NamedTuple):
    """A place to underline, with what is said of it; `main` where it is the finding's own."""

    place: Location
    message: str
    main: bool


def write(report: Report) -> str:
    """Write frames, then the push lines and a summary."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(report.width, 40),
        force_terminal=report.color,
        color_system="standard" if report.color else None,
        legacy_windows=False,
        highlight=False,
        soft_wrap=True,
    )
    single, many = _folded(report)
    blocks = [_frame(found, report.width, links=report.links) for found in single]
    blocks += [_summed_up(alike, links=report.links) for alike in many]
    for block in blocks:
        for line in block:
            line.rstrip()
            console.print(line)
        console.print()
    if not report.quiet:
        for push in report.pushes:
            console.print(
                Text.assemble((printable(push.path), "bold"), f": {printable(push.text)}")
            )
        console.print(Text(sentence(summary(report))))
    return disarmed(LINK_NUMBER.sub("", out.getvalue()))


def _folded(report: Report) -> tuple[list[Diagnostic], list[list[Diagnostic]]]:
    """Return the findings that are shown one by one, file by file, and the infos of one rule that
    are too many for that.
    """
    each = [
        found
        for file in report.files
        for found in sorted(file.diagnostics, key=lambda each: each.by_weight)
    ]
    infos: dict[str, list[Diagnostic]] = {}
    for found in each:
        if found.severity is Severity.INFO:
            infos.setdefault(found.rule, []).append(found)
    many = [alike for alike in infos.values() if len(alike) > FEW]
    folded = {found.rule for alike in many for found in alike[:1]}
    single = [
        found for found in each if found.severity is not Severity.INFO or found.rule not in folded
    ]
    return single, many


def _summed_up(alike: Sequence[Diagnostic], *, links: bool) -> Iterator[Text]:
    """Show the weightiest of many infos, where the first of them are, and how many there are."""
    first = min(alike, key=lambda each: each.by_weight)
    places = [f"{printable(each.place.path)}:{each.place.start.line}" for each in alike]
    yield _head(first, links=links)
    yield _gutter(1, "-->", f"{', '.join(places[:SHOWN])} and {len(places) - SHOWN} more", mark=" ")
    if first.remedy:
        yield _gutter(1, "", f"help: {printable(first.remedy)}", mark=" =")
    note = f"{len(alike)} such infos; `--output-format text` lists each"
    yield _gutter(1, "", f"note: {note}", mark=" =")


def _head(found: Diagnostic, *, links: bool) -> Text:
    style = STYLES[found.severity]
    linked = f"{style} link {found.url}" if links and found.url else style
    return Text.assemble(
        (f"{found.severity}[", style),
        (found.rule, linked),
        ("]", style),
        (f": {printable(found.message)}", "bold"),
    )


def _frame(found: Diagnostic, width: int, *, links: bool) -> Iterator[Text]:
    marks = [
        Mark(found.place, "", main=True),
        *(Mark(note.place, note.message, main=False) for note in found.notes),
    ]
    digits = max(len(str(mark.place.start.line)) for mark in marks)
    style = STYLES[found.severity]
    yield _head(found, links=links)
    path, line = None, 0
    for mark in sorted(
        marks,
        key=lambda each: (each.place.path != found.place.path, each.place.path, each.place.span),
    ):
        if mark.place.path != path:
            path = mark.place.path
            shown = found.place if path == found.place.path else mark.place
            yield _gutter(
                digits,
                "-->",
                f"{printable(path)}:{shown.start.line}:{shown.start.column}",
                mark=" ",
            )
            yield _gutter(digits, "", "", mark=" |")
            line = mark.place.start.line
        if mark.place.start.line > line + 1:
            yield Text("…", GUTTER)
        line = mark.place.start.line
        yield from _marked_line(mark, digits, width, style if mark.main else "bold blue")
    cost = long_cost(found.cost)
    if cost:
        yield _gutter(digits, "", f"cost: {cost}", mark=" =")
    if found.help and not found.repair:
        yield _gutter(digits, "", f"help: {printable(found.help)}", mark=" =")
    if found.repair:
        yield from _repair(found.repair, digits)


def _gutter(digits: int, number: str, text: str, mark: str) -> Text:
    if number == "-->":
        return Text.assemble((f"{' ' * digits}--> ", GUTTER), text)
    return Text.assemble((f"{number:>{digits}}{mark} ", GUTTER), text)


def _marked_line(mark: Mark, digits: int, width: int, style: str) -> Iterator[Text]:
    """Show the first line of a place, with its part underlined."""
    source, start, end = mark.place.source, mark.place.start, mark.place.end
    text = source.line_text(start.line)
    first, last = start.column - 1, (end.column - 1 if end.line == start.line else len(text))
    cut = max(0, first - BEFORE) if cell_len(text) > width else 0
    before, marked = _visible(text[cut:first]), _visible(text[first:last])
    line = Text("…" if cut else "") + Text(before + marked + _visible(text[last : cut + width]))
    line.truncate(max(width - digits - 3, 20), overflow="ellipsis")
    yield Text.assemble((f"{start.line:>{digits}} | ", GUTTER), line)
    room = max(width - digits - 3 - cell_len(before) - bool(cut), 1)
    underline = ("^" if mark.main else "-") * max(1, min(cell_len(marked), room))
    blank = " " * (cell_len(before) + bool(cut))
    yield Text.assemble(
        (f"{' ' * digits} | ", GUTTER),
        blank,
        (underline, style),
        (f" {printable(mark.message)}", style),
    )


def _visible(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _repair(repair: Repair, digits: int) -> Iterator[Text]:
    word = "shown only" if repair.safety is Safety.DISPLAY else str(repair.safety)
    yield _gutter(digits, "", f"fix ({word}): {printable(repair.title)}", mark=" =")
    by_source: dict[str, list[PlacedEdit]] = {}
    for edit in repair.edits:
        by_source.setdefault(edit.place.path, []).append(edit)
    for edits in by_source.values():
        changed = _changed(edits)
        for line in changed[:DIFF_LINES]:
            style = {"+": "green", "-": "red"}.get(line[0], "")
            yield Text.assemble(" " * (digits + 3), (_visible(line), style))
        if len(changed) > DIFF_LINES:
            yield Text(f"{' ' * (digits + 3)}… {len(changed) - DIFF_LINES} more lines")


def _changed(placed: Sequence[PlacedEdit]) -> list[str]:
    """Return the lines that go, with "-", those that come, with "+", and between two places what is
    beside them.
    """
    source = placed[0].place.source
    edits = [Edit(each.place.span, each.text) for each in placed]
    lines = [
        "…" if line[0] == "@" else line.rstrip("\r\n")
        for line in diff_lines(source, [edits], around=1)
    ]
    marked = [at for at, line in enumerate(lines) if line[0] in "+-"]
    return lines[marked[0] : marked[-1] + 1] if marked else []

"""For people at a terminal: the line that pays, the line that makes it pay, the bytes, and the fix
as a small diff.

What is said alike of several places is shown once, and infos that one rule has in many files are
one, behind all else: what matters is on the first screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from dlint.findings import Safety, Severity
from dlint.reporters.terminal import Column, hanging, prose, render, table
from dlint.reporters.words import long_cost, summary
from dlint.text.diffs import diff_lines
from dlint.text.printable import disarmed, printable
from dlint.text.source import Edit
from dlint.text.units import listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from dlint.lint.report import Diagnostic, Location, PlacedEdit, Repair, Report
    from dlint.text.source import Span

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
GUTTER = "blue"
BEFORE = 40  # characters shown before a mark that stands far to the right
DIFF_LINES = 24
HANGING = 2  # cells that further lines of a sentence are indented
LEAST_WIDTH = 40
FEW = 3  # infos of one rule that are shown one by one
SHOWN = 3  # places that are named of more


class Mark(NamedTuple):
    """A place to underline with a `sign`, and what is said of it."""

    place: Location
    message: str
    sign: str
    style: str


def write(report: Report) -> str:
    """Write frames, then the push lines and a summary."""
    width = max(report.width, LEAST_WIDTH)
    return disarmed(render(_parts(report, width), color=report.color, width=width))


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    view = View(width, color=report.color, links=report.links)
    single, many = _folded(report)
    for found, *same in _alike(single):
        yield from view.frame(found, same)
        yield Text("")
    for alike in many:
        yield from view.summed_up(alike)
        yield Text("")
    if not report.quiet:
        if report.images:
            yield from _images(report, view, width)
            yield Text("")
        else:
            yield from _pushes(report, view, width)
        yield from hanging(view.prose(summary(report)), width, HANGING)


def _pushes(report: Report, view: View, width: int) -> Iterator[RenderableType]:
    for push in report.told_pushes:
        path = Text.assemble((printable(push.path), "bold"), ": ")
        yield from hanging(path + view.prose(push.text), width, HANGING)
    if report.unshown:
        yield from hanging(view.prose(report.unshown), width, HANGING)


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
    many = {rule: alike for rule, alike in infos.items() if len(alike) > FEW}
    single = [
        found for found in each if found.severity is not Severity.INFO or found.rule not in many
    ]
    return single, list(many.values())


def _alike(single: Iterable[Diagnostic]) -> Iterable[list[Diagnostic]]:
    """Return findings that say the same of several places together, in the order of the first."""
    said: dict[tuple[object, ...], list[Diagnostic]] = {}
    for found in single:
        safety = found.repair.safety if found.repair else None
        words = (found.rule, found.severity, found.message, found.remedy, long_cost(found.cost))
        said.setdefault((*words, safety), []).append(found)
    return said.values()


def _places(alike: Sequence[Diagnostic]) -> str:
    """Return where findings are: each of few, or the first of many and how many more."""
    places = (each.place for each in alike)
    return listed((f"{printable(each.path)}:{each.start.line}" for each in places), SHOWN)


def _images(report: Report, view: View, width: int) -> Iterator[RenderableType]:
    """Yield the table of a project's images."""
    rows = [
        (
            printable(image.name),
            image.size,
            image.push,
            Text(image.finding, STYLES[image.worst.severity] if image.worst else ""),
        )
        for image in report.told_images
    ]
    columns = (
        Column("image", least=16, path=True),
        Column("size", right=True),
        Column("push of a change"),
        Column("worst finding", least=16),
    )
    if rows:
        yield table(columns, rows, width)
    if report.untold_images:
        yield from hanging(view.prose(report.untold_images), width, HANGING)


class View(NamedTuple):
    """How findings are shown: in `width` cells, with `color`, rules with `links` to their pages."""

    width: int
    color: bool
    links: bool

    def prose(self, text: str, style: str = "") -> Text:
        """Return a sentence as the view shows it."""
        return prose(printable(text), style, color=self.color)

    def head(self, found: Diagnostic) -> Iterator[Text]:
        """Yield what is wrong, in the lines that it needs."""
        style = STYLES[found.severity]
        linked = f"{style} link {found.url}" if self.links and found.url else style
        head = Text.assemble((f"{found.severity}[", style), (found.rule, linked), ("]", style))
        return hanging(head + self.prose(f": {found.message}", "bold"), self.width, HANGING)

    def summed_up(self, alike: Sequence[Diagnostic]) -> Iterator[Text]:
        """Yield the weightiest of many infos, where the first of them are, and how many there
        are.
        """
        first = min(alike, key=lambda each: each.by_weight)
        yield from self.head(first)
        lead = Text.assemble((" --> ", GUTTER))
        yield from hanging(Text(_places(alike)), self.width, lead.cell_len, lead)
        if first.remedy:
            yield from self.remark(f"help: {first.remedy}", 1)
        note = f"note: {len(alike)} such infos; `--output-format text` lists each"
        yield from self.remark(note, 1)

    def frame(self, found: Diagnostic, same: Sequence[Diagnostic]) -> Iterator[Text]:
        """Yield the lines of one finding, and where the same is found."""
        style = STYLES[found.severity]
        yield from self.head(found)
        marks = [
            Mark(found.place, "", "^", style),
            *(Mark(note.place, note.message, "-", "bold blue") for note in found.notes),
        ]
        digits = max(len(str(mark.place.start.line)) for mark in marks)
        yield from self.marks(marks, digits)
        if cost := long_cost(found.cost):
            yield from self.remark(f"cost: {cost}", digits)
        if found.help and not found.repair:
            yield from self.remark(f"help: {found.help}", digits)
        if found.repair:
            yield from self.repair(found.repair, digits)
        if same:
            yield from self.remark(f"note: the same in {_places(same)}", digits)

    def marks(self, marks: Sequence[Mark], digits: int) -> Iterator[Text]:
        """Yield marked lines in the file's order, those of other files after the finding's own."""
        own = marks[0].place
        path, line = None, 0
        for mark in sorted(marks, key=lambda each: _position(each.place, own)):
            if mark.place.path != path:
                path = mark.place.path
                shown = own if path == own.path else mark.place
                where = f"{printable(path)}:{shown.start.line}:{shown.start.column}"
                yield Text.assemble((f"{' ' * digits}--> ", GUTTER), where)
                yield _gutter(digits)
            elif mark.place.start.line > line + 1:
                yield _gutter(digits, "…")
            line = mark.place.start.line
            yield from self.marked_line(mark, digits)

    def marked_line(self, mark: Mark, digits: int) -> Iterator[Text]:
        """Show the first line of a place, with its part underlined and what is said of it."""
        source, start, end = mark.place.source, mark.place.start, mark.place.end
        text, room = source.line_text(start.line), self.width - digits - len(" | ")
        first, last = start.column - 1, (end.column - 1 if end.line == start.line else len(text))
        cut = max(0, first - BEFORE) if cell_len(text) > room else 0
        before, marked = _visible(text[cut:first]), _visible(text[first:last])
        after = _visible(text[last : cut + self.width])
        line = Text("…" * bool(cut) + before + marked + after)
        line.truncate(room, overflow="ellipsis")
        yield _gutter(digits, str(start.line)) + line
        blank = cell_len(before) + bool(cut)
        length = max(1, min(cell_len(marked), room - blank))
        under = _gutter(digits) + Text(" " * blank) + Text(mark.sign * length, mark.style)
        note = self.prose(mark.message, mark.style)
        if not mark.message:
            yield under
        elif under.cell_len + 1 + note.cell_len <= self.width:
            yield under + Text(" ") + note
        else:
            yield under
            for line in hanging(note, room, 0):
                yield _gutter(digits) + line

    def remark(self, text: str, digits: int) -> Iterator[Text]:
        """Yield what is said below the lines."""
        lead = Text.assemble((f"{' ' * digits} = ", GUTTER))
        return hanging(self.prose(text), self.width, lead.cell_len, lead)

    def repair(self, repair: Repair, digits: int) -> Iterator[Text]:
        """Yield a fix: its title, and the lines that it changes."""
        word = "shown only" if repair.safety is Safety.DISPLAY else str(repair.safety)
        yield from self.remark(f"fix ({word}): {repair.title}", digits)
        indent = " " * (digits + len(" = "))
        for edits in _by_file(repair.edits):
            changed = _changed(edits)
            for line in changed[:DIFF_LINES]:
                style = {"+": "green", "-": "red"}.get(line[0], "")
                shown = Text.assemble(indent, (_visible(line), style))
                yield from hanging(shown, self.width, len(indent) + HANGING)
            if len(changed) > DIFF_LINES:
                yield Text(f"{indent}… {len(changed) - DIFF_LINES} more lines")


def _position(place: Location, own: Location) -> tuple[bool, str, Span]:
    return place.path != own.path, place.path, place.span


def _by_file(edits: Iterable[PlacedEdit]) -> Iterable[list[PlacedEdit]]:
    by_path: dict[str, list[PlacedEdit]] = {}
    for edit in edits:
        by_path.setdefault(edit.place.path, []).append(edit)
    return by_path.values()


def _gutter(digits: int, number: str = "") -> Text:
    return Text.assemble((f"{number:>{digits}} | ", GUTTER))


def _visible(text: str) -> str:
    return printable(text.replace("\t", "    "))


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

"""How views at a terminal are laid out: tables that fit its width, bars, wrapped text, colors.

A table has one row a layer, rule or commit. What has no room is cut in columns that may be cut, in
their order, and columns that a narrow terminal has no room for are left out.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from dlint.text.patterns import regex
from dlint.text.shorten import path_end, shortened
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

GAP = 2  # columns between two columns of a table
BAR = 12
LEAST = 20  # cells of a text beside its indent
READABLE = 30  # cells of a column that is cut
WIDEST = 10_000  # cells of a line: beyond, a terminal wraps it
EIGHTHS = " ▏▎▍▌▋▊▉█"
CODE = "cyan"
_TRAILING = regex(r" +((?:\x1b\[[0-9;]*m)*)$")
KEPT = "\ue000"  # stands for a space where no line ends; `printable` lets no other through
_IN_FIGURE = regex(r"(?<=[≈≥+]) (?=\d)|(?<=\d) (?=[kMGTPE]?B\b)")
_CODE_SPAN = regex(r"`([^`]+)`")
# rich numbers its hyperlinks at random; the same view is the same text
_LINK_NUMBER = regex(r"(?<=\x1b\]8;)id=\d+(?=;)")


class Column(NamedTuple):
    """One column of a table.

    `least` are the character cells down to which it may be cut in the middle, a `path` at its
    beginning, None where it never is; where it `wraps`, it is continued on further lines instead.
    It is shown at terminals of more than `beyond` cells, if it is `shown` at all; a `spare` one
    only where that leaves the others readable.
    """

    name: str
    right: bool = False
    least: int | None = None
    beyond: int = 0
    style: str = ""
    wraps: bool = False
    shown: bool = True
    spare: bool = False
    path: bool = False


def table(
    columns: Sequence[Column], rows: Iterable[Sequence[str | Text]], width: int
) -> RenderableType:
    """Return the rows, one a line, in at most `width` cells unless what is never cut needs more."""
    every = list(rows)
    full = [_needed(at, column, every) for at, column in enumerate(columns)]
    shown = _shown(columns, full, width)
    used = [columns[at] for at in shown]
    widths = _narrowed(used, [full[at] for at in shown], width)
    out = Table(
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        header_style="dim",
        show_header=any(column.name for column in used),
        width=_together(widths),
    )
    for column, wide in zip(used, widths, strict=True):
        out.add_column(
            column.name,
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            width=wide,
            style=column.style,
        )
    for row in every:
        out.add_row(*map(_fitted, (row[at] for at in shown), widths, used))
    return out


def _shown(columns: Sequence[Column], full: Sequence[int], width: int) -> list[int]:
    """Return which columns there is room for."""
    wanted = [at for at, column in enumerate(columns) if column.shown and width > column.beyond]
    least = (full[at] if columns[at].least is None else min(full[at], READABLE) for at in wanted)
    if _together(list(least)) <= width:
        return wanted
    return [at for at in wanted if not columns[at].spare]


def _together(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _needed(at: int, column: Column, rows: Sequence[Sequence[str | Text]]) -> int:
    return max(_cells(column.name), *(_cells(row[at]) for row in rows), 0)


def _narrowed(columns: Sequence[Column], full: Sequence[int], width: int) -> list[int]:
    """Return the cells of each column: what is too much is taken of those that may be cut, the
    first of them first, and in a first round no more than leaves it readable.
    """
    widths = list(full)
    over = _together(widths) - width
    for readable in (READABLE, 0):
        for at, column in enumerate(columns):
            if column.least is not None and over > 0:
                given = min(over, max(0, widths[at] - max(column.least, readable)))
                widths[at] -= given
                over -= given
    return widths


def _cells(cell: str | Text) -> int:
    return cell_len(cell) if isinstance(cell, str) else cell.cell_len


def _fitted(cell: str | Text, width: int, column: Column) -> Text:
    text = Text(cell) if isinstance(cell, str) else cell
    if text.cell_len <= width or column.wraps:
        return _unbroken(text)
    cut = path_end if column.path else shortened
    return Text(cut(text.plain, width), text.style)


def bar(part: int, most: int, style: str, width: int = BAR) -> Text:
    """Return a bar that is as long, of `width` cells, as `part` is of the `most`; a sliver for
    anything at all.
    """
    if not part or not most:
        return Text("")
    eighths = max(1, round(part / most * width * 8))
    return Text("█" * (eighths // 8) + EIGHTHS[eighths % 8].strip(), style)


def indented(text: Text, by: int = 2) -> RenderableType:
    """Return a text that is wrapped beside an indent."""
    return Padding(text, (0, 0, 0, by))


def hanging(text: Text, width: int, by: int, lead: Text | None = None) -> Iterator[Text]:
    """Yield a text in lines of at most `width` cells, all but the first one indented; the first has
    `lead`, which is as wide as the indent, before it.
    """
    console, kept = Console(), _unbroken(text)
    room = max(width - by, LEAST)
    [first, *more] = kept.wrap(console, width if lead is None else room) or [kept]
    yield first if lead is None else lead + first
    if more:
        rest = kept[len(first.plain) :]
        start = len(rest.plain) - len(rest.plain.lstrip())
        for line in rest[start:].wrap(console, room):
            yield Text.assemble(" " * by, line)


def _unbroken(text: Text) -> Text:
    """Return the same text with figures that are not wrapped: `≈ 16.8 MB`."""
    out = text.copy()
    out.plain = _IN_FIGURE.sub(KEPT, text.plain)
    return out


def prose(text: str, style: str = "", *, color: bool) -> Text:
    """Return a sentence; where there is color, code is colored instead of in backticks."""
    if not color:
        return Text(text, style)
    out, at = Text(style=style), 0
    for span in _CODE_SPAN.finditer(text):
        out.append(text[at : span.start()]).append(span[1], CODE)
        at = span.end()
    return out.append(text[at:])


def render(parts: Iterable[RenderableType], *, color: bool, width: int) -> str:
    """Return what a terminal of `width` cells shows of the parts, one below the other. No line ends
    with spaces.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=WIDEST,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        theme=Theme({"markdown.code": CODE}),
    )
    for part in parts:
        needed = part.width if isinstance(part, Table) and part.width else 0
        shown = _unbroken(part) if isinstance(part, Text) else part
        console.print(shown, width=max(width, needed))
    text = _LINK_NUMBER.sub("", out.getvalue()).replace(KEPT, " ")
    return "".join(_TRAILING.sub(r"\1", line) + "\n" for line in text.split("\n")[:-1])

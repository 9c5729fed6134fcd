"""How views at a terminal are laid out: tables that fit its width, bars, wrapped text, colors.

A table has one row a layer, rule or commit. What has no room is cut in columns that may be cut, in
their order, and columns that a narrow terminal has no room for are left out.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlint.text.patterns import regex
from dlint.text.shorten import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

GAP = 2  # columns between two columns of a table
BAR = 12
READABLE = 30  # cells of a column that is cut
WIDEST = 10_000  # cells of a line: beyond, a terminal wraps it
EIGHTHS = " ▏▎▍▌▋▊▉█"
_TRAILING = regex(r" +((?:\x1b\[[0-9;]*m)*)$")


class Column(NamedTuple):
    """One column of a table.

    `least` are the character cells down to which it may be cut in the middle, None where it never
    is; where it `wraps`, it is continued on further lines instead. It is shown at terminals of more
    than `beyond` cells, if it is `shown` at all.
    """

    name: str
    right: bool = False
    least: int | None = None
    beyond: int = 0
    style: str = ""
    wraps: bool = False
    shown: bool = True


def table(
    columns: Sequence[Column], rows: Iterable[Sequence[str | Text]], width: int
) -> RenderableType:
    """Return the rows, one a line, in at most `width` cells unless what is never cut needs more."""
    shown = [at for at, column in enumerate(columns) if column.shown and width > column.beyond]
    used = [columns[at] for at in shown]
    cells = [[row[at] for at in shown] for row in rows]
    widths = _widths(used, cells, width)
    out = Table(
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        header_style="dim",
        show_header=any(column.name for column in used),
        width=sum(widths) + GAP * (len(widths) - 1),
    )
    for column, wide in zip(used, widths, strict=True):
        out.add_column(
            column.name,
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            width=wide,
            style=column.style,
        )
    for row in cells:
        out.add_row(*map(_fitted, row, widths, used))
    return out


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str | Text]], width: int
) -> list[int]:
    """Return the cells of each column: what is too much is taken of those that may be cut, the
    first of them first, and in a first round no more than leaves it readable.
    """
    widths = [
        max(map(_cells, (column.name, *(row[at] for row in rows))))
        for at, column in enumerate(columns)
    ]
    over = sum(widths) + GAP * (len(widths) - 1) - width
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
        return text
    return Text(shortened(text.plain, width), text.style)


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
    )
    for part in parts:
        needed = part.width if isinstance(part, Table) and part.width else 0
        console.print(part, width=max(width, needed))
    return "".join(_TRAILING.sub(r"\1", line) + "\n" for line in out.getvalue().split("\n")[:-1])

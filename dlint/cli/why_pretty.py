"""The explanation of a build for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dlint.records.words import first_lines, head, rows, seconds_text
from dlint.reporters.terminal import Column, bar, render, table
from dlint.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from dlint.records.words import Answer, Row

WIDE = 99  # cells: narrower terminals are told causes above the table alone
MOST = 20  # rows: the first screen answers
COLUMNS = (
    Column("time", right=True),
    Column("", spare=True),
    Column("line", right=True, style="dim"),
    Column("step", least=8),
    Column("result"),
    Column("new layer", right=True),
    Column("because of", least=16, beyond=WIDE),
)


def pretty(answer: Answer, *, color: bool, width: int) -> str:
    """Return the explanation: what ran first, and below it the steps by their time."""
    return render(_parts(answer, width), color=color, width=width)


def _parts(answer: Answer, width: int) -> Iterator[RenderableType]:
    title, *more = map(printable, head(answer))
    yield Text(title, "bold")
    yield from map(Text, more)
    yield Text("")
    yield from (Text(printable(line)) for line in first_lines(answer))
    yield Text("")
    every = rows(answer)
    most = max((row.seconds or 0.0 for row in every), default=0.0)
    yield table(COLUMNS, [_row(row, most) for row in every[:MOST]], width)
    if len(every) > MOST:
        yield Text(f"and {len(every) - MOST} more (--output-format text shows all)", "dim")


def _row(row: Row, most: float) -> tuple[str | Text, ...]:
    style = "bold yellow" if row.ran else "green" if row.result == "cached" else ""
    return (
        seconds_text(row.seconds),
        bar(round((row.seconds or 0.0) * 1000), round(most * 1000), "yellow" if row.ran else "dim"),
        row.line,
        printable(row.name),
        Text(row.result, style),
        row.size,
        printable(row.because),
    )

"""A replay for people at a terminal: the sum, a chart of all commits, what cost most, and the
dearest commits.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlint.history.replay import (
    blame,
    cause_text,
    ceiling,
    known_text,
    pushed_text,
    subject_text,
    totals,
    unknown_text,
)
from dlint.text.printable import printable
from dlint.text.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from dlint.history.replay import CommitPush

EIGHTHS = " ▁▂▃▄▅▆▇█"
BEYOND = "▲"  # on top of a column that is cut off
ROWS = 6  # of the chart
LABEL = 8  # columns left of it
ALL = 20  # commits that are all listed; of more, the dearest
DEAREST = 10
BLAMED = 8
GAP, LEAST = 2, 10  # columns between two columns of a table, and of the narrowest
SHORT = 10  # digits of a commit's id
BAR = 14  # columns of the dearest instruction's bar
TAKEN = 42  # columns of that table that are not the instruction's


def pretty(pushes: Sequence[CommitPush], *, color: bool, width: int) -> str:
    """Return what a terminal of `width` columns shows."""
    console = Console(force_terminal=color, no_color=not color, width=width, highlight=False)
    shown = [push for push in pushes if push.counted or push.problem]
    parts: list[RenderableType] = [*_head(pushes)]
    if any(push.pushed.bytes for push in shown):
        parts += ["", *_chart(shown, width)]
    if any(push.counted for push in shown):
        parts += ["", *_blame(pushes, width)]
    if shown:
        parts += ["", *_commits(shown, width)]
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return captured.get()


def _head(pushes: Sequence[CommitPush]) -> list[Text]:
    total = totals(pushes)
    if not total.commits:
        return [Text("no commit has one before it: nothing to compare", "bold")]
    known = not total.sum.is_unknown
    facts = [f"{total.mean} in the mean", f"{total.p95} at the 95th percentile"] if known else []
    if total.nothing:
        facts.append(f"{total.nothing} pushed nothing")
    if total.unknown:
        facts.append(unknown_text(total))
    return [Text(pushed_text(total), "bold"), Text(", ".join(facts), "dim")]


def _chart(shown: Sequence[CommitPush], width: int) -> list[Text]:
    """Draw a column for each commit, or for the dearest of a few where there are more than
    columns.
    """
    room = max(10, width - LABEL - 1)
    each = -(-len(shown) // room)
    sizes = [
        max(push.pushed.bytes for push in shown[at : at + each])
        for at in range(0, len(shown), each)
    ]
    wide = max(1, min(3, room // len(sizes)))
    top = ceiling(sizes)
    lines = []
    for row in range(ROWS, 0, -1):
        label = human_bytes(top) if row == ROWS else ""
        line = Text(f"{label:>{LABEL - 1}} ", "dim")
        for size in sizes:
            level = -(-size * ROWS * 8 // top) - (row - 1) * 8
            block = EIGHTHS[max(0, min(8, level))]
            mark = BEYOND if row == ROWS and size > top else block
            line.append(mark if wide == 1 else mark * (wide - 1) + " ")
        line.stylize("yellow", LABEL)
        lines.append(line)
    first, last = (
        datetime.fromtimestamp(push.commit.when, UTC).strftime("%Y-%m-%d")
        for push in (shown[0], shown[-1])
    )
    span = max(len(sizes) * wide, len(first) + len(last) + 2)
    lines.append(Text(" " * LABEL + first + last.rjust(span - len(first)), "dim"))
    beyond = [size for size in sizes if size > top]
    said = []
    if each > 1:
        said.append(f"each column is the dearest of {each} commits")
    if beyond:
        said.append(f"{BEYOND} goes up to {human_bytes(max(beyond))}")
    if said:
        lines.append(Text(" " * LABEL + "; ".join(said), "dim"))
    return lines


def _blame(pushes: Sequence[CommitPush], width: int) -> list[RenderableType]:
    blamed = blame(pushes)
    if not blamed:
        return []
    most = max(each.size.bytes for each in blamed) or 1
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("instruction", no_wrap=True, overflow="ellipsis", max_width=width - TAKEN)
    table.add_column("uploads", justify="right", no_wrap=True)
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for each in blamed[:BLAMED]:
        size = "unknown" if each.size.is_unknown else str(each.size)
        bar = Text("█" * round(BAR * each.size.bytes / most), "yellow")
        table.add_row(
            str(each.line), Text(printable(each.instruction)), str(each.misses), size, bar
        )
    rest = len(blamed) - BLAMED
    return [table, *([Text(f"and {rest} more", "dim")] if rest > 0 else [])]


def _commits(shown: Sequence[CommitPush], width: int) -> list[RenderableType]:
    listed = list(shown)
    if len(shown) > ALL:
        listed = sorted(
            shown, key=lambda push: (push.pushed.whole or 0, push.unknown_layers), reverse=True
        )[:DEAREST]
    pushed = {push.commit.id: "-" if push.problem else known_text(push) for push in listed}
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("commit" if len(shown) <= ALL else "dearest", no_wrap=True, style="dim")
    table.add_column("pushed", justify="right", no_wrap=True)
    left = max(LEAST * 2, width - SHORT - max(map(len, pushed.values())) - 3 * GAP)
    whys = [Text(cause_text(push)) for push in listed]
    half = max(len("because of"), min(left // 2, max(why.cell_len for why in whys)))
    table.add_column("because of", no_wrap=True, overflow="ellipsis", max_width=half)
    table.add_column("subject", no_wrap=True, overflow="ellipsis", max_width=left - half)
    for push, why in zip(listed, whys, strict=True):
        table.add_row(push.commit.id[:SHORT], pushed[push.commit.id], why, Text(subject_text(push)))
    if len(shown) <= ALL:
        return [table]
    return [table, Text(f"all {len(shown)} of them: --output-format text, or --html FILE", "dim")]

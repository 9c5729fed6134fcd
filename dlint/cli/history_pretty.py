"""A replay for people at a terminal: the sum, a chart of all commits, what cost most, and the
dearest commits.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

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
from dlint.reporters.terminal import Column, bar, render, table
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
SHORT = 10  # digits of a commit's id
WIDE = 69  # cells: narrower terminals are shown subjects of commits alone


def pretty(pushes: Sequence[CommitPush], *, color: bool, width: int) -> str:
    """Return what a terminal of `width` columns shows."""
    shown = [push for push in pushes if push.counted or push.problem]
    parts: list[RenderableType] = [*_head(pushes)]
    if any(push.pushed.bytes for push in shown):
        parts += [Text(""), *_chart(shown, width)]
    if any(push.counted for push in shown):
        parts += [Text(""), *_blame(pushes, width)]
    if shown:
        parts += [Text(""), *_commits(shown, width)]
    return render(parts, color=color, width=width)


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
        line = Text.assemble((f"{label:>{LABEL - 1}} ", "dim"))
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
    most = max(each.size.bytes for each in blamed)
    columns = (
        Column("line", right=True, style="dim"),
        Column("instruction", least=12),
        Column("uploads", right=True),
        Column("bytes", right=True),
        Column("", spare=True),
    )
    rows = [
        (
            str(each.line),
            printable(each.instruction),
            str(each.misses),
            str(each.size),
            bar(each.size.bytes, most, "yellow"),
        )
        for each in blamed[:BLAMED]
    ]
    rest = len(blamed) - BLAMED
    more = [Text(f"and {rest} more", "dim")] if rest > 0 else []
    return [table(columns, rows, width), *more]


def _commits(shown: Sequence[CommitPush], width: int) -> list[RenderableType]:
    listed = list(shown)
    if len(shown) > ALL:
        listed = sorted(
            shown, key=lambda push: (push.pushed.bytes, push.unknown_layers), reverse=True
        )[:DEAREST]
    columns = (
        Column("commit" if len(shown) <= ALL else "dearest", style="dim"),
        Column("pushed", right=True),
        Column("subject", least=10),
        Column("because of", least=16, beyond=WIDE),
    )
    rows = [
        (
            push.commit.id[:SHORT],
            "-" if push.problem else known_text(push),
            subject_text(push),
            cause_text(push),
        )
        for push in listed
    ]
    if len(shown) <= ALL:
        return [table(columns, rows, width)]
    where = f"all {len(shown)} commits: --output-format text, or --html FILE"
    return [table(columns, rows, width), Text(where, "dim")]

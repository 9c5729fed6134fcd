"""A push plan for people at a terminal, in the words that `docker push` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlint.push.plan import EXISTS, PUSHED
from dlint.push.rows import rows, seconds_text, total_text
from dlint.text.printable import printable

if TYPE_CHECKING:
    from dlint.push.plan import PushPlan
    from dlint.push.rows import Labels

STYLES = {PUSHED: "bold yellow", EXISTS: "green"}


def write(
    plan: PushPlan, labels: Labels, bandwidth: float | None, *, color: bool, width: int = 100
) -> str:
    """Return the plan as a table."""
    console = Console(force_terminal=color, no_color=not color, width=width, highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("line", justify="right", style="dim")
    table.add_column("instruction", overflow="ellipsis", no_wrap=True, ratio=1)
    for name in ("status", "size"):
        table.add_column(name, no_wrap=True)
    table.add_column("because of", overflow="ellipsis", no_wrap=True)
    for line, instruction, status, size, cause in rows(plan):
        table.add_row(
            line, Text(instruction), Text(status, STYLES.get(status, "cyan")), size, Text(cause)
        )
    with console.capture() as captured:
        head = (
            f"{labels.path}: {labels.before or 'nothing'} → {labels.after} ({labels.builder},"
            f" {labels.cache} cache)"
        )
        console.print(Text(printable(head)))
        console.print(table)
        console.print(Text(total_text(plan), "bold"))
        if bandwidth is not None:
            console.print(seconds_text(plan, bandwidth))
    return captured.get()

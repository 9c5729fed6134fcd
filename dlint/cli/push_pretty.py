"""A push plan for people at a terminal, in the words that `docker push` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dlint.push.plan import EXISTS, PUSHED
from dlint.push.rows import cause_text, status_text, total_text
from dlint.reporters.terminal import Column, bar, hanging, render, table
from dlint.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from dlint.push.plan import LayerPlan, PushPlan

STYLES = {PUSHED: "bold yellow", EXISTS: "green"}
MOUNTED = "cyan"
INDENT = 4  # columns of the lines that go on with a sentence
WIDE = 99  # cells: narrower terminals are told causes below the table
COLUMNS = (
    Column("line", right=True, style="dim"),
    Column("instruction", least=8),
    Column("status"),
    Column("size", right=True),
    Column("", spare=True),
    Column("because of", least=16, beyond=WIDE),
)


def write(plan: PushPlan, head: str, ends: Iterable[str], *, color: bool, width: int) -> str:
    """Return the plan as a table below its `head`, with `ends` below."""
    return render(_parts(plan, head, ends, width), color=color, width=width)


def _parts(plan: PushPlan, head: str, ends: Iterable[str], width: int) -> Iterator[RenderableType]:
    yield Text(head)
    yield Text("")
    most = max((layer.size.bytes for layer in plan.layers), default=0)
    yield table(COLUMNS, [_row(layer, most) for layer in plan.layers], width)
    yield Text("")
    if width <= WIDE:
        yield from _causes(plan.layers)
    yield Text(total_text(plan), "bold")
    for end in ends:
        yield from hanging(Text(printable(end)), width, INDENT)


def _row(layer: LayerPlan, most: int) -> tuple[str | Text, ...]:
    style, sent = STYLES.get(layer.status, MOUNTED), layer.upload.bytes
    return (
        "" if layer.line is None else str(layer.line),
        printable(layer.instruction),
        Text(printable(status_text(layer)), style),
        str(layer.size),
        bar(layer.size.bytes, most, "yellow" if sent else "dim"),
        printable(cause_text(layer)),
    )


def _causes(layers: Sequence[LayerPlan]) -> Iterator[Text]:
    """Say why layers go up, each reason once."""
    for cause in dict.fromkeys(filter(None, map(cause_text, layers))):
        yield Text(f"because of {printable(cause)}")

"""What a change does, for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dlint.cli import diff_output as told
from dlint.cli.changes import State
from dlint.push.limits import Outcome
from dlint.reporters.terminal import Column, hanging, prose, render, table
from dlint.reporters.words import with_cost
from dlint.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from dlint.cli.changes import ImageChange
    from dlint.cli.diff_output import Shown
    from dlint.lint.report import Diagnostic

IMAGES = (
    Column("image", least=12),
    Column("before", right=True, beyond=79),
    Column("now", right=True),
    Column("change", right=True),
    Column("push", right=True),
    Column("layers pushed", right=True),
)
LAYERS = (
    Column("line", right=True, style="dim"),
    Column("instruction", least=8),
    Column("size", right=True),
    Column("because", least=16, beyond=59),
)
STATES = {State.ADDED: "green", State.REMOVED: "dim", State.BROKEN: "bold red"}
OUTCOMES = {Outcome.OVER: "bold red", Outcome.UNKNOWN: "yellow", Outcome.WITHIN: "green"}
SEVERITIES = {"error": "bold red", "warning": "yellow", "info": "blue"}


def write(shown: Shown, *, color: bool, width: int) -> str:
    """Return the change as tables below each other."""
    return render(_parts(shown, color=color, width=width), color=color, width=width)


def _parts(shown: Shown, *, color: bool, width: int) -> Iterator[RenderableType]:
    yield Text(printable(told.head(shown)))
    if shown.changed:
        yield Text("")
        yield table(IMAGES, [_row(image) for image in shown.changed], width)
    for image in shown.changed:
        yield from _layers(image, width)
    yield Text("")
    if shown.unchanged:
        yield Text(told.unchanged_text(shown))
    yield Text(told.total_text(shown), "bold")
    new, gone = map(shown.worth_showing, shown.change.findings)
    yield Text(told.findings_text(new, gone), "bold")
    yield from _findings("+", new, color=color, width=width)
    yield from _findings("-", gone, color=color, width=width)
    for verdict in shown.verdicts:
        said = printable(f"{verdict.name}: {verdict.message}")
        yield from hanging(Text(said, OUTCOMES[verdict.outcome]), width, 2)


def _row(image: ImageChange) -> tuple[str | Text, ...]:
    before, now, change = told.size_texts(image)
    grown = image.growth
    style = STATES.get(image.state, "")
    if grown is not None and grown.bytes:
        style = "yellow" if grown.bytes > 0 else "green"
    cells = (before, now, Text(change, style), told.pushed_text(image), told.layers_text(image))
    return printable(image.name), *cells


def _layers(image: ImageChange, width: int) -> Iterator[RenderableType]:
    """Yield the layers of one image that are pushed."""
    if image.error:
        yield Text("")
        yield from hanging(Text(printable(image.error), "red"), width, 2)
    if not image.missed:
        return
    yield Text("")
    yield Text(printable(image.name), "bold")
    rows = [
        (
            "" if each.layer.line is None else str(each.layer.line),
            printable(each.layer.instruction),
            str(each.layer.size),
            printable(each.why),
        )
        for each in image.missed
    ]
    yield table(LAYERS, rows, width)


def _findings(
    sign: str, found: Sequence[Diagnostic], *, color: bool, width: int
) -> Iterator[RenderableType]:
    for each in found:
        said = printable(with_cost(each) if sign == "+" else each.message)
        lead = Text.assemble(
            f"{sign} {printable(told.place_of(each))} ",
            (str(each.severity), SEVERITIES[each.severity]),
            f" {each.rule} ",
        )
        yield from hanging(lead + prose(said, color=color), width, 4)

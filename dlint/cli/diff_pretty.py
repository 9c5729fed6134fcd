"""What a change does, for people at a terminal."""

from __future__ import annotations

from itertools import groupby
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
    from dlint.push.plan import LayerPlan

LAYERS = (
    Column("", right=True, style="dim"),
    Column("", least=8),
    Column("", right=True),
)
INDENT = 4  # columns of the lines that go on with a sentence
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
        yield table(_columns(shown), [_row(image) for image in shown.changed], width)
    for image in shown.changed:
        yield from _layers(image, width, color=color)
    yield Text("")
    if shown.unchanged:
        yield Text(told.unchanged_text(shown))
    yield Text(told.total_text(shown), "bold")
    for line in shown.caches:
        yield from hanging(Text(line), width, INDENT)
    new, gone = map(shown.worth_showing, shown.change.findings)
    yield Text(told.findings_text(new, gone), "bold")
    yield from _findings("+", new, color=color, width=width)
    yield from _findings("-", gone, color=color, width=width)
    for verdict in shown.told:
        said = printable(f"{verdict.name}: {verdict.message}")
        yield from hanging(Text(said, OUTCOMES[verdict.outcome]), width, INDENT)
    yield from map(Text, filter(None, [told.met_text(shown)]))


def _columns(shown: Shown) -> tuple[Column, ...]:
    is_any_mounted = any(map(told.mounted_layers, shown.changed))
    return (
        Column("image", least=16, path=True),
        Column("before", right=True, beyond=79),
        Column("now", right=True),
        Column("change", right=True),
        Column("push", right=True),
        Column("layers", right=True),
        Column("mounted", right=True, beyond=79, shown=is_any_mounted),
    )


def _row(image: ImageChange) -> tuple[str | Text, ...]:
    before, now, change = told.size_texts(image)
    grown = image.growth
    style = STATES.get(image.state, "")
    if grown is not None and grown.bytes:
        style = "yellow" if grown.bytes > 0 else "green"
    pushed, mounted = told.pushed_layers(image), told.mounted_layers(image)
    cells = (Text(change, style), told.pushed_text(image), pushed, str(mounted or ""))
    return printable(image.name), before, now, *cells


def _layers(image: ImageChange, width: int, *, color: bool) -> Iterator[RenderableType]:
    """Yield the layers of one image that are pushed, those of one reason below it."""
    if image.error:
        yield Text("")
        yield from hanging(Text(printable(image.error), "red"), width, INDENT)
    if not image.missed:
        return
    yield Text("")
    yield Text(printable(image.name), "bold")
    for reason, layers in groupby(image.missed, key=lambda each: str(each.why)):
        if reason:
            yield from hanging(prose(printable(reason), color=color), width, INDENT)
        yield table(LAYERS, [_layer(each.layer) for each in layers], width)


def _layer(layer: LayerPlan) -> tuple[str, ...]:
    line = "" if layer.line is None else str(layer.line)
    return f"{line:>6}", printable(layer.instruction), str(layer.size)


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
        yield from hanging(lead + prose(said, color=color), width, INDENT)

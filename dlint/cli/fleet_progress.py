"""How far a run over a fleet is, at a terminal: done, rate, time left, and what failed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlint.fleet.job import Outcome


@contextmanager
def watched(total: int, *, is_shown: bool) -> Iterator[Callable[[Outcome], None]]:
    """Give what takes note of each outcome."""
    if not is_shown or not sys.stderr.isatty():
        yield lambda _outcome: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[lost]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total, rate="", lost="")
        images = failures = 0

        def note(outcome: Outcome) -> None:
            nonlocal images, failures
            images += 0 if outcome.error else outcome.rows
            failures += bool(outcome.error)
            seconds = shown.tasks[task].elapsed or 0
            shown.update(
                task,
                advance=1,
                rate=f"{images / seconds:.1f} images/s" if seconds else "",
                lost=f"{failures} failed" if failures else "",
            )

        yield note

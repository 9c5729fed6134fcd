"""Markdown tables: for the summary of a job, or a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reporters.failures import in_markdown
from dlint.reporters.words import short_cost, summary
from dlint.text.printable import disarmed, markdown as escape, markdown_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.lint.report import Report


def write(report: Report) -> str:
    """Write the tables."""
    return disarmed("".join(f"{line}\n" for line in lines(report)))


def lines(report: Report) -> Iterator[str]:
    """Yield the tables line by line, so that a limit on size can cut between two."""
    yield "## dlint"
    yield ""
    yield summary(report)
    yield from in_markdown(report.failures)
    if report.pushes:
        yield ""
        yield "| image | typical push |"
        yield "|---|---|"
        yield from (
            f"| {markdown_code(push.path)} | {escape(push.text)} |" for push in report.pushes
        )
    if report.diagnostics:
        yield ""
        yield "| | place | finding | bytes | rule |"
        yield "|---|---|---|---|---|"
    for file in report.files:
        for found in sorted(file.diagnostics, key=lambda each: each.by_weight):
            place = f"{found.place.path}:{found.place.start.line}"
            rule = f"[{found.rule}]({found.url})" if found.url else found.rule
            cells = (
                str(found.severity),
                markdown_code(place),
                escape(found.text),
                short_cost(found.cost),
                rule,
            )
            yield f"| {' | '.join(cells)} |"

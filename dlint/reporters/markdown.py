"""Markdown tables: for the summary of a job, or a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reporters.failures import in_markdown
from dlint.reporters.words import figures, summary
from dlint.text.printable import disarmed, markdown_code, markdown_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.lint.report import Report

UNBROKEN = "\u00a0"  # a space at which no line ends


def write(report: Report) -> str:
    """Write the tables."""
    return disarmed("".join(f"{line}\n" for line in lines(report)))


def lines(report: Report) -> Iterator[str]:
    """Yield the tables line by line, so that a limit on size can cut between two."""
    yield "## dlint"
    yield ""
    yield summary(report)
    yield from in_markdown(report.failures)
    if report.images:
        yield from _images(report)
    else:
        yield from _pushes(report)
    if report.diagnostics:
        yield from _findings(report)


def _images(report: Report) -> Iterator[str]:
    """Yield the table of a project's images."""
    yield ""
    yield "### Images"
    yield ""
    if report.told_images:
        yield "| image | size | push of a change | worst finding |"
        yield "|---|--:|---|---|"
    for image in report.told_images:
        texts = map(markdown_message, (image.size, image.push, image.finding))
        cells = (markdown_code(image.name), *texts)
        yield f"| {' | '.join(cells)} |"
    if report.untold_images:
        yield ""
        yield report.untold_images


def _pushes(report: Report) -> Iterator[str]:
    """Yield what the change of a file pushes, image by image, and of how many nothing is said."""
    if report.told_pushes:
        yield ""
        yield "### Pushes"
        yield ""
        yield "| Dockerfile | what a change pushes |"
        yield "|---|---|"
    for push in report.told_pushes:
        yield f"| {markdown_code(push.path)} | {markdown_message(push.text)} |"
    if report.unshown:
        yield ""
        yield markdown_message(report.unshown)


def _findings(report: Report) -> Iterator[str]:
    yield ""
    yield "### Findings"
    yield ""
    yield "| | place | finding | push | image | rule |"
    yield "|---|---|---|--:|--:|---|"
    for file in report.files:
        for found in sorted(file.diagnostics, key=lambda each: each.by_weight):
            place = f"{found.place.path}:{found.place.start.line}"
            rule = f"[{found.rule}]({found.url})" if found.url else found.rule
            cells = (
                str(found.severity),
                markdown_code(place),
                markdown_message(found.text),
                *(figure.replace(" ", UNBROKEN) for figure in figures(found.cost)),
                rule,
            )
            yield f"| {' | '.join(cells)} |"

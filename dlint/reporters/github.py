"""Annotations of GitHub Actions, and the Markdown summary of the step.

The grammar is that of the runner (`ActionCommand`): `::name key=value,…::data` on one line, with
`%`, CR and LF escaped, and `:` and `,` as well in a value. The runner shows ten annotations of each
type a step, the first ones.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.findings import Severity
from dlint.reporters import markdown
from dlint.reporters.failures import in_github
from dlint.reporters.paths import repository_path
from dlint.reporters.words import with_cost
from dlint.text.printable import disarmed, invisible_shown, printable, workflow_data, workflow_value
from dlint.text.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.lint.report import Diagnostic, Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
QUOTA = 9  # of each type; the tenth tells how many more there are
MESSAGE = 4096  # characters, the runner's own limit
SUMMARY = 900 << 10  # bytes: above 1 MiB the runner drops the whole summary and fails the step


def write(report: Report) -> str:
    """Write the annotations; append the summary to the file that GITHUB_STEP_SUMMARY names."""
    _summarise(report)
    lines = [
        command("error", properties, invisible_shown(text)[:MESSAGE])
        for properties, text in in_github(report.failures)
    ]
    lines += _annotations(report)
    if not report.quiet:
        lines += map(disarmed, report.push_lines)
    return "".join(f"{each}\n" for each in lines)


def _annotations(report: Report) -> Iterator[str]:
    """Yield commands, the dearest of each type first; the last of a full type counts those that
    found no room.
    """
    found = sorted(report.diagnostics, key=lambda each: each.by_weight)
    for severity, name in COMMANDS.items():
        own = [each for each in found if each.severity is severity]
        yield from map(_annotation, own[:QUOTA])
        if rest := len(own[QUOTA:]):
            yield command(
                name,
                {"title": "dlint"},
                f"{plural(rest, f'more {severity}')}, see the summary of this job",
            )


def _annotation(found: Diagnostic) -> str:
    start, end = found.place.start, found.place.end
    path = invisible_shown(repository_path(found.place.path))
    properties = {"file": path, "line": str(start.line), "endLine": str(end.line)}
    if start.line == end.line:  # the runner drops the columns of longer spans
        properties |= {"col": str(start.column), "endColumn": str(end.column)}
    message = printable(with_cost(found))[:MESSAGE]
    return command(COMMANDS[found.severity], {**properties, "title": found.rule}, message)


def command(name: str, properties: Mapping[str, str], data: str) -> str:
    """Write one workflow command."""
    written = ",".join(
        f"{key}={workflow_value(value)}" for key, value in properties.items() if value
    )
    return f"::{name}{' ' if written else ''}{written}::{workflow_data(data)}"


def _summarise(report: Report) -> None:
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    if not named:
        return
    path = Path(named)
    room = SUMMARY - (path.stat().st_size if path.is_file() else 0)
    with path.open("ab") as file:
        for line in markdown.lines(report):
            data = f"{line}\n".encode("utf-8", "replace")
            if len(data) > room:
                file.write(b"\nThe rest was cut off: a summary holds no more.\n")
                return
            room -= len(data)
            file.write(data)

"""Plain text by file: its name, and a line a finding in the order of the file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from dlint.reporters.words import summary, with_cost
from dlint.text.printable import disarmed, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.lint.report import Diagnostic, Report


def write(report: Report) -> str:
    """Write the files that anything was found in, then the push lines and the summary."""
    found = sorted(report.diagnostics, key=lambda each: each.by_place)
    lines: list[str] = []
    for path, group in groupby(found, key=lambda each: each.place.path):
        lines += [f"{printable(path)}:", *_rows(list(group)), ""]
    if not report.quiet:
        lines += report.push_lines
        lines.append(summary(report))
    return disarmed("".join(f"{each}\n" for each in lines))


def _rows(found: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield the findings of one file, their places and rules in columns."""
    places = [f"{each.place.start.line}:{each.place.start.column}" for each in found]
    widths = [
        max(map(len, column))
        for column in (places, [each.severity for each in found], [each.rule for each in found])
    ]
    for place, each in zip(places, found, strict=True):
        cells = (place.rjust(widths[0]), each.severity.ljust(widths[1]), each.rule.ljust(widths[2]))
        yield f"  {'  '.join(cells)}  {printable(with_cost(each))}"

"""One line a finding: `PATH:LINE:COL: severity rule message [bytes]`."""

from __future__ import annotations

from dlint.text.printable import disarmed, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, Report


def write(report: Report) -> str:
    """Write the findings, then the push lines."""
    lines = [
        line(found)
        for file in report.files
        for found in sorted(file.diagnostics, key=lambda each: each.by_weight)
    ]
    if not report.quiet:
        lines += report.push_lines
    return disarmed("".join(f"{each}\n" for each in lines))


def line(found: Diagnostic) -> str:
    """Write one finding."""
    from dlint.reporters.words import with_cost

    start = found.place.start
    place = f"{printable(found.place.path)}:{start.line}:{start.column}"
    return f"{place}: {found.severity} {found.rule} {printable(with_cost(found))}"

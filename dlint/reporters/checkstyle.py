"""Checkstyle's XML, which many build servers read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reporters.failures import in_checkstyle
from dlint.reporters.words import with_cost
from dlint.reporters.xml import DECLARATION, element

if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, Report


def write(report: Report) -> str:
    """Write one `file` for each path, also for one without findings."""
    by_path: dict[str, list[str]] = {file.path: [] for file in report.files}
    for found in report.diagnostics:
        by_path.setdefault(found.place.path, []).append(_error(found))
    for failure in report.failures:
        by_path[failure.path].append(in_checkstyle(failure))
    files = [element("file", *errors, name=path) for path, errors in by_path.items()]
    return f"{DECLARATION}\n{element('checkstyle', *files, version='4.3')}\n"


def _error(found: Diagnostic) -> str:
    start = found.place.start
    return element(
        "error",
        line=start.line,
        column=start.column,
        severity=found.severity,
        message=with_cost(found),
        source=f"dlint.{found.rule}",
    )

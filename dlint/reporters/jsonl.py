"""JSON, one finding a line, each as in `json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reporters.json_ import diagnostic
from dlint.text.printable import json_text

if TYPE_CHECKING:
    from dlint.lint.report import Report


def write(report: Report) -> str:
    """Write the findings."""
    return "".join(f"{json_text(diagnostic(each), indent=None)}\n" for each in report.diagnostics)

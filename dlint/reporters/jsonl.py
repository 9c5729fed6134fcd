"""JSON, one finding a line, each as in `json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.printable import json_text
from dlint.reporters.json_ import diagnostic

if TYPE_CHECKING:
    from dlint.report import Report


def write(report: Report) -> str:
    """Write the findings."""
    return "".join(f"{json_text(diagnostic(each), indent=None)}\n" for each in report.diagnostics)

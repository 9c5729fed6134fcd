"""JSON, one finding a line, each as in `json`; a failure is a line whose one key is `failure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reporters.failures import as_json
from dlint.reporters.json_ import diagnostic
from dlint.text.printable import json_text

if TYPE_CHECKING:
    from dlint.lint.report import Report


def write(report: Report) -> str:
    """Write the findings."""
    values = [diagnostic(each) for each in report.diagnostics]
    values += [{"failure": as_json(each)} for each in report.failures]
    return "".join(f"{json_text(each, indent=None)}\n" for each in values)

"""JSON, one finding a line, each as in `json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlint.reporters.json_ import diagnostic

if TYPE_CHECKING:
    from dlint.report import Report


def write(report: Report) -> str:
    """Write the findings."""
    return "".join(f"{json.dumps(diagnostic(each), ensure_ascii=False)}\n" for each in report.diagnostics)

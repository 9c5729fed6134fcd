"""JSON, schema 1: bytes are integers or null, lines and columns count from 1, `end_column` is
exclusive.
"""

from __future__ import annotations

from dlint.findings import Severity
from dlint.reporters.failures import in_json
from dlint.text.printable import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dlint.lint.report import Diagnostic, Location, Report

SCHEMA = 1


def write(report: Report) -> str:
    """Write one object."""
    document = {
        "schema": SCHEMA,
        "diagnostics": [diagnostic(each) for each in report.diagnostics],
        "push": [each.data for each in report.pushes],
        **in_json(report.failures),
        "summary": {
            "files": len(report.paths),
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "suppressed": sum(file.suppressed for file in report.files),
        },
    }
    return json_text(document) + "\n"


def diagnostic(found: Diagnostic) -> dict[str, Any]:
    """Return one finding as JSON; related places and edits name a path only where it is another
    file.
    """
    cost, repair, own = found.cost, found.repair, found.place.path
    return {
        "rule": found.rule,
        "severity": str(found.severity),
        "path": own,
        **_range(found.place),
        "message": found.message,
        "help": found.help or None,
        "url": found.url,
        "cost": {**cost._asdict(), "basis": str(cost.basis)} if cost else None,
        "related": [
            {"line": each.place.start.line, "message": each.message, **_other(each.place, own)}
            for each in found.notes
        ],
        "fix": {
            "title": repair.title,
            "safety": str(repair.safety),
            "edits": [
                {**_range(each.place), "text": each.text, **_other(each.place, own)}
                for each in repair.edits
            ],
        }
        if repair
        else None,
    }


def _range(place: Location) -> dict[str, int]:
    start, end = place.start, place.end
    return {
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _other(place: Location, own: str) -> dict[str, str]:
    return {} if place.path == own else {"path": place.path}

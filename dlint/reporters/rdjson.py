"""reviewdog's diagnostic format: columns count UTF-8 bytes from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.findings import Safety, Severity
from dlint.reporters.failures import in_rdjson
from dlint.reporters.words import with_cost
from dlint.text.printable import json_text

if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, Location, Report
    from dlint.text.source import Source

SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def write(report: Report) -> str:
    """Write one result."""
    document = {
        "source": {"name": "dlint"},
        "severity": "WARNING",
        "diagnostics": [*map(_diagnostic, report.diagnostics), *in_rdjson(report.failures)],
    }
    return json_text(document) + "\n"


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    result: dict[str, Any] = {
        "message": with_cost(found),
        "location": _location(found.place),
        "severity": SEVERITIES[found.severity],
        "code": {"value": found.rule} | ({"url": found.url} if found.url else {}),
    }
    if found.notes:
        result["related_locations"] = [
            {"message": each.message, "location": _location(each.place)} for each in found.notes
        ]
    repair = found.repair
    # A suggestion is applied by itself: only a safe fix of a single edit may be one.
    if (
        repair
        and repair.safety is Safety.SAFE
        and [each.place.path for each in repair.edits] == [found.place.path]
    ):
        result["suggestions"] = [
            {"range": _range(each.place), "text": each.text} for each in repair.edits
        ]
    return result


def _location(place: Location) -> dict[str, Any]:
    return {"path": place.path, "range": _range(place)}


def _range(place: Location) -> dict[str, Any]:
    return {
        "start": _position(place.source, place.span.start),
        "end": _position(place.source, place.span.end),
    }


def _position(source: Source, offset: int) -> dict[str, int]:
    line, column = source.position(offset)
    before = source.text[offset - column + 1 : offset]
    return {"line": line, "column": len(before.encode("utf-8", "surrogateescape")) + 1}

"""SARIF 2.1.0, with all that GitHub code scanning asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint import __version__
from dlint.findings import Safety, Severity
from dlint.lint import pages
from dlint.reporters.failures import in_sarif
from dlint.reporters.paths import repository_uri
from dlint.reporters.words import short_cost
from dlint.rule.rule import SITE
from dlint.text.printable import json_text, sarif_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.lint.report import Diagnostic, Location, PlacedEdit, Repair, Report
    from dlint.rule.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
FULL_DESCRIPTION = 1024  # characters, GitHub's limit


def write(report: Report) -> str:
    """Write one run."""
    numbers = {name: number for number, name in enumerate(report.rules)}
    driver = {
        "name": "dlint",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": SITE,
        "rules": [_rule(rule) for rule in report.rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        **in_sarif(report.failures, numbers),
        "results": [_result(each, numbers) for each in report.diagnostics],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    described = {
        "id": rule.name,
        "name": "".join(part.capitalize() for part in rule.name.replace("/", "-").split("-")),
        "shortDescription": {"text": f"{rule.summary}."},
        "fullDescription": {"text": _description(rule)[:FULL_DESCRIPTION]},
        # The page itself once: code hosts show the Markdown.
        "help": {"text": _where_to_read(rule), "markdown": pages.page(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity], "enabled": rule.default},
        "properties": {
            "tags": [rule.family],
            "precision": "high",
            "problem.severity": PROBLEMS[rule.severity],
        },
    }
    return described | ({"helpUri": rule.url} if rule.url else {})


def _description(rule: Rule) -> str:
    """Return the summary and what the rule does; of a page without sections, the text up to its
    first example.
    """
    does = pages.sections(rule).get(pages.SECTIONS[0])
    text = f"{rule.summary}. {does}" if does else rule.doc.partition("```")[0]
    return " ".join(text.split())


def _where_to_read(rule: Rule) -> str:
    return f"{rule.summary}. See {rule.url or f'`dlint explain {rule.name}`'}."


def _message(found: Diagnostic) -> str:
    """Return the message with what it costs, not in brackets: these mark a link."""
    cost = short_cost(found.cost)
    return f"{found.text} ({cost})" if cost else found.text


def _result(found: Diagnostic, numbers: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": numbers[found.rule],
        "level": LEVELS[found.severity],
        "message": {"text": sarif_text(_message(found))},
        "locations": [_location(found.place)],
        "partialFingerprints": {"primaryLocationLineHash": f"{found.fingerprint}:1"},
    }
    if found.notes:
        notes = enumerate(found.notes)
        result["relatedLocations"] = [
            {"id": number, **_location(note.place), "message": {"text": sarif_text(note.message)}}
            for number, note in notes
        ]
    if found.cost:
        result["properties"] = {**found.cost._asdict(), "basis": str(found.cost.basis)}
    if found.repair and found.repair.safety is not Safety.DISPLAY:
        result["fixes"] = [_fix(found.repair)]
    return result


def _location(place: Location) -> dict[str, Any]:
    artifact = {"uri": repository_uri(place.path)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": _region(place)}}


def _region(place: Location) -> dict[str, int]:
    start, end = place.start, place.end
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fix(repair: Repair) -> dict[str, Any]:
    by_path: dict[str, list[PlacedEdit]] = {}
    for edit in repair.edits:
        by_path.setdefault(edit.place.path, []).append(edit)
    changes = [
        {"artifactLocation": {"uri": repository_uri(path)}, "replacements": _replacements(edits)}
        for path, edits in by_path.items()
    ]
    return {"description": {"text": sarif_text(repair.title)}, "artifactChanges": changes}


def _replacements(edits: Iterable[PlacedEdit]) -> list[dict[str, Any]]:
    return [
        {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.text}}
        for edit in edits
    ]

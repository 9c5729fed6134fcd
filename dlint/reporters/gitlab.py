"""GitLab's code quality report: a subset of Code Climate's."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from dlint.findings import Severity
from dlint.reporters.failures import in_gitlab
from dlint.reporters.words import with_cost
from dlint.text.printable import json_text

if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, Report

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def write(report: Report) -> str:
    """Write an array of issues; a fingerprint is unique in the report, and stays while the
    instruction does.
    """
    issues = [
        {
            "description": with_cost(found),
            "check_name": found.rule,
            "fingerprint": _fingerprint(found),
            "severity": SEVERITIES[found.severity],
            "location": {"path": found.place.path, "lines": {"begin": found.place.start.line}},
        }
        for found in report.diagnostics
    ]
    return json_text(issues + in_gitlab(report.failures)) + "\n"


def _fingerprint(found: Diagnostic) -> str:
    return sha256(
        f"{found.place.path}\0{found.fingerprint}".encode("utf-8", "surrogatepass")
    ).hexdigest()

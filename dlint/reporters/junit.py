"""JUnit's XML: a suite for each file, a failed test for each error and warning; an info is a test
that passed and says so in its output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Severity
from dlint.reporters.failures import in_junit
from dlint.reporters.words import with_cost
from dlint.reporters.xml import DECLARATION, content, element

if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, FileReport, Report


def write(report: Report) -> str:
    """Write the suites; a file without findings holds one test that passed."""
    suites = [_suite(file) for file in report.files]
    failures = sum(map(_fails, report.diagnostics))
    tests = sum(max(1, len(file.diagnostics) + len(file.failures)) for file in report.files)
    errors = {"errors": len(report.failures)} if report.failures else {}
    whole = element("testsuites", *suites, name="dlint", tests=tests, failures=failures, **errors)
    return f"{DECLARATION}\n{whole}\n"


def _suite(file: FileReport) -> str:
    found = sorted(file.diagnostics, key=lambda each: each.by_place)
    cases = [*map(_case, found), *in_junit(file.failures)] or [
        element("testcase", name="dlint", classname=file.path)
    ]
    return element(
        "testsuite",
        *cases,
        name=file.path,
        tests=len(cases),
        failures=sum(map(_fails, found)),
        errors=len(file.failures),
    )


def _fails(found: Diagnostic) -> bool:
    return found.severity is not Severity.INFO


def _case(found: Diagnostic) -> str:
    start, message = found.place.start, with_cost(found)
    if _fails(found):
        shown = element("failure", message=message, type_=found.severity)
    else:
        shown = f"<system-out>{content(message)}</system-out>"
    place = f"{found.place.path}:{start.line}:{start.column}"
    return element(
        "testcase",
        shown,
        name=f"{found.rule} {place}",
        classname=found.place.path,
        line=start.line,
    )

"""Logging commands of Azure Pipelines, which become the run's errors and warnings.

The grammar is `##vso[task.logissue key=value;…]message`, with `%`, CR and LF escaped, and `;` and
`]` as well in a value (microsoft/azure-pipelines-agent, docs/preview/outputvariable.md and
Command.cs). It knows no milder type than a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Severity
from dlint.reporters.failures import in_azure
from dlint.reporters.paths import repository_path
from dlint.reporters.words import with_cost
from dlint.text.printable import disarmed, invisible_shown

if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, Report

_DATA = (("%", "%AZP25"), ("\r", "%0D"), ("\n", "%0A"))
_VALUE = (*_DATA, (";", "%3B"), ("]", "%5D"))


def write(report: Report) -> str:
    """Write a command for each finding, the gravest and dearest first, and the push lines."""
    lines = [
        _command({"type": "error", **place}, text) for place, text in in_azure(report.failures)
    ]
    found = sorted(report.diagnostics, key=lambda each: each.by_weight)
    lines += [_command(_properties(each), with_cost(each)) for each in found]
    if not report.quiet:
        lines += map(disarmed, report.push_lines)
    return "".join(f"{each}\n" for each in lines)


def _properties(found: Diagnostic) -> dict[str, str]:
    start = found.place.start
    return {
        "type": "error" if found.severity is Severity.ERROR else "warning",
        "sourcepath": repository_path(found.place.path),
        "linenumber": str(start.line),
        "columnnumber": str(start.column),
        "code": found.rule,
    }


def _command(properties: dict[str, str], message: str) -> str:
    told = "".join(f"{key}={_escaped(text, _VALUE)};" for key, text in properties.items())
    return f"##vso[task.logissue {told}]{_escaped(message, _DATA)}"


def _escaped(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    text = invisible_shown(text)
    for sign, written in pairs:
        text = text.replace(sign, written)
    return text

"""The output formats of `dlint check`: one module a format, one function each, imported when it is
used.

Formats that programs read list findings by place, and so does `grouped`. Those for people
(`pretty`, `text`, `github`, `azure`, `markdown`) put the more severe first and then the dearer,
file by file; `github` and `azure` over all files, since a step shows few annotations.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.lint.report import Report, Reporter

FOR_PEOPLE = frozenset(("pretty", "text", "grouped", "github", "azure", "markdown"))
OBEYED = frozenset(("github", "azure"))  # by CI runners, whose commands they are
FORMATS = (
    "pretty",
    "text",
    "grouped",
    "github",
    "azure",
    "json",
    "jsonl",
    "sarif",
    "gitlab",
    "junit",
    "checkstyle",
    "rdjson",
    "markdown",
)


def _late(name: str) -> Reporter:
    def write(report: Report) -> str:
        text: str = import_module(f"dlint.reporters.{name}").write(report)
        return text

    return write


REPORTERS: Mapping[str, Reporter] = {
    name: _late("json_" if name == "json" else name) for name in FORMATS
}

"""What can be told of a template: that it is one, and the faults of single instructions without a
mark.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.lint.report import Diagnostic, FileReport, Location
from dlint.rule.own import SYNTAX_TEMPLATE
from dlint.text.source import Span

if TYPE_CHECKING:
    from dlint.config.settings import Settings
    from dlint.syntax.templates import Template
    from dlint.text.source import Source

_SINGLE = ("bloat", "pin")  # families that judge an instruction by itself
# A tag without a version may be a word that is replaced, as are those without a mark.
_OF_NAMES = "pin/tag-precision"


def told_of(
    source: Source, template: Template, report: FileReport, settings: Settings
) -> FileReport:
    """Return what holds of `report`, which was made of what a template's marks leave, and that
    `source` is one.

    Fixes are left out: what stands around them is not known.
    """
    kept = tuple(
        each._replace(place=Location(source, each.place.span), repair=None)
        for each in report.diagnostics
        if _holds(each, template)
    )
    if SYNTAX_TEMPLATE.name in settings.rules_for(Path(source.path)):
        kept = (_notice(source, template), *kept)
    return report._replace(diagnostics=kept)


def _holds(found: Diagnostic, template: Template) -> bool:
    """Tell whether a finding is of instructions that no mark stands in."""
    if found.rule == _OF_NAMES:
        return False
    family, _, _ = found.rule.partition("/")
    places = (found.place, *(note.place for note in found.notes))
    return family in _SINGLE and not any(template.touches(_lines(each)) for each in places)


def _lines(place: Location) -> Span:
    """Return the whole lines of a place, with those that are continued into and out of it."""
    text, (start, end) = place.source.text, place.span
    start = text.rfind("\n", 0, start) + 1
    while start and text[: start - 1].rstrip(" \t").endswith("\\"):
        start = text.rfind("\n", 0, start - 1) + 1
    stop = text.find("\n", end)
    while stop >= 0 and text[end:stop].rstrip(" \t").endswith("\\"):
        end, stop = stop + 1, text.find("\n", stop + 1)
    return Span(start, stop if stop >= 0 else len(text))


def _notice(source: Source, template: Template) -> Diagnostic:
    at = template.marks[0] if template.marks else Span(0, len(source.line_text(1)))
    key = f"{SYNTAX_TEMPLATE.name}\0{template.kind}"
    return Diagnostic(
        SYNTAX_TEMPLATE.name,
        SYNTAX_TEMPLATE.severity,
        f"a template ({template.kind}), so only single instructions are checked",
        Location(source, at),
        sha256(key.encode()).hexdigest()[:32],
        help="render it first, and check the result",
    )

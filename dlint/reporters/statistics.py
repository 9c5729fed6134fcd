"""`--statistics`: how often each rule found something, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.findings import Basis, Safety, bytes_text
from dlint.text.printable import json_text
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.lint.report import Diagnostic, Report


class Count(NamedTuple):
    """One rule's findings; bytes are sums of what is known, None where nothing is.

    What is pushed again is not added up, since several causes may push the same layers: that is the
    dearest one's.
    """

    rule: str
    findings: int
    fixable: int
    image_bytes: int | None
    push_bytes: int | None
    at_least: bool
    basis: Basis


def write(report: Report, form: str) -> str:
    """Write the counts as a table for people, or as JSON."""
    from dlint.reporters.json_ import SCHEMA

    by_rule: dict[str, list[Diagnostic]] = {}
    for found in report.diagnostics:
        by_rule.setdefault(found.rule, []).append(found)
    counts = sorted(
        (_count(rule, found) for rule, found in by_rule.items()),
        key=lambda each: (-each.findings, each.rule),
    )
    if form == "json":
        document = {"schema": SCHEMA, "statistics": [each._asdict() for each in counts]}
        return json_text(document, ascii_only=True) + "\n"
    if form not in {"pretty", "text"}:
        raise DlintError(
            f"--statistics has no output format {form!r}", "available: pretty, text and json"
        )
    return "".join(f"{line}\n" for line in map(_line, counts))


def _count(rule: str, found: list[Diagnostic]) -> Count:
    costs = [each.cost for each in found if each.cost]
    fixable = sum(each.repair is not None and each.repair.safety is Safety.SAFE for each in found)
    image = [cost.image_bytes for cost in costs if cost.image_bytes is not None]
    push = [cost.push_bytes for cost in costs if cost.push_bytes is not None]
    is_stored = len(image) == len(costs)
    return Count(
        rule,
        len(found),
        fixable,
        sum(image) if image else None,
        sum(push) if is_stored and push else max(push, default=None),
        any(cost.at_least for cost in costs),
        Basis.weakest(Basis.EXACT, *(cost.basis for cost in costs if cost.known)),
    )


def _line(count: Count) -> str:
    costs = (("push", count.push_bytes), ("image", count.image_bytes))
    known = ", ".join(
        f"{name} {bytes_text(size, count.basis, at_least=count.at_least)}"
        for name, size in costs
        if size is not None
    )
    mark = "[*]" if count.fixable else "[ ]"
    return f"{count.findings:>6} {mark} {count.rule}" + (f" ({known})" if known else "")

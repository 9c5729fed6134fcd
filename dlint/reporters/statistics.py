"""`--statistics`: how often each rule found something, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.errors import DlintError
from dlint.findings import Safety
from dlint.reporters.json_ import SCHEMA
from dlint.text.printable import json_text
from dlint.text.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.lint.report import Diagnostic, Report


class Count(NamedTuple):
    """One rule's findings; bytes are sums of what is known, None where nothing is."""

    rule: str
    findings: int
    fixable: int
    image_bytes: int | None
    push_bytes: int | None


def write(report: Report, form: str) -> str:
    """Write the counts as a table for people, or as JSON."""
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
            f"--statistics has no output format {form!r}", "there are pretty, text and json"
        )
    return "".join(f"{line}\n" for line in map(_line, counts))


def _count(rule: str, found: list[Diagnostic]) -> Count:
    costs = [each.cost for each in found if each.cost]
    fixable = sum(each.repair is not None and each.repair.safety is Safety.SAFE for each in found)
    image = _sum(cost.image_bytes for cost in costs)
    push = _sum(cost.push_bytes for cost in costs)
    return Count(rule, len(found), fixable, image, push)


def _line(count: Count) -> str:
    costs = (("push", count.push_bytes), ("image", count.image_bytes))
    known = ", ".join(f"{name} {human_bytes(size)}" for name, size in costs if size is not None)
    mark = "[*]" if count.fixable else "[ ]"
    return f"{count.findings:>6} {mark} {count.rule}" + (f" ({known})" if known else "")


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None

"""What the formats for people say in the same words."""

from __future__ import annotations

from dlint.findings import Basis, Severity, bytes_text
from dlint.text.printable import printable  # noqa: F401  it is known by this name, too
from dlint.text.units import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.findings import Cost
    from dlint.lint.report import Diagnostic, Report

BASIS = {
    Basis.EXACT: "exact",
    Basis.MODELLED: "modelled from the files",
    Basis.GUESSED: "estimated from measured packages",
    Basis.UNKNOWN: "of unknown basis",
}


def short_cost(cost: Cost | None) -> str:
    """`push 48.2 MB, image ≈ 3 MB`; empty where nothing is known."""
    named = zip(("push", "image"), figures(cost), strict=True)
    return ", ".join(f"{name} {figure}" for name, figure in named if figure)


def figures(cost: Cost | None) -> tuple[str, str]:
    """Return what is pushed and what the image holds; each empty where it is not known, and where
    another finding has the bytes.
    """
    if cost is None or not cost.known:
        return "", ""
    pushed, stored = (
        _figure(count, cost) if count else "" for count in (cost.push_bytes, cost.image_bytes)
    )
    return pushed, stored


def with_cost(found: Diagnostic) -> str:
    """Return what is wrong, what to do and what it costs, on one line: `… [push 48.2 MB]`."""
    cost = short_cost(found.cost)
    return f"{found.text} [{cost}]" if cost else found.text


def long_cost(cost: Cost | None) -> str:
    """`48.2 MB pushed again each time, 3 MB in the image (modelled from the files)`; or
    empty.
    """
    if cost is None or not cost.known:
        return ""
    parts = []
    if cost.push_bytes:
        parts.append(f"{_figure(cost.push_bytes, cost)} pushed again each time")
    if cost.image_bytes:
        parts.append(f"{_figure(cost.image_bytes, cost)} in the image")
    more = ", and more of unknown size" if cost.at_least else ""
    return f"{', '.join(parts)} ({BASIS[cost.basis]}{more})" if parts else ""


def _figure(count: int, cost: Cost) -> str:
    return bytes_text(count, cost.basis, at_least=cost.at_least)


def summary(report: Report) -> str:
    """`Found 3 problems (2 errors, 1 warning) in 3 files, 4 suppressed. 2 can be fixed with
    `--fix`.`.
    """
    counts = [(report.count(severity), str(severity)) for severity in Severity]
    kinds = ", ".join(plural(count, name) for count, name in counts if count)
    found = plural(len(report.diagnostics), "problem")
    text = f"Found {found} ({kinds})" if kinds else "Found no problems"
    text += f" in {plural(len(report.paths), 'file')}"
    if failures := len(report.failures):
        text += f", {plural(failures, 'failure')}"
    if suppressed := sum(file.suppressed for file in report.files):
        text += f", {suppressed} suppressed"
    fixable = sum(
        each.repair is not None and each.repair.safety == "safe" for each in report.diagnostics
    )
    return f"{text}. {fixable} can be fixed with `--fix`." if fixable else f"{text}."

"""A push plan in each of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push.rows import as_dict, rows, seconds, seconds_text, total_text
from dlint.text.printable import json_text, markdown_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.push.plan import PushPlan
    from dlint.push.rows import Labels


def write(
    plan: PushPlan, labels: Labels, form: str, bandwidth: float | None, *, color: bool
) -> str:
    """Return the plan in one of the formats; `bandwidth` in bits per second adds the time that the
    push takes.
    """
    if form == "json":
        data = as_dict(plan, labels)
        data = data if bandwidth is None else {**data, "seconds": seconds(plan, bandwidth)}
        return json_text(data, ascii_only=True) + "\n"
    if form == "pretty":
        from dlint.push.pretty import write as pretty

        return pretty(plan, labels, bandwidth, color=color)
    lines = list(as_markdown(plan) if form == "markdown" else as_text(plan))
    if bandwidth is not None:
        lines.append(seconds_text(plan, bandwidth))
    return "".join(f"{line}\n" for line in lines)


def as_text(plan: PushPlan) -> Iterator[str]:
    """Yield the plan's lines as docker prints a push, with bytes beside them."""
    for line, instruction, status, size, cause in rows(plan):
        where = f"{line:>4}" if line else "   -"
        yield f"{where}  {status}  {size}  {_short(instruction)}" + (
            f"  ({cause})" if cause else ""
        )
    yield total_text(plan)


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def as_markdown(plan: PushPlan) -> Iterator[str]:
    """Yield the plan as a GitHub table."""
    yield "| line | instruction | status | size | cause |"
    yield "|---:|---|---|---:|---|"
    for line, instruction, status, size, cause in rows(plan):
        yield (
            f"| {line} | {markdown_code(instruction)} | {status} | {size} |"
            f" {markdown_code(cause)} |"
        )
    yield ""
    yield total_text(plan)

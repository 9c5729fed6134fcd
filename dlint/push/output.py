"""A push plan in the formats that need no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push.rows import as_dict, rows, seconds, seconds_text, total_text
from dlint.text.printable import json_text, markdown, markdown_code
from dlint.text.shorten import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.push.plan import PushPlan
    from dlint.push.rows import Labels

WIDTH = 60  # characters of an instruction


def as_json(plan: PushPlan, labels: Labels, bandwidth: float | None) -> str:
    """Return the plan as JSON; `bandwidth` in bits per second adds the time that the push takes."""
    data = as_dict(plan, labels)
    data = data if bandwidth is None else {**data, "seconds": seconds(plan, bandwidth)}
    return json_text(data, ascii_only=True) + "\n"


def as_text(plan: PushPlan, head: str, bandwidth: float | None) -> Iterator[str]:
    """Yield the plan's lines as docker prints a push, with bytes beside them."""
    yield head
    for line, instruction, status, size, cause in rows(plan):
        where = f"{line:>4}" if line else "   -"
        yield f"{where}  {status}  {size}  {shortened(instruction, WIDTH)}" + (
            f"  ({cause})" if cause else ""
        )
    yield total_text(plan)
    if bandwidth is not None:
        yield seconds_text(plan, bandwidth)


def as_markdown(plan: PushPlan, head: str, bandwidth: float | None) -> Iterator[str]:
    """Yield the plan as a GitHub table."""
    yield markdown(head)
    yield ""
    yield "| line | instruction | status | size | because of |"
    yield "|---:|---|---|---:|---|"
    for line, instruction, status, size, cause in rows(plan):
        yield (
            f"| {line} | {markdown_code(instruction)} | {status} | {size} |"
            f" {markdown_code(cause)} |"
        )
    yield ""
    yield total_text(plan)
    if bandwidth is not None:
        yield ""
        yield seconds_text(plan, bandwidth)

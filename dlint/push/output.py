"""A push plan in the formats that need no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push import cache_output
from dlint.push.caches import Cached
from dlint.push.rows import as_dict, rows, seconds, total_text
from dlint.text.printable import json_text, markdown, markdown_code
from dlint.text.shorten import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.push.plan import PushPlan
    from dlint.push.rows import Labels

NO_CACHE = Cached()
WIDTH = 60  # characters of an instruction


def as_json(
    plan: PushPlan, labels: Labels, bandwidth: float | None, cached: Cached = NO_CACHE
) -> str:
    """Return the plan as JSON; `bandwidth` in bits per second adds the time that the push takes,
    and caches what is told of them.
    """
    data = {**as_dict(plan, labels), **cache_output.as_dict(cached)}
    data = data if bandwidth is None else {**data, "seconds": seconds(plan, bandwidth)}
    return json_text(data, ascii_only=True) + "\n"


def as_text(plan: PushPlan, head: str, ends: Iterable[str]) -> Iterator[str]:
    """Yield the plan's lines as docker prints a push, with bytes beside them, and `ends` below."""
    yield head
    for line, instruction, status, size, cause in rows(plan):
        where = f"{line:>4}" if line else "   -"
        yield f"{where}  {status}  {size}  {shortened(instruction, WIDTH)}" + (
            f"  ({cause})" if cause else ""
        )
    yield total_text(plan)
    yield from ends


def as_markdown(plan: PushPlan, head: str, ends: Iterable[str]) -> Iterator[str]:
    """Yield the plan as a GitHub table, and `ends` below."""
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
    for end in ends:
        yield ""
        yield markdown(end)

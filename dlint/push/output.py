"""A push plan as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.printable import json_text, markdown_code, printable
from dlint.push.plan import PUSHED
from dlint.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.push.plan import LayerPlan, PushPlan
    from dlint.rule import Basis


class Labels(NamedTuple):
    """What was held against what."""

    path: str
    target: str | None
    builder: str
    cache: str
    before: str | None
    after: str


def as_dict(plan: PushPlan, labels: Labels) -> dict[str, Any]:
    """Return the plan's JSON object (schema 1)."""
    return {
        "schema": 1,
        **labels._asdict(),
        "layers": [_layer(layer) for layer in plan.layers],
        "pushed_bytes": plan.pushed_bytes,
        "unknown_layers": plan.unknown_layers,
        "image_bytes": plan.image_bytes,
        "overhead_bytes": plan.overhead_bytes,
        "basis": str(plan.basis),
    }


def _layer(layer: LayerPlan) -> dict[str, Any]:
    out: dict[str, Any] = {
        "line": layer.line,
        "instruction": layer.instruction,
        "status": layer.status,
        "bytes": layer.bytes,
        "size": layer.size,
        "basis": str(layer.basis),
        "diff_id": layer.diff_id,
        "digest": layer.digest,
    }
    if layer.cause:
        out["cause"] = {"line": layer.cause.line, "paths": list(layer.cause.paths)}
    return out


def size_text(size: int | None, basis: Basis) -> str:
    """Write a size with its basis; the basis of an unknown one says all."""
    return "unknown" if size is None else f"{human_bytes(size)} {basis}"


def cause_text(layer: LayerPlan) -> str:
    """Say why a layer goes up; empty where it does not."""
    if layer.cause is None:
        return ""
    first, more = layer.cause.paths[:2], len(layer.cause.paths) - 2
    paths = ", ".join(first) + (f" and {more} more" if more > 0 else "")
    return f"line {layer.cause.line}" + (f": {paths}" if paths else "")


def total_text(plan: PushPlan) -> str:
    """Say in one sentence what the push uploads."""
    pushed = sum(layer.status == PUSHED for layer in plan.layers)
    known = f"{human_bytes(plan.pushed_bytes)} {plan.basis}"
    if plan.unknown_layers:
        count = plan.unknown_layers
        known = (
            f"{human_bytes(plan.pushed_bytes)} {plan.known_basis} and {count} layer{'s' * (count != 1)} of unknown size"
        )
    image = (
        "the image's size is unknown" if plan.image_bytes is None else f"the image has {human_bytes(plan.image_bytes)}"
    )
    rest = human_bytes(plan.overhead_bytes)
    return f"{pushed} of {len(plan.layers)} layers uploaded: {known}; {image}; requests and manifest add {rest}"


def rows(plan: PushPlan) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield line, instruction, status, size and cause of each layer, as text."""
    for layer in plan.layers:
        line = "" if layer.line is None else str(layer.line)
        cause = printable(cause_text(layer))
        yield line, printable(layer.instruction), layer.status, size_text(layer.size, layer.basis), cause


def as_text(plan: PushPlan) -> Iterator[str]:
    """Yield the plan's lines as docker prints a push, with bytes beside them."""
    for line, instruction, status, size, cause in rows(plan):
        where = f"{line:>4}" if line else "   -"
        yield f"{where}  {status}  {size}  {_short(instruction)}" + (f"  ({cause})" if cause else "")
    yield total_text(plan)


def write(plan: PushPlan, labels: Labels, form: str, bandwidth: float | None, *, color: bool) -> str:
    """Return the plan in one of the formats; `bandwidth` in bits per second adds the time that the push takes."""
    if form == "json":
        data = as_dict(plan, labels)
        data = data if bandwidth is None else {**data, "seconds": seconds(plan, bandwidth)}
        return json_text(data, ascii_only=True) + "\n"
    if form == "pretty":
        from dlint.push.pretty import write as pretty

        return pretty(plan, labels, bandwidth, color=color)
    lines = list(as_markdown(plan) if form == "markdown" else as_text(plan))
    if bandwidth is not None:
        lines.append(f"at {bandwidth / 1e6:g} Mbit/s: {seconds(plan, bandwidth):.1f} s")
    return "".join(f"{line}\n" for line in lines)


def seconds(plan: PushPlan, bandwidth: float) -> float:
    """Return how long the known bytes take at `bandwidth` bits per second, all else being free."""
    return round((plan.pushed_bytes + plan.overhead_bytes) * 8 / bandwidth, 1)


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def as_markdown(plan: PushPlan) -> Iterator[str]:
    """Yield the plan as a GitHub table."""
    yield "| line | instruction | status | size | cause |"
    yield "|---:|---|---|---:|---|"
    for line, instruction, status, size, cause in rows(plan):
        yield f"| {line} | {markdown_code(instruction)} | {status} | {size} | {markdown_code(cause)} |"
    yield ""
    yield total_text(plan)

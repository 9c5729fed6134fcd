"""What every form of a push plan shows: its labels, its rows, its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.push.plan import PUSHED
from dlint.text.printable import printable
from dlint.text.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.findings import Basis
    from dlint.push.plan import LayerPlan, PushPlan


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
            f"{human_bytes(plan.pushed_bytes)} {plan.known_basis} and {count}"
            f" layer{'s' * (count != 1)} of unknown size"
        )
    image = (
        "the image's size is unknown"
        if plan.image_bytes is None
        else f"the image has {human_bytes(plan.image_bytes)}"
    )
    rest = human_bytes(plan.overhead_bytes)
    return (
        f"{pushed} of {len(plan.layers)} layers uploaded: {known}; {image}; requests and manifest"
        f" add {rest}"
    )


def rows(plan: PushPlan) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield line, instruction, status, size and cause of each layer, as text."""
    for layer in plan.layers:
        line = "" if layer.line is None else str(layer.line)
        cause = printable(cause_text(layer))
        yield (
            line,
            printable(layer.instruction),
            layer.status,
            size_text(layer.size, layer.basis),
            cause,
        )


def seconds(plan: PushPlan, bandwidth: float) -> float:
    """Return how long the known bytes take at `bandwidth` bits per second, all else being free."""
    return round((plan.pushed_bytes + plan.overhead_bytes) * 8 / bandwidth, 1)

"""What every form of a push plan shows: its labels, its rows, its sums."""

from __future__ import annotations

from dlint.push.plan import PUSHED
from dlint.text.printable import printable
from dlint.text.units import human_bytes, plural
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from dlint.findings import Size
    from dlint.push.plan import LayerPlan, PushPlan


ASSUMED = ("same build arguments", "same base image")  # what a plan does, unless it is told
WORKTREE = "worktree"


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
        "layers": [layer_dict(layer) for layer in plan.layers],
        "pushed_bytes": plan.pushed.told,
        "at_least": plan.pushed.is_bound,
        "at_most": plan.pushed.at_most,
        "unknown_layers": plan.unknown_layers,
        "image_bytes": plan.image.told,
        "image_at_least": plan.image.is_bound,
        "base_as_of": plan.base_day,
        "overhead_bytes": plan.overhead_bytes,
        "basis": str(plan.basis),
    }


def layer_dict(layer: LayerPlan) -> dict[str, Any]:
    """Return one layer's JSON object."""
    out: dict[str, Any] = {
        "line": layer.line,
        "instruction": layer.instruction,
        "status": layer.status,
        "certain": not layer.is_doubtful,
        "bytes": layer.upload.told,
        "size": layer.size.told,
        "at_least": layer.size.is_bound,
        "missing": list(layer.size.missing),
        "sources": list(layer.size.sources),
        "basis": str(layer.size.basis),
        "diff_id": layer.diff_id,
        "digest": layer.digest,
    }
    if layer.cause:
        out["cause"] = {"line": layer.cause.line, "paths": list(layer.cause.paths)}
    return out


def sum_text(size: Size, unknown_layers: int) -> str:
    """Write the sum of several layers: `≈ 145 MB`, `≥ 51 MB (2 layers of unknown size)`."""
    if size.is_unknown or not unknown_layers:
        return str(size)
    return f"{size} ({plural(unknown_layers, 'layer')} of unknown size)"


def status_text(layer: LayerPlan) -> str:
    """Return the status in docker's words, or say what it depends on."""
    return "Pushed if changed" if layer.is_doubtful else layer.status


def pushed_count(layers: Iterable[LayerPlan]) -> str:
    """Count the layers that are pushed: `3`, or `1 to 3` where some of them may be there."""
    pushed = [layer for layer in layers if layer.status == PUSHED]
    least = sum(not layer.is_doubtful for layer in pushed)
    return str(least) if least == len(pushed) else f"{least} to {len(pushed)}"


def cause_text(layer: LayerPlan) -> str:
    """Say why a layer goes up; empty where it does not."""
    if layer.cause is None:
        return f"another compression (was {layer.was})" if layer.was else ""
    paths = paths_text(layer.cause.paths)
    return f"line {layer.cause.line}" + (f": {paths}" if paths else "")


def paths_text(paths: Sequence[str]) -> str:
    """Name the first two paths, and how many more there are."""
    first, more = paths[:2], len(paths) - 2
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")


def total_text(plan: PushPlan) -> str:
    """Say in one sentence what the push uploads."""
    pushed = pushed_count(plan.layers)
    unknown = plan.unknown_layers
    notes = [f"{plural(unknown, 'layer')} of unknown size"] if unknown else []
    notes.append(overhead_text(plan))
    return (
        f"{pushed} of {plural(len(plan.layers), 'layer')} pushed, {plan.pushed}"
        f" ({'; '.join(notes)}); {image_text(plan.image, plan.base_day)}"
    )


def overhead_text(plan: PushPlan) -> str:
    """Say what goes over the wire beside the layers."""
    most = "≤ " * any(layer.is_doubtful for layer in plan.layers)
    return f"+ {most}{human_bytes(plan.overhead_bytes)} protocol overhead"


def image_text(image: Size, base_day: str | None) -> str:
    """Say how large an image is, the base's layers and its own; `base_day` is that of the table
    that tells the base's.
    """
    day = f" (base as of {base_day})" if base_day and not image.is_unknown else ""
    return f"image {image}{day}"


def compared_text(labels: Labels, assumed: Sequence[str]) -> str:
    """Say which push this is, and what it assumes."""
    terms = [f"target {labels.target}"] if labels.target else []
    terms += [", ".join(assumed)] if assumed else []
    terms.append(f"{labels.builder}, {labels.cache} cache")
    after = "working tree" if labels.after == WORKTREE else labels.after
    sides = f"{labels.before or 'nothing before'} → {after}"
    return printable(f"{labels.path}: this push ({'; '.join(terms)}): {sides}")


def rows(plan: PushPlan) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield line, instruction, status, size and cause of each layer, as text."""
    for layer in plan.layers:
        line = "" if layer.line is None else str(layer.line)
        cause = printable(cause_text(layer))
        yield (
            line,
            printable(layer.instruction),
            status_text(layer),
            str(layer.size),
            cause,
        )


def seconds(plan: PushPlan, bandwidth: float) -> float | None:
    """Return how long the known bytes take at `bandwidth` bits per second, all else being free;
    None where the layers' are unknown.
    """
    if plan.pushed.is_unknown:
        return None
    return round(((plan.pushed.told or 0) + plan.overhead_bytes) * 8 / bandwidth, 1)


def seconds_text(plan: PushPlan, bandwidth: float) -> str:
    """Say how long the push takes."""
    took = seconds(plan, bandwidth)
    least = "≥ " if plan.pushed.at_least else "≤ " * plan.pushed.at_most
    return f"at {bandwidth / 1e6:g} Mbit/s: " + (
        "time unknown" if took is None else f"{least}{took:.1f} s"
    )

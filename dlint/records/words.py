"""What a record tells, in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.push.rows import paths_text
from dlint.records.explain import Kind, dragged, new_layers
from dlint.records.record import Format, Result, internal_name, total_bytes
from dlint.sizes.times import stage_name
from dlint.text.units import human_bytes, plural, quoted
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.findings import Size
    from dlint.records.explain import Dragged, Explained, Reason
    from dlint.records.matching import Matched
    from dlint.records.record import Vertex

FORMATS = {
    Format.RAWJSON: "BuildKit's rawjson",
    Format.HISTORY: "BuildKit's build record",
    Format.PLAIN: "BuildKit's plain log",
    Format.TTY: "what BuildKit showed at a terminal",
    Format.CLASSIC: "the legacy builder's log",
    Format.BUILDAH: "buildah's log",
}
SHORTEST = 0.05  # seconds: what logs round to 0.0


class Answer(NamedTuple):
    """A build explained: its record, its steps, and what stood before and after."""

    shown: str
    path: str
    before: str | None
    after: str
    matched: Matched
    steps: tuple[Explained, ...]
    assumed: tuple[str, ...] = ()

    @property
    def groups(self) -> list[Dragged]:
        """The steps that ran, by what made them run."""
        return dragged(self.steps)

    @property
    def new(self) -> Size:
        """The layers that the build made anew, as far as they ship."""
        return new_layers(self.steps)

    @property
    def surprises(self) -> list[tuple[Explained, int]]:
        """The steps that did not do what dlint expected, each with how many more it made do the
        same. Where nothing came from the cache, one line says so of all.
        """
        without = {
            each.place
            for each in self.steps
            if each.reason is not None and each.reason.kind is Kind.NO_CACHE
        }
        found: list[tuple[Explained, int]] = []
        for each in self.steps:
            if not each.is_surprise or (each.ran and each.root in without):
                continue
            last = found[-1][0] if found else None
            if last is not None and _goes_on(last, each):
                found[-1] = (found[-1][0], found[-1][1] + 1)
            else:
                found.append((each, 0))
        return found

    @property
    def transferred(self) -> int | None:
        """Bytes of the build context that were sent to the builder."""
        loads = (each for each in self.matched.others if "load build context" in each.name)
        return total_bytes(tuple(loads))


def _goes_on(first: Explained, other: Explained) -> bool:
    """Tell whether what a step did makes another one of its stage do the same."""
    return first.place[0] == other.place[0] and first.ran is other.ran


def seconds_text(seconds: float | None) -> str:
    """Write `180.3 s`, or nothing where it is not known."""
    return "" if seconds is None else f"{seconds:.1f} s"


def head(answer: Answer) -> Iterator[str]:
    """Say which build this is, how long it took, and what it was compared with."""
    record = answer.matched.record
    took = f"{record.busy:.1f} s of steps, which may have run side by side"
    if record.seconds is not None:
        took = f"{record.seconds:.1f} s"
    elif all(each.seconds is None for each in record.vertices):
        took = "tells no times"
    new = f"new layers: {answer.new}" if any(each.pushed for each in answer.steps) else ""
    parts = [f"{FORMATS[record.format]}: {took}", new or "no new layer"]
    if answer.transferred:
        parts.append(f"build context: {human_bytes(answer.transferred)}")
    yield f"{answer.shown}: {'; '.join(parts)}"
    after = "working tree" if answer.after == "worktree" else answer.after
    assumed = f" ({'; '.join(answer.assumed)})" if answer.assumed else ""
    yield f"{answer.path}: {answer.before or 'nothing before'} → {after}{assumed}"
    if record.error:
        yield f"the build failed: {record.error}"


def first_lines(answer: Answer) -> Iterator[str]:
    """Say which steps ran by themselves, the dearest first, and what each dragged along."""
    groups = answer.groups
    if not groups:
        yield "every step came from the cache"
    for group in groups:
        yield f"{root_text(group.root)}: {_dragged_text(group)}"
    for each, more in answer.surprises:
        yield surprise_text(each) + (f", and so for {plural(more, 'step')} after it" * bool(more))
    for vertex in answer.matched.strange:
        yield f"no instruction of {answer.path} stands for {quoted(vertex.name)}"


def _dragged_text(group: Dragged) -> str:
    others = len(group.steps) - sum(each.place == group.root.place for each in group.steps)
    made = f"made {plural(others, 'more step')} run" if others else "made no other step run"
    took = f"{group.seconds:.1f} s in all" if group.seconds else "no times"
    pushed = any(each.pushed for each in group.steps)
    return f"{made}; {took}" + (f", new layers: {group.new}" if pushed else "")


def root_text(step: Explained) -> str:
    """Say why a step ran by itself: `COPY . .` (line 8) reads `app/main.py`."""
    named = f"{quoted(step.keyed.step.instruction.one_line)} (line {_line(step)})"
    return f"{named} {_predicate(step.reason)}" if step.reason else named


def _predicate(reason: Reason) -> str:
    names = ", ".join(f"`{name}`" for name in reason.names)
    match reason.kind:
        case Kind.FILES:
            return f"reads {paths_text([f'`{path}`' for path in reason.paths])}, which changed"
        case Kind.INSTRUCTION:
            return "is new or changed"
        case Kind.VALUE:
            return f"has another value of {names} (line {reason.line})"
        case Kind.BASE:
            return f"is another base: {reason.detail}" if reason.detail else "is another base"
    others = [f"{names} has another value"] * bool(names)
    others += [f"{reason.detail} changed"] * bool(reason.detail)
    if reason.kind is Kind.NO_CACHE:
        why = "ran, as every RUN and COPY did: the builder had no cache or did not use it"
    else:
        gone = "its cache was gone, or another build ran it at the same time"
        why = f"ran, and no input of it is known to have changed: {gone}"
    return ", or ".join((why, *others))


def because_text(step: Explained, steps: Sequence[Explained]) -> str:
    """Say in short why a step ran: the line that made it run, and the first of its paths."""
    root = _root(step, steps) if step.ran else None
    if root is None:
        return ""
    reason = root.reason
    more = reason and (_SHORT[reason.kind] or paths_text(reason.paths) or ", ".join(reason.names))
    return f"line {_line(root)}" + (f": {more}" if more else "")


def _root(step: Explained, steps: Sequence[Explained]) -> Explained | None:
    """Return the step that made one run; None where none did."""
    return next((each for each in steps if each.place == step.root), None)


_SHORT = {
    Kind.FILES: "",
    Kind.INSTRUCTION: "is new or changed",
    Kind.VALUE: "",
    Kind.BASE: "another base",
    Kind.NO_CACHE: "no cache",
    Kind.UNKNOWN: "not known",
}


def surprise_text(step: Explained) -> str:
    """Say in what the record and the model differ."""
    named = f"line {_line(step)} {quoted(step.keyed.step.instruction.one_line)}"
    if step.ran:
        return f"not expected: {named} ran, and dlint expected it in the cache"
    takes = step.keyed.takes and "; the stage that it copies from made the same files"
    why = takes or "; a build before had made the same"
    return f"not expected: {named} came from the cache, and dlint expected it to run{why}"


def _line(step: Explained) -> int:
    return step.keyed.step.instruction.line


class Row(NamedTuple):
    """A line of the table."""

    seconds: float | None
    line: str
    name: str
    result: str
    size: str
    because: str
    ran: bool = False


def rows(answer: Answer) -> list[Row]:
    """Return the steps, and what else took time, the longest first."""
    steps = [_row(each, answer.steps) for each in answer.steps if each.match is not None]
    others = [_other_row(each) for each in answer.matched.others if _is_long(each)]
    strange = [_other_row(each) for each in answer.matched.strange]
    return sorted([*steps, *others, *strange], key=lambda row: -(row.seconds or 0.0))


def _is_long(vertex: Vertex) -> bool:
    return (vertex.seconds or 0.0) >= SHORTEST or vertex.result is Result.FAILED


def _row(step: Explained, steps: Sequence[Explained]) -> Row:
    assert step.match is not None  # noqa: S101  rows asked
    vertex = step.match.vertex
    size = str(step.size) if step.size is not None and step.pushed else ""
    if step.is_base and vertex.bytes:
        size = f"{human_bytes(vertex.bytes)} pulled"
    result = "base" if step.is_base else str(vertex.result)
    return Row(
        vertex.seconds,
        str(_line(step)),
        step.keyed.step.instruction.one_line,
        result,
        size,
        because_text(step, steps),
        step.ran and not step.is_base,
    )


def _other_row(vertex: Vertex) -> Row:
    size = f"{human_bytes(vertex.bytes)} sent" if vertex.bytes else ""
    failed = "failed" if vertex.result is Result.FAILED else ""
    return Row(vertex.seconds, "", internal_name(vertex.name), failed, size, "")


def as_dict(answer: Answer) -> dict[str, Any]:
    """Return the answer's JSON object (schema 1)."""
    record = answer.matched.record
    return {
        "schema": 1,
        "record": answer.shown,
        "format": str(record.format),
        "path": answer.path,
        "before": answer.before,
        "after": answer.after,
        "seconds": _rounded(record.seconds),
        "step_seconds": _rounded(record.busy),
        "seconds_basis": str(record.basis),
        "error": record.error or None,
        "new_bytes": answer.new.told,
        "at_least": answer.new.is_bound,
        "bytes_basis": str(answer.new.basis),
        "context_bytes": answer.transferred,
        "roots": [_root_dict(group) for group in answer.groups],
        "steps": [_step_dict(each, answer.steps) for each in answer.steps],
        "others": [
            {"name": each.name, "seconds": _rounded(each.seconds), "bytes": each.bytes}
            for each in answer.matched.others
        ],
        "unmatched": [each.name for each in answer.matched.strange],
        "pushed": [{"layer": layer, "status": status} for layer, status in record.pushed],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _root_dict(group: Dragged) -> dict[str, Any]:
    reason = group.root.reason
    return {
        "line": _line(group.root),
        "instruction": group.root.keyed.step.instruction.one_line,
        "kind": str(reason.kind) if reason else None,
        "told_by": reason.line if reason else None,
        "paths": list(reason.paths) if reason else [],
        "names": list(reason.names) if reason else [],
        "text": root_text(group.root),
        "lines": [_line(each) for each in group.steps],
        "seconds": _rounded(group.seconds),
        "new_bytes": group.new.told,
        "at_least": group.new.is_bound,
    }


def _step_dict(step: Explained, steps: Sequence[Explained]) -> dict[str, Any]:
    vertex = step.match.vertex if step.match else None
    stage = step.keyed.step.stage
    root = _root(step, steps)
    size = step.size
    return {
        "stage": stage_name(stage),
        "line": _line(step),
        "instruction": step.keyed.step.instruction.one_line,
        "result": str(vertex.result) if vertex and not step.is_base else None,
        "expected": _expected(step),
        "seconds": _rounded(vertex.seconds) if vertex else None,
        "seconds_basis": str(vertex.basis) if vertex and vertex.seconds is not None else "unknown",
        "size": size.told if size else None,
        "at_least": bool(size and size.is_bound),
        "bytes_basis": str(size.basis) if size else "unknown",
        "new": step.pushed,
        "because_of": _line(root) if root else None,
        "record_line": vertex.line if vertex else None,
    }


def _expected(step: Explained) -> str | None:
    if step.expected is None or step.is_base:
        return None
    return str(Result.CACHED if step.expected else Result.RAN)

"""What `--progress=plain` prints: lines that begin with `#` and a step's number.

The first line of a number is the step's name; it is said again where others came between. `CACHED`,
`DONE 1.2s`, `CANCELED` and `ERROR` end it. All else behind the number is what the step printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.records.record import Format, Record, Result, Vertex, internal_name, read_label
from dlint.text.patterns import regex
from dlint.text.units import parse_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.records.lines import Line

_COUNT = r"\d{1,12}(?:\.\d{1,3})?[kMGT]?B"
STEP = regex(r"#(\d{1,6}) (.*)", flags=16)  # re.DOTALL
_DONE = regex(r"DONE(?: (\d{1,9}(?:\.\d{1,3})?)s)?")
_TRANSFERRED = regex(rf"transferring [\w. -]{{1,60}}: ({_COUNT})\b.*")
_PULLED = regex(rf"(sha256:[0-9a-f]{{12,64}}) (?:{_COUNT} / )?({_COUNT})\b.*")
_PUSHED = regex(r"([0-9a-f]{12}): (Pushed|Layer already exists|Mounted from \S+)\s*")
_FAILED = "ERROR: failed to solve: "
_ENDS = {
    "CACHED": Result.CACHED,
    "CANCELED": Result.CANCELED,
    "CANCELLED": Result.CANCELED,
}
MANY = 3  # steps: one that begins again as the first after so many is another build's


class _Step:
    def __init__(self, name: str, line: Line) -> None:
        self.names = {name: None}
        self.line = line.number
        self.result = Result.UNFINISHED
        self.seconds: float | None = None
        self.basis = Basis.EXACT
        self.started = line.time
        self.error = ""
        self.bytes: dict[str, int] = {}

    def end(self, result: Result, line: Line, seconds: float | None = None) -> None:
        """Note how it ended; where nothing tells how long it took, times of lines may."""
        self.result = result
        if (
            seconds is None
            and result is not Result.CACHED
            and None not in (line.time, self.started)
        ):
            seconds, self.basis = (line.time or 0) - (self.started or 0), Basis.MODELLED
        if seconds is not None and seconds >= (self.seconds or 0):
            self.seconds = seconds

    def vertex(self) -> Vertex:
        """Return the step as it is told of."""
        count = sum(self.bytes.values()) if self.bytes else None
        return Vertex(
            tuple(self.names),
            self.result,
            self.line,
            self.seconds,
            self.basis,
            count,
            self.error,
        )


class Plain:
    """Reads one build, line by line."""

    def __init__(self) -> None:
        self.steps: dict[str, _Step] = {}
        self.pushed: dict[str, str] = {}
        self.first: Line | None = None
        self.last: Line | None = None
        self.error = ""

    def begins(self, line: Line) -> bool:
        """Tell whether a line is the first of another build."""
        found = STEP.fullmatch(line.text)
        if found is None:
            return False
        number, text = found.groups()
        if number == "0":
            return len(self.steps) > 0 and text.startswith("building with ")
        known = self.steps.get(number)
        is_first = number == "1" and known is not None and known.result is not Result.UNFINISHED
        return is_first and len(self.steps) > MANY and text.startswith("[") and "internal] " in text

    def read(self, line: Line) -> bool:
        """Take what a line tells; whether it is a build's."""
        found = STEP.fullmatch(line.text)
        if found is None:
            return self._read_other(line)
        number, text = found.groups()
        if number == "0":
            return True
        self.first, self.last = self.first or line, line
        step = self.steps.get(number)
        if step is None:
            if _is_name(text):
                self.steps[number] = _Step(text.strip(), line)
            return True
        self._read_of(step, text.strip(), line)
        return True

    def _read_of(self, step: _Step, text: str, line: Line) -> None:
        if text[:1].isdigit():  # what the step printed, behind its time
            return
        if text in _ENDS:
            step.end(_ENDS[text], line)
        elif found := _DONE.fullmatch(text):
            step.end(Result.RAN, line, float(found[1]) if found[1] else None)
        elif text.startswith("ERROR"):
            step.end(Result.FAILED, line)
            step.error = text.removeprefix("ERROR").lstrip(": ")
        elif found := _TRANSFERRED.fullmatch(text):
            step.bytes["transferred"] = parse_bytes(found[1])
        elif found := _PULLED.fullmatch(text):
            step.bytes[found[1]] = parse_bytes(found[2])
        elif text.startswith("[") and _is_name(text) and _is_step(text):
            step.names[text] = None

    def _read_other(self, line: Line) -> bool:
        if found := _PUSHED.fullmatch(line.text):
            self.pushed[found[1]] = found[2]
        elif line.text.startswith(_FAILED):
            self.error = line.text.removeprefix(_FAILED)
        else:
            return False
        return True

    def record(self) -> Record | None:
        """Return what was read; None for nothing."""
        if not self.steps:
            return None
        vertices = tuple(step.vertex() for step in self.steps.values())
        return Record(
            Format.PLAIN,
            vertices,
            lasted(self.first, self.last),
            tuple(self.pushed.items()),
            self.error,
            self.first.number if self.first else 1,
        )


def _is_name(text: str) -> bool:
    """Tell whether a line names a step: what a log lacks the beginning of may begin with output."""
    return not text[:1].isdigit() and text.strip() not in {"...", "CACHED", "CANCELED"}


def _is_step(text: str) -> bool:
    return read_label(text) is not None or internal_name(text) != text


def lasted(first: Line | None, last: Line | None) -> float | None:
    """Return the seconds between two lines; None where their times are not told."""
    if first is None or last is None or first.time is None or last.time is None:
        return None
    return max(0.0, last.time - first.time)


def read_plain(lines: Iterable[Line]) -> list[Record]:
    """Read the builds of a log."""
    builds = [Plain()]
    for line in lines:
        if builds[-1].begins(line):
            builds.append(Plain())
        builds[-1].read(line)
    return [record for build in builds if (record := build.record()) is not None]

"""Logs that number the steps of a Dockerfile: the legacy builder's and buildah's, and what BuildKit
shows at a terminal.

Only the last of these says how long a step took. For the others the times tell that a CI runner
puts before each line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.records.plain import lasted
from dlint.records.record import Format, Record, Result, Vertex
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.records.lines import Line

CLASSIC = regex(r"Step (\d{1,4})/(\d{1,4}) : (.*)")
BUILDAH = regex(r"(?:\[(\d{1,3})/(\d{1,3})\] )?STEP (\d{1,4})(?:/(\d{1,4}))?: (.*)")
TTY = regex(r" ?=> (?:(CACHED|ERROR|CANCELED) )?(\S.{0,400}?) {1,400}(\d{1,7}\.\d)s *")
_FAILED = regex(
    r"(?:The command '.*' returned a non-zero code: \d+|Error: building at STEP .*"
    r"|(?:COPY|ADD) failed: .*)"
)
_WORDS = {"CACHED": Result.CACHED, "ERROR": Result.FAILED, "CANCELED": Result.CANCELED}


class _Numbered:
    """Reads one build of numbered steps."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.steps: list[tuple[Vertex, Line]] = []
        self.last: Line | None = None
        self.error = ""
        self.is_done = False

    def begin(self, name: str, line: Line) -> None:
        """Take a step's first line."""
        self._end(line)
        self.steps.append((Vertex((name,), Result.RAN, line.number), line))

    def read(self, line: Line) -> None:
        """Take a line of the step that runs."""
        if self.is_done:
            return
        self.last = line
        if not self.steps:
            return
        text = line.text.strip()
        if text.startswith(("---> Using cache", "--> Using cache")):
            self._set(result=Result.CACHED)
        elif _FAILED.fullmatch(text):
            self.error = text
            self._set(result=Result.FAILED, error=text)
        elif text.startswith("Successfully built"):
            self._end(line)
            self.is_done = True

    def _set(self, *, result: Result, error: str = "") -> None:
        vertex, line = self.steps[-1]
        self.steps[-1] = (vertex._replace(result=result, error=error), line)

    def _end(self, line: Line) -> None:
        if not self.steps:
            return
        vertex, begun = self.steps[-1]
        seconds = lasted(begun, line)
        if seconds is not None and vertex.seconds is None and vertex.result is not Result.CACHED:
            vertex = vertex._replace(seconds=seconds, basis=Basis.MODELLED)
            self.steps[-1] = (vertex, begun)

    def record(self) -> Record | None:
        """Return what was read; None for nothing."""
        if not self.steps:
            return None
        if self.last is not None:
            self._end(self.last)
        first = self.steps[0][1]
        vertices = tuple(vertex for vertex, _ in self.steps)
        seconds = lasted(first, self.last)
        return Record(self.form, vertices, seconds, error=self.error, line=first.number)


def read_numbered(lines: Iterable[Line], form: Format) -> list[Record]:
    """Read the builds of a log of the legacy builder, or of buildah.

    The legacy builder numbers all instructions through, so the name that a step gets has no stage:
    `[3/9] COPY . .`.
    """
    read = _classic_name if form is Format.CLASSIC else _buildah_name
    builds = [_Numbered(form)]
    for line in lines:
        name = read(line.text)
        if name is None:
            builds[-1].read(line)
            continue
        if _is_first(name) and builds[-1].steps and not _goes_on(name):
            builds.append(_Numbered(form))
        builds[-1].begin(name, line)
        builds[-1].read(line)
    return [record for build in builds if (record := build.record()) is not None]


def _classic_name(text: str) -> str | None:
    found = CLASSIC.fullmatch(text)
    return None if found is None else f"[{found[1]}/{found[2]}] {found[3]}"


def _buildah_name(text: str) -> str | None:
    found = BUILDAH.fullmatch(text)
    if found is None:
        return None
    stage = f"stage-{int(found[1]) - 1} " if found[1] else ""
    return f"[{stage}{found[3]}/{found[4] or 0}] {found[5]}"


def _is_first(name: str) -> bool:
    return name.partition("/")[0].endswith(("[1", " 1"))


def _goes_on(name: str) -> bool:
    """Tell whether a first step is that of a later stage of the same build."""
    return name.startswith("[stage-") and not name.startswith("[stage-0 ")


def read_tty(lines: Iterable[Line]) -> list[Record]:
    """Read what BuildKit has shown at a terminal, as it was caught: it draws the same steps again
    and again, and cuts their names.
    """
    found: dict[str, Vertex] = {}
    for vertex in _drawn(lines):
        found[vertex.name] = vertex._replace(
            line=found.get(vertex.name, vertex).line,
            seconds=None if vertex.result is Result.CACHED else vertex.seconds,
        )
    vertices = tuple(found.values())
    return [Record(Format.TTY, vertices, line=vertices[0].line)] if vertices else []


def _drawn(lines: Iterable[Line]) -> Iterator[Vertex]:
    for line in lines:
        found = TTY.fullmatch(line.text)
        if found is not None and not found[2].startswith("=> "):
            result = _WORDS.get(found[1], Result.RAN)
            name = found[2].strip()
            yield Vertex((name,), result, line.number, float(found[3]))

"""What `--progress=rawjson` prints: BuildKit's own messages, objects of JSON one after the other.

Each tells of some vertices, by digest: the same one again and again as it goes on, once more under
another name where a second image shares it. One that is looked for in caches first has an interval
for that and another for its run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.records.lines import EXPECTED
from dlint.records.record import LINK, Format, Record, Result, Vertex, read_label
from dlint.text.patterns import regex
from dlint.text.safe import json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.records.lines import Line

LARGEST = 64_000_000  # characters of one message
CANCELED = "context canceled"
_STAMP = regex(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


class _Seen:
    """What the messages so far tell of one vertex."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.names: dict[str, None] = {}
        self.times: dict[float, float | None] = {}  # ends by starts
        self.cached = False
        self.error = ""
        self.bytes: dict[str, int] = {}

    def vertex(self) -> Vertex | None:
        """Return what became of it; None where it never began."""
        if not self.names or not (self.times or self.cached):
            return None
        ends = {start: end for start, end in self.times.items() if end is not None}
        seconds = None if self.cached or not ends else _together(ends.items())
        count = sum(self.bytes.values()) if self.bytes else None
        return Vertex(
            tuple(self.names),
            self._result(),
            self.line,
            seconds,
            Basis.EXACT,
            count,
            self.error,
        )

    def _result(self) -> Result:
        if self.error:
            return Result.CANCELED if CANCELED in self.error else Result.FAILED
        if self.cached:
            return Result.CACHED
        return Result.UNFINISHED if None in self.times.values() else Result.RAN


def read_rawjson(lines: Iterable[Line], shown: str) -> list[Record]:
    """Read what buildx printed. Raises DlintError, with the line, for what is no such message."""
    return read_messages(_messages(lines, shown))


def read_messages(
    messages: Iterable[tuple[int, Any]], form: Format = Format.RAWJSON
) -> list[Record]:
    """Read the messages of one build, each with the line that it begins in."""
    seen: dict[str, _Seen] = {}
    for number, message in messages:
        for each in _listed(message, "vertexes"):
            _note(seen, each, number)
        for each in _listed(message, "statuses"):
            _note_status(seen, each)
    told = [found for each in seen.values() if (found := each.vertex()) is not None]
    vertices = _joined(told)
    if not vertices:
        return []
    ends = [moment for each in seen.values() for pair in each.times.items() for moment in pair]
    known = [moment for moment in ends if moment is not None]
    seconds = max(known) - min(known) if known else None
    error = next((each.error for each in vertices if each.result is Result.FAILED), "")
    return [Record(form, vertices, seconds, error=error, line=vertices[0].line)]


def _messages(lines: Iterable[Line], shown: str) -> Iterator[tuple[int, Any]]:
    """Yield the objects, each with its line: buildx writes one on each line, or one on several,
    indented. What another program has printed between them is passed over.
    """
    held: list[str] = []
    first = size = 0
    for line in lines:
        text = line.text.rstrip()
        if not held and not text.startswith("{"):
            continue
        first = first if held else line.number
        held.append(text)
        size += len(text)
        if size > LARGEST:
            raise DlintError(f"{shown}:{first}: an object without an end", EXPECTED)
        if text == "}" or (len(held) == 1 and text.endswith("}")):
            yield first, _decoded("\n".join(held), shown, first)
            held.clear()
            size = 0
    if held:
        raise DlintError(
            f"{shown}:{first}: the object that begins here has no end",
            "the record is cut off: save all that --progress=rawjson printed",
        )


def _decoded(text: str, shown: str, line: int) -> Any:  # noqa: ANN401  as JSON's
    try:
        return json_value(text)
    except ValueError as error:
        raise DlintError(f"{shown}:{line}: is not valid JSON: {error}", EXPECTED) from None


def _listed(message: Any, key: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401  as JSON's
    found = message.get(key) if isinstance(message, dict) else None
    listed = found if isinstance(found, list) else []
    yield from (each for each in listed if isinstance(each, dict))


def _note(seen: dict[str, _Seen], told: dict[str, Any], line: int) -> None:
    digest, name = told.get("digest"), told.get("name")
    if not isinstance(digest, str):
        return
    each = seen.setdefault(digest, _Seen(line))
    if isinstance(name, str) and name:
        each.names[name] = None
    started = _moment(told.get("started"))
    if started is not None:
        each.times[started] = _moment(told.get("completed")) or each.times.get(started)
    each.cached = each.cached or told.get("cached") is True
    error = told.get("error")
    each.error = error if isinstance(error, str) and error else each.error


def _note_status(seen: dict[str, _Seen], told: dict[str, Any]) -> None:
    """Note what is transferred from the client, or downloaded."""
    each, name, count = seen.get(str(told.get("vertex"))), told.get("id"), told.get("current")
    if each is None or not isinstance(name, str) or not isinstance(count, int):
        return
    if name.startswith(("transferring ", "sha256:")):
        each.bytes[name] = max(count, each.bytes.get(name, 0))


def _moment(text: object) -> float | None:
    """Read a time as seconds since 1970, as which it may be told."""
    if isinstance(text, float):
        return text
    found = _STAMP.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    from datetime import datetime

    try:
        whole = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    except ValueError:
        return None
    return whole.timestamp() + float(f"0.{found[2] or 0}")


def _together(intervals: Iterable[tuple[float, float | None]]) -> float:
    """Return the seconds that intervals cover, those that overlap counted once."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        if end is not None and end > reached:
            total += end - max(start, reached)
            reached = end
    return total


def _joined(vertices: Iterable[Vertex]) -> tuple[Vertex, ...]:
    """Join what makes up one step: a linked COPY is made, and then joined to what stands below it.
    It ran if it was made.
    """
    links: dict[str, Vertex] = {}
    found: list[Vertex] = []
    for vertex in vertices:
        if re.match(rf"(?:\[[^\]]*\] )?{LINK}", vertex.name):
            links[vertex.name.replace(f"] {LINK}", "] ", 1)] = vertex
        else:
            found.append(vertex)
    names = {name for vertex in found for name in vertex.names}
    alone = (
        each._replace(names=(name,))
        for name, each in links.items()
        if name not in names and read_label(name) is not None
    )
    return (*found, *alone)

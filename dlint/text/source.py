"""Text, offsets and edits. The only code that counts lines and columns."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from operator import add

from dlint.text.lazy import lazy
from dlint.text.units import quoted
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

BOM = "\ufeff"


class Span(NamedTuple):
    """Half-open range of offsets, in characters, into `Source.text`."""

    start: int
    end: int


class Position(NamedTuple):
    """Line and column as people count them: from 1, columns in characters."""

    line: int
    column: int


class Edit(NamedTuple):
    """Replace `span` by `text`, in the file of the finding or in `path` (relative to the build
    context).
    """

    span: Span
    text: str
    path: str | None = None


class Source:
    """A file's text. Offsets count characters of `text`, which holds no byte order mark.

    Bytes that are not UTF-8 become lone surrogates, so `encode` gives back exactly what was read.
    Lines end at LF alone, as in BuildKit: a lone CR, a form feed or U+2028 is text. Sources of one
    path and one text are equal.
    """

    def __init__(self, path: str, text: str, bom: bool = False) -> None:  # noqa: FBT001, FBT002  as the others are given
        self.path = path
        self.text = text
        self.bom = bom

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    @property
    def _value(self) -> tuple[str, str, bool]:
        return self.path, self.text, self.bom

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Decode `data`; no input fails."""
        text = data.decode("utf-8", "surrogateescape")
        bom = text.startswith(BOM)
        return cls(path, text[1:] if bom else text, bom)

    @lazy
    def line_starts(self) -> tuple[int, ...]:
        """Offset of each line's first character; the text after a final LF is a line too."""
        lines = self.text.split("\n")
        return tuple(map(add, accumulate(map(len, lines), initial=0), range(len(lines))))

    def quoted(self, span: Span) -> str:
        """Return the text of `span` in backticks, its lines joined and shortened, for messages."""
        return quoted(self[span].replace("\\\n", " "))

    def position(self, offset: int) -> Position:
        """Where `offset` stands."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, offset: int) -> int:
        """Return the number of the line that holds `offset`."""
        return bisect_right(self.line_starts, offset)

    def line_span(self, line: int) -> Span:
        """Line `line` (from 1) with its line end; past the last line an empty span at the end."""
        starts = self.line_starts
        if line > len(starts):
            return Span(len(self.text), len(self.text))
        return Span(starts[line - 1], starts[line] if line < len(starts) else len(self.text))

    def line_text(self, line: int) -> str:
        """Line `line` (from 1) without its line end."""
        return self.text[slice(*self.line_span(line))].rstrip("\r\n")

    def __getitem__(self, span: Span) -> str:
        return self.text[span.start : span.end]

    @property
    def newline(self) -> str:
        """The file's own line end: that of its first line, LF where it has none."""
        end = self.text.find("\n")
        return "\r\n" if end > 0 and self.text[end - 1] == "\r" else "\n"

    def encode(self) -> bytes:
        """Return the file's bytes, as they were read."""
        return ((BOM if self.bom else "") + self.text).encode("utf-8", "surrogateescape")

    def edited(self, edits: Iterable[Edit]) -> Source:
        """Return the source with `edits` (of this file, none overlapping) applied."""
        out, at = [], 0
        for edit in sorted(edits):
            if edit.span.start < at:
                raise ValueError(f"edits overlap at offset {edit.span.start}")
            out += [self.text[at : edit.span.start], edit.text]
            at = edit.span.end
        return Source(self.path, "".join([*out, self.text[at:]]), self.bom)


class Mapped(NamedTuple):
    """Text joined from pieces of a source, such as a RUN's script without its line continuations.

    `starts` are offsets in `text` where a piece begins (the first is 0), `origins` the offsets in
    `Source.text` they came from; each offset leads back to the file.
    """

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)

    def offset(self, at: int) -> int:
        """Where the character at `at` stands in the source; `len(text)` is one past the last
        character.
        """
        if at == len(self.text) and at:
            return self.offset(at - 1) + 1
        piece = bisect_right(self.starts, at) - 1
        return self.origins[piece] + at - self.starts[piece]

    def span(self, start: int, end: int) -> Span:
        """Source span from the first to the last character of `text[start:end]`."""
        if len(self.starts) == 1:
            origin = self.origins[0]
            return Span(origin + start, origin + max(start, end))
        if end <= start:
            at = self.offset(start)
            return Span(at, at)
        return Span(self.offset(start), self.offset(end - 1) + 1)

    def find(self, offset: int) -> int:
        """Where the source's character at `offset`, one that is in `text`, stands in it; pieces
        must be in order.
        """
        piece = bisect_right(self.origins, offset) - 1
        return self.starts[piece] + offset - self.origins[piece]

    def slice(self, start: int, end: int) -> Mapped:
        """Return `text[start:end]`, still mapped."""
        if len(self.starts) == 1:
            return Mapped(self.text[start:end], (0,), (self.origins[0] + start,))
        first = bisect_right(self.starts, start) - 1
        last = max(bisect_right(self.starts, max(start, end - 1)), first + 1)
        starts = [max(0, s - start) for s in self.starts[first:last]]
        origins = list(self.origins[first:last])
        origins[0] += start - self.starts[first]
        return Mapped(self.text[start:end], tuple(starts), tuple(origins))

"""Places in a text as the protocol has them: lines from 0, and columns in the units that client and
server agreed on.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from dlint.text.patterns import regex
from dlint.text.source import BOM, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlint.text.source import Source

# What ends a line in the protocol; in a Dockerfile a lone CR does not.
_END = regex(r"\r\n|\n|\r")
_LAST_OF_PLANE = "\uffff"  # UTF-16 has two units for a character after it


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _utf16(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(each > _LAST_OF_PLANE for each in text)


_UNITS: dict[str, Callable[[str], int]] = {
    lsp.PositionEncodingKind.Utf8: _utf8,
    lsp.PositionEncodingKind.Utf16: _utf16,
    lsp.PositionEncodingKind.Utf32: len,
}


class Lines:
    """The lines of a source, to translate between its offsets and the protocol's positions."""

    def __init__(self, source: Source, encoding: str, *, shows_bom: bool = False) -> None:
        """Count in `encoding`; `shows_bom` tells that the client's text begins with a byte order
        mark, which the source's does not.
        """
        self._text = source.text
        self._units = _UNITS.get(encoding, _utf16)
        self._starts = [0, *(match.end() for match in _END.finditer(self._text))]
        self._before = self._units(BOM) if shows_bom else 0

    def position(self, offset: int) -> lsp.Position:
        """Return where `offset` stands."""
        line = bisect_right(self._starts, offset) - 1
        column = self._units(self._text[self._starts[line] : offset])
        return lsp.Position(line, column if line else column + self._before)

    def range(self, span: Span) -> lsp.Range:
        """Return a span as the protocol has it."""
        return lsp.Range(self.position(span.start), self.position(span.end))

    def offset(self, position: lsp.Position) -> int:
        """Return the offset of a position; of one that is past the line's or the text's end, the
        end.
        """
        if position.line >= len(self._starts):
            return len(self._text)
        start, text = self._starts[position.line], self._line(position.line)
        units = position.character - (0 if position.line else self._before)
        at = 0
        while at < len(text) and units > 0:
            units -= self._units(text[at])
            at += 1
        return start + at

    def span(self, found: lsp.Range) -> Span:
        """Return a range as a span."""
        return Span(self.offset(found.start), self.offset(found.end))

    def _line(self, line: int) -> str:
        """Return the text of a line (from 0) without its end."""
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self._text)
        return self._text[self._starts[line] : end].rstrip("\r\n")

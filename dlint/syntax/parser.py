"""Source -> Dockerfile, standing on dockerfile-parse.

dockerfile-parse reads lines as Docker did before here-documents. It is given a shadow of the file
instead: as many lines, each instruction joined on its first line, the lines that it spans and its
here-documents empty, comments kept. What it then finds has BuildKit's lines, and a table by line
leads back to the text.
"""

from __future__ import annotations

import io
import re

from dlint.context import moby
from dlint.findings import Severity
from dlint.syntax.instructions import (
    Directive,
    Dockerfile,
    Heredoc,
    Instruction,
    Joined,
    Problem,
    make,
    split_keyword,
    upper,
)
from dlint.syntax.library import DockerfileParser
from dlint.syntax.words import SPACE, join, json_words, split_flags, trimmed
from dlint.text.source import Mapped, Span
from dlint.typed import cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypedDict

    from dlint.text.source import Source

    class Record(TypedDict):
        """One entry of `DockerfileParser.structure`; lines count from 0."""

        instruction: str
        startline: int
        endline: int
        content: str
        value: str


class _Parser(DockerfileParser):  # type: ignore[misc]  # dockerfile-parse has no type hints
    """dockerfile-parse, reading the shadow; its setters, which would write to disk, have nothing to
    set.
    """

    def __init__(self, shadow: list[str]) -> None:
        super().__init__(fileobj=io.BytesIO())
        self._shadow = shadow

    @property
    def lines(self) -> list[str]:
        return self._shadow

    @property
    def records(self) -> list[Record]:
        return cast("list[Record]", self.structure)


def parse(source: Source) -> Dockerfile:
    """Read `source`; whatever it holds, the rest of the file is read and `problems` tells what is
    wrong.

    Takes time in proportion to the file's size.
    """
    fold = _Fold(source)
    instructions: list[Instruction] = []
    comments: list[tuple[str, int, bool]] = []
    inside_until = 0
    for record in _Parser(fold.shadow).records:
        line = record["startline"] + 1
        joined = fold.joined.get(line)
        if joined is None:
            comments.append((record["value"], line, line <= inside_until))
        else:
            inside_until = joined.end_line
            value_at = fold.value_at(line, record["value"])
            instructions.append(make(record["instruction"], joined, value_at, len(instructions)))
    return Dockerfile(
        source, fold.escape, tuple(fold.directives), tuple(instructions), comments, fold.problems
    )


_DIRECTIVE = rf"#[{SPACE}]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*="
_DIRECTIVE_NAMES = {"syntax", "escape", "check"}
_UNDECODED = "[\udc80-\udcff]+"
_MAX_LINE = 65535  # bytes, with the line end one more: the buffer of BuildKit's scanner
_HOLDS_HEREDOC = {"ADD", "COPY", "RUN"}

# Where dockerfile-parse sees white space, or the letter S, and BuildKit does not, the shadow shows
# it a mark instead. Offsets stay, and the value's text is cut from the real line.
_ODD = "[\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u017f]"
_ODD_ASCII = "\x1c\x1d\x1e\x1f"
_MARK = "\ufffd"


# What a script writes in place of a Dockerfile that it could not make, or a person until there is
# one.
_PLACEHOLDER = r"(?i)\bplaceholder\b|\bauto-?generated\b"


def _has_odd(text: str) -> bool:
    if text.isascii():
        return any(character in text for character in _ODD_ASCII)
    return re.search(_ODD, text) is not None


class _Fold:
    """One pass over the physical lines by BuildKit's rules."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.escape = "\\"
        self.directives: list[Directive] = []
        self.problems: list[Problem] = []
        self.joined: dict[int, Joined] = {}
        self._marks: dict[int, int] = {}  # marks appended to the shadow's line, by line
        self._odd = _has_odd(source.text)
        self._space = (
            SPACE if self._odd else None
        )  # None is Python's own white space: the same here, and faster
        self._lines = source.text.split("\n")
        if not self._lines[-1]:
            self._lines.pop()
        self._starts = source.line_starts
        self.shadow = [""] * len(self._lines)
        self._check_text()
        self._read(self._read_directives())
        if not self.joined:
            severity = Severity.INFO if re.search(_PLACEHOLDER, source.text) else Severity.ERROR
            whole = Span(0, len(source.text))
            self.problems.append(Problem("the file has no instruction", whole, severity))

    def value_at(self, line: int, shown: str) -> int:
        """Return where the value begins in the joined line, by the value that dockerfile-parse read
        of the shadow.
        """
        text = self.joined[line].text.text
        if self._odd:
            return split_keyword(text)[1]
        return len(text) + self._marks.get(line, 0) - len(shown)

    def _error(self, message: str, span: Span) -> None:
        self.problems.append(Problem(message, span, Severity.ERROR))

    def _warning(self, message: str, span: Span) -> None:
        self.problems.append(Problem(message, span, Severity.WARNING))

    def _line_end(self, index: int) -> int:
        return self._starts[index] + len(self._lines[index].rstrip("\r"))

    def _line_span(self, index: int) -> Span:
        return Span(self._starts[index], self._line_end(index))

    def _check_text(self) -> None:
        text = self.source.text
        if not text.isascii() and (match := re.search(_UNDECODED, text)):
            self._warning("bytes that are not UTF-8", Span(*match.span()))
        if len(text) * 4 <= _MAX_LINE:
            return
        last = len(self._lines) - 1
        for index, line in enumerate(self._lines):
            if len(line) * 4 > _MAX_LINE:
                size = len(line.encode("utf-8", "surrogateescape")) + (
                    index == last and not text.endswith("\n")
                )
                if size > _MAX_LINE:
                    self._error(
                        f"the line is longer than the {_MAX_LINE} bytes that BuildKit reads",
                        self._line_span(index),
                    )

    def _read_directives(self) -> int:
        """Read the directives at the top; return the index of the first line that is none."""
        seen: set[str] = set()
        for index, line in enumerate(self._lines):
            stripped = line.lstrip(SPACE)
            match = re.match(_DIRECTIVE, stripped) if stripped.startswith("#") else None
            name = match[1].lower() if match else ""
            rest = stripped[match.end() :].rstrip("\r") if match else ""
            if name not in _DIRECTIVE_NAMES or not rest:
                return index
            value = rest.strip("\t\n\f\r ") or rest[-1]
            end = self._line_end(index)
            span = Span(end - len(stripped.rstrip("\r")), end)
            if name in seen:
                self._error(f"the directive `{name}` occurs a second time", span)
                continue
            seen.add(name)
            self.directives.append(Directive(name, value, span))
            if name == "escape":
                self._set_escape(value, span)
        return len(self._lines)

    def _set_escape(self, value: str, span: Span) -> None:
        if value in {"\\", "`"}:
            self.escape = value
        else:
            self._error(f"the escape character must be \\ or `, not {value!r}", span)

    def _read(self, index: int) -> None:
        lines, space, count = self._lines, self._space, len(self._lines)
        while index < count:
            line = lines[index]
            stripped = line.lstrip(space)
            if not stripped:
                index += 1
            elif stripped[0] == "#":
                self.shadow[index] = stripped
                index += 1
            else:
                index = self._read_instruction(
                    index, stripped, self._starts[index] + len(line) - len(stripped)
                )

    def _continued(self, line: str) -> int:
        """Return the length of `line` before the escape character that continues it, -1 where the
        line ends.
        """
        bare = line.rstrip(" \t")
        end = len(bare) - 1
        if end < 0 or bare[end] != self.escape or (end and bare[end - 1] == self.escape):
            return -1
        return end

    def _read_instruction(self, first: int, line: str, origin: int) -> int:
        """Join the instruction that begins at line `first`; return the index of the line after
        it.
        """
        cut = self._continued(line.rstrip("\r"))
        if cut < 0:
            after, text = first + 1, Mapped(line.rstrip(self._space), (0,), (origin,))
        else:
            after, pieces = self._read_continuation(first, (line[:cut], origin))
            text = trimmed(join(pieces))
        if not text.text:
            return after
        heredocs: tuple[Heredoc, ...] = ()
        if "<<" in text.text and _may_hold_heredoc(text, self.escape):
            after, heredocs = self._read_heredocs(text, first, after)
        self.joined[first + 1] = Joined(
            text, first + 1, after, self._line_end(after - 1), self.escape, heredocs
        )
        self.shadow[first] = self._shadowed(text.text, first + 1)
        return after

    def _shadowed(self, text: str, line: int) -> str:
        if self._odd:
            text = re.sub(_ODD, _MARK, text)
        if text[-1] in "\\`":  # dockerfile-parse would take it for a continuation
            self._marks[line] = 1
            text += _MARK
        return f"{text}\n"

    def _read_continuation(
        self, first: int, piece: tuple[str, int]
    ) -> tuple[int, list[tuple[str, int]]]:
        """Collect the pieces of a continued line; comments and blank lines in between are
        skipped.
        """
        pieces = [piece]
        lines, starts, space = self._lines, self._starts, self._space
        empty = 0
        after = len(lines)
        for index in range(first + 1, len(lines)):
            line = lines[index].rstrip("\r")
            stripped = line.lstrip(space)
            if not stripped:
                empty = empty or index
            elif stripped[0] == "#":
                self.shadow[index] = stripped
            else:
                cut = self._continued(line)
                pieces.append((line if cut < 0 else line[:cut], starts[index]))
                if cut < 0:
                    after = index + 1
                    break
        else:
            text, origin = pieces[-1]
            at = origin + len(text)
            if any(text.strip(SPACE) for text, _ in pieces):
                self._warning("the file ends in a line continuation", Span(at, at + 1))
            else:
                self._error("a line continuation that continues nothing", Span(at, at + 1))
        if empty:
            self._warning("an empty line inside a continued instruction", self._line_span(empty))
        return after, pieces

    def _read_heredocs(
        self, text: Mapped, first: int, after: int
    ) -> tuple[int, tuple[Heredoc, ...]]:
        try:
            marks = moby.heredocs(text.text)
        except ValueError as error:
            self._error(str(error), text.span(0, len(text.text)))
            return after, ()
        heredocs = []
        for mark in marks:
            after, heredoc = self._read_heredoc(mark, after)
            heredocs.append(heredoc)
        still_open = [heredoc.name for heredoc in heredocs if not heredoc.closed]
        if still_open:
            self._error(f"the here-document {still_open[0]} does not end", self._line_span(first))
        return after, tuple(heredocs)

    def _read_heredoc(self, mark: moby.HeredocMark, first: int) -> tuple[int, Heredoc]:
        lines, starts = self._lines, self._starts
        start = starts[first] if first < len(lines) else len(self.source.text)
        for index in range(first, len(lines)):
            line = lines[index].rstrip("\r")
            if (line.lstrip("\t") if mark.chomp else line) == mark.name:
                end = starts[index] + len(line)
                after, closing, closed = index + 1, Span(end - len(mark.name), end), True
                body = Span(start, starts[index])
                break
        else:
            end = len(self.source.text)
            after, closing, closed = len(lines), Span(end, end), False
            body = Span(start, end)
        text = self.source[body]
        return after, Heredoc(
            mark.name, text, mark.expand, mark.chomp, body, mark.fd, closing, closed
        )


def _may_hold_heredoc(text: Mapped, escape: str, *, outer: bool = True) -> bool:
    """Whether the instruction is one that may hold here-documents, and not in exec form."""
    keyword, at = split_keyword(text.text)
    name = upper(keyword)
    rest = split_flags(text.slice(at, len(text.text)), escape)[1]
    if outer and name == "ONBUILD":
        return _may_hold_heredoc(rest, escape, outer=False)
    return name in _HOLDS_HEREDOC and json_words(rest) is None

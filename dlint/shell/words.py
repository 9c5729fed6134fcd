"""A shell word as its program gets it: quotes, braces, variables."""

from __future__ import annotations

import re
from functools import lru_cache

from dlint.shell.nodes import PLAIN
from dlint.text.patterns import regex
from dlint.text.safe import DIGITS
from dlint.text.source import Mapped
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_WORDS = 64  # more than a hand-written brace expansion makes; `{1..99999}` is left as written
MAX_TRIMMED = 4096  # characters of a value whose ends `${x%…}` is tried at
# A slash of the pattern in `${x/pattern/replacement}`, and what stands for it meanwhile.
_ESCAPED_SLASH, _SLASH = "\\/", "\0"
MAX_BRACES = 32
# Characters that one word comes to: each of two thousand words may be twice the one before.
MAX_VALUE = 1 << 15

_PIECE = regex(
    r"""
    (?P<single>'[^']*')
  | (?P<ansi>\$'(?:\\.|[^'\\])*')
  | (?P<double>\$?")
  | (?P<escape>\\(?:.|\Z))
  | (?P<plain>[^'"\\$`*?\[]+)
  | (?P<glob>[*?\[])
  | (?P<dollar>[$`])
    """,
    re.VERBOSE | re.DOTALL,
)
_VARIABLE = regex(
    r"\$(?:(\w+|[@*#])|\{(\w+|[@*#])\}|\{(\w+)(:?[-+=?]|%%?|\#\#?|//?)(.*)\}|[?$!-])\Z", re.DOTALL
)
# What prints the files that fit a pattern, or one of them: the word stands for the pattern.
_PRINTED = regex(
    r"\$\(\s*(?:ls(?:\s+-[1drt]+)?|echo)\s+(?P<path>[\w./?+-]*\*[\w./*?+-]*)"
    r"(?:\s*\|\s*(?:head|tail)\s+(?:-n\s*|-)1)?\s*\)\Z"
)
_BACKQUOTED = regex(r"`(?:\\.|[^`\\])*`?", re.DOTALL)
_OF_STRING = regex(r'["\\$`]')
_OF_BRACKETS = regex(r"""[\\'"(){}]""")
_NAME = regex(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])")
_QUOTED_ESCAPE = regex(r'\\([\\"$`\n])')
_RANGE = regex(r"(-?\d+)\.\.(-?\d+)\Z|([a-z])\.\.([a-z])\Z")


class Value(NamedTuple):
    """One word after expansion: see `ShellWord` for the fields."""

    text: str | None
    form: str
    glob: bool


class Piece(NamedTuple):
    """A stretch of a raw word: `kind` is "text" (`text` is what it stands for), "glob" or
    "expansion".
    """

    kind: str
    text: str
    quoted: bool
    start: int


def values(raw: str, variables: Mapping[str, str | None]) -> list[Value]:
    """Expand one raw word; several come out of braces and unquoted variables, none out of an empty
    variable.
    """
    if PLAIN.match(raw):
        return [Value(raw, raw, glob=False)]
    if raw[:2] in {"<(", ">("}:
        return [Value(None, raw, glob=False)]
    if "$" not in raw and "`" not in raw and raw[:1] != "~":
        return _constant(raw)
    return [value for word in braces(raw) for value in _expand(word, variables)]


@lru_cache(4096)
def _constant(raw: str) -> list[Value]:
    """Expand a word that no variable changes; flags in quotes and globs come again and again."""
    return [value for word in braces(raw) for value in _expand(word, {})]


def literal(raw: str, variables: Mapping[str, str | None]) -> Value:
    """Expand the right side of an assignment or a redirect's target: never split."""
    out = _Fields(split=False)
    for piece in pieces(raw):
        out.add(piece, variables)
    return out.end()[0]


def _expand(raw: str, variables: Mapping[str, str | None]) -> list[Value]:
    out = _Fields(split=True)
    for piece in pieces(raw):
        out.add(piece, variables)
    if raw.startswith("~") and out.form[:1] == "~":
        out.home(variables.get("HOME"))
    return out.end()


class _Fields:
    """Collects a word's pieces; an unquoted value with blanks starts further words."""

    def __init__(self, *, split: bool) -> None:
        self.split = split
        self.done: list[Value] = []
        self.form, self.known, self.glob, self.open = "", True, False, not split
        self.left = MAX_VALUE

    def add(self, piece: Piece, variables: Mapping[str, str | None]) -> None:
        if piece.kind == "expansion":
            value = expansion(piece.text, variables)
            self.left -= len(value or "")
            if value is None or self.left < 0:
                self.known = False
                self._append(canonical(piece.text))
            elif piece.quoted or not self.split:
                self.glob = self.glob or "*" in value  # of a pattern that a command printed
                self._append(value)
            else:
                self._spread(value)
            return
        self.glob = self.glob or piece.kind == "glob"
        self._append(piece.text)

    def _append(self, text: str) -> None:
        self.form += text
        self.open = True

    def _spread(self, value: str) -> None:
        self.glob = self.glob or any(sign in value for sign in "*?[")
        if value[:1].isspace() and self.open:
            self._finish()
        for number, field in enumerate(value.split()):
            if number:
                self._finish()
            self._append(field)
        if value[-1:].isspace() and self.open:
            self._finish()

    def _finish(self) -> None:
        self.done.append(Value(self.form if self.known else None, self.form, self.glob))
        self.form, self.known, self.glob, self.open = "", True, False, False

    def home(self, home: str | None) -> None:
        """Replace a leading `~`; other users' homes are not known."""
        user, slash, rest = self.form.partition("/")
        if user == "~" and home:
            self.form = home + slash + rest
        else:
            self.known = False

    def end(self) -> list[Value]:
        if self.open:
            self._finish()
        return self.done


def pieces(raw: str) -> Iterator[Piece]:
    """Cut a raw word where quoting and expansions begin and end. Unclosed quotes run to the end."""
    at = 0
    while match := _PIECE.match(raw, at):
        kind, text, start = match.lastgroup, match[0], at
        at = match.end()
        if kind == "plain":
            yield Piece("text", text, quoted=False, start=start)
        elif kind == "single":
            yield Piece("text", text[1:-1], quoted=True, start=start + 1)
        elif kind == "escape":
            yield Piece("text", text[1:].replace("\n", ""), quoted=True, start=start + 1)
        elif kind == "ansi":
            yield Piece("text", _ansi(text[2:-1]), quoted=True, start=start + 2)
        elif kind == "glob":
            yield Piece("glob", text, quoted=False, start=start)
        elif kind == "dollar":
            at = skip(raw, start)
            whole = raw[start:at]
            yield Piece("text" if whole == "$" else "expansion", whole, quoted=False, start=start)
        else:
            end = _closing_quote(raw, at)
            yield from _in_quotes(raw, at, end)
            at = end + 1
    if at < len(raw):
        yield Piece("text", raw[at:], quoted=True, start=at)


def _in_quotes(raw: str, at: int, end: int) -> Iterator[Piece]:
    """Yield the pieces between double quotes; an empty string is a piece too."""
    start = at
    yield Piece("text", "", quoted=True, start=at)
    while at < end:
        sign = raw[at]
        if sign == "\\" and _QUOTED_ESCAPE.match(raw, at):
            yield Piece("text", raw[start:at], quoted=True, start=start)
            yield Piece("text", raw[at + 1].replace("\n", ""), quoted=True, start=at + 1)
            start = at = at + 2
        elif sign in "$`" and (after := min(skip(raw, at), end)) > at + 1:
            yield Piece("text", raw[start:at], quoted=True, start=start)
            yield Piece("expansion", raw[at:after], quoted=True, start=at)
            start = at = after
        else:
            at += 1
    yield Piece("text", raw[start:end], quoted=True, start=start)


def _closing_quote(raw: str, at: int) -> int:
    """Return the offset of the `"` that closes a string whose text starts at `at`."""
    while found := _OF_STRING.search(raw, at):
        at = found.start()
        if raw[at] == '"':
            return at
        at = at + 2 if raw[at] == "\\" else max(skip(raw, at), at + 1)
    return len(raw)


def skip(raw: str, at: int) -> int:
    """Return the offset after the expansion that starts at `raw[at]`, a `$` or a backquote; `at +
    1` if none does.
    """
    if raw[at] == "`":
        match = _BACKQUOTED.match(raw, at)
        return match.end() if match else at + 1
    opening = raw[at + 1 : at + 2]
    if opening and opening in "({":
        return _balanced(raw, at + 1, opening, ")" if opening == "(" else "}")
    match = _NAME.match(raw, at)
    return match.end() if match else at + 1


def _balanced(raw: str, at: int, opening: str, closing: str) -> int:
    """Return the offset after the bracket that closes the one at `at`, quotes respected."""
    depth = 0
    while found := _OF_BRACKETS.search(raw, at):
        at, sign = found.start(), found[0]
        if sign == "\\":
            at += 1
        elif sign == "'" and opening == "(":
            at = raw.find("'", at + 1)
            if at < 0:
                return len(raw)
        elif sign == '"':
            at = _flat_quote(raw, at + 1)
        elif sign == opening:
            depth += 1
        elif sign == closing:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(raw)


def _flat_quote(raw: str, at: int) -> int:
    """Return the offset of the next `"` that no backslash hides; what nests in between is not
    looked at.
    """
    while at < len(raw) and raw[at] != '"':
        at += 2 if raw[at] == "\\" else 1
    return at


def _ansi(text: str) -> str:
    r"""Return what `$'...'` stands for, for the escapes that people write: \n, \t, \\, \'."""
    return re.sub(
        r"\\(.)", lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), text
    )


def canonical(text: str) -> str:
    """Write `$X` as `${X}`, so that equal expansions look equal."""
    return f"${{{text[1:]}}}" if re.fullmatch(r"\$\w+", text) else text


def expansion(text: str, variables: Mapping[str, str | None]) -> str | None:
    """Return the value of `$X`, `${X}`, `${X<operator>word}` or `$(ls PATTERN)`; None where it is
    not known.
    """
    if text.startswith("$("):
        printed = _PRINTED.match(text)
        return printed["path"] if printed else None
    match = _VARIABLE.match(text)
    if not match:
        return None
    name = match[1] or match[2] or match[3]
    value = variables.get(name) if name else None
    if value is None or not match[4]:
        return value
    return _operate(value, match[4], match[5], variables)


def _operate(
    value: str, operator: str, word: str, variables: Mapping[str, str | None]
) -> str | None:
    """Apply an operator to a variable that is set."""
    if operator[-1] in "-=?":
        return value if value or operator[0] != ":" else literal(word, variables).text
    if operator[-1] == "+":
        return literal(word, variables).text if value or operator[0] != ":" else ""
    escaped = word.replace(_ESCAPED_SLASH, _SLASH) if operator[0] == "/" else word
    argument = literal(escaped, variables)
    if argument.text is None:
        return None
    return _trimmed(value, operator, argument.text)


def _replaced(value: str, word: str, count: int) -> str:
    """Replace what matches the pattern of `pattern/replacement` in a value."""
    from fnmatch import translate

    pattern, replacement = (each.replace(_SLASH, "/") for each in word.partition("/")[::2])
    inner = translate(pattern).removeprefix("(?s:").rpartition(")")[0]
    return re.sub(inner, lambda _: replacement, value, count=count) if pattern else value


def _trimmed(value: str, operator: str, word: str) -> str | None:
    """Apply `%`, `%%`, `#`, `##`, `/` or `//`; None for what is too long to try all cuts of."""
    from fnmatch import translate  # only these operators need it

    if len(value) > MAX_TRIMMED or len(word) > MAX_TRIMMED:
        return None
    if operator[0] == "/":
        return _replaced(value, word, count=0 if operator == "//" else 1)
    matches = re.compile(translate(word)).match
    cuts = range(len(value) + 1)
    if operator[0] == "#":
        found = [at for at in cuts if matches(value[:at])]
        return value[found[-1 if operator == "##" else 0] :] if found else value
    found = [at for at in cuts if matches(value[at:])]
    return value[: found[0 if operator == "%%" else -1]] if found else value


def braces(raw: str) -> list[str]:
    """Expand `{a,b}` and `{1..3}` as bash does (dash leaves them alone; whoever wrote them meant
    bash).
    """
    if not 0 < raw.count("{") <= MAX_BRACES:
        return [raw]
    for start in _brace_starts(raw):
        end = _balanced(raw, start, "{", "}")
        if raw[end - 1 : end] != "}" or end - 1 == start:
            continue
        options = _alternatives(raw[start + 1 : end - 1])
        if options is None:
            continue
        tails = braces(raw[end:])
        words = [
            raw[:start] + middle + tail
            for option in options
            for middle in braces(option)
            for tail in tails
        ]
        return words if len(words) <= MAX_WORDS else [raw]
    return [raw]


def _brace_starts(raw: str) -> list[int]:
    """Return the offsets of opening braces that are neither quoted nor a part of `${`."""
    starts = []
    for piece in pieces(raw):
        if piece.kind == "text" and not piece.quoted:
            starts += [piece.start + at for at, sign in enumerate(piece.text) if sign == "{"]
    return starts


def _alternatives(inner: str) -> list[str] | None:
    """Split the inside of a brace at its own commas, or count a range; None where it is neither."""
    if match := _RANGE.match(inner):
        return _range(match)
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(inner):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and not depth:
            parts.append(inner[start:at])
            start = at + 1
    return [*parts, inner[start:]] if parts else None


def _range(match: re.Match[str]) -> list[str] | None:
    if match[1] and max(len(match[1]), len(match[2])) > DIGITS:
        return None
    first, last = (int(match[1]), int(match[2])) if match[1] else (ord(match[3]), ord(match[4]))
    if abs(last - first) >= MAX_WORDS:
        return None
    step = 1 if last >= first else -1
    numbers = range(first, last + step, step)
    return [str(number) for number in numbers] if match[1] else [chr(number) for number in numbers]


def unquoted(script: Mapped, start: int, end: int) -> Mapped:
    """Return the text that a quoted word `script.text[start:end]` hands on as a script, still
    mapped to the source.

    Expansions stay as written: the inner shell reads them under the same names.
    """
    raw = script.text[start:end]
    return joined(
        script.slice(start + piece.start, start + piece.start + len(piece.text))
        for piece in pieces(raw)
        if piece.text and raw.startswith(piece.text, piece.start)
    )


def joined(parts: Iterable[Mapped]) -> Mapped:
    """Join mapped texts into one."""
    text: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for part in parts:
        text.append(part.text)
        starts += [length + start for start in part.starts]
        origins += part.origins
        length += len(part.text)
    return Mapped("".join(text), tuple(starts), tuple(origins)) if starts else Mapped("")

"""Text into words as BuildKit cuts it: blanks, quotes, flags, JSON arrays; each word keeps its
place.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate

from dlint.text.patterns import regex
from dlint.text.safe import json_value
from dlint.text.source import Mapped, Span
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Go's unicode.IsSpace. Python's str.isspace also takes U+001C to U+001F, which BuildKit reads as
# text.
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
BLANK = "\t\v\f\r "  # what ends a keyword and the words of COPY, FROM and the like

_PLAIN_WORD = regex(f"[^{BLANK}]+")
# Patterns that many files have no use for are compiled when first used: compiling takes longer than
# parsing.
_JSON_STRING = r'[ \t\r]*+("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")[ \t\r]*+'

_SURROGATE = "[\ud800-\udfff]"


class Word(NamedTuple):
    """One word as written: quotes and variables kept, line continuations removed."""

    text: str
    span: Span


class Flag(NamedTuple):
    """A flag such as `--from=build`: name without dashes, value without quotes, None where there is
    no `=`.
    """

    name: str
    value: str | None
    span: Span


def join(pieces: Sequence[tuple[str, int]]) -> Mapped:
    """Join pieces of a source, each given as its text and the offset it comes from."""
    texts = [text for text, _ in pieces]
    starts = (0, *accumulate(map(len, texts[:-1])))
    return Mapped("".join(texts), starts, tuple(origin for _, origin in pieces))


def trimmed(text: Mapped) -> Mapped:
    """Return `text` without white space at both ends."""
    whole = text.text
    end = len(whole.rstrip(SPACE))
    start = len(whole) - len(whole.lstrip(SPACE))
    return text if not start and end == len(whole) else text.slice(min(start, end), end)


def whole(text: Mapped) -> tuple[Word, ...]:
    """Return all of `text` as one word, none where it is empty."""
    return (Word(text.text, text.span(0, len(text.text))),) if text.text else ()


def plain_words(text: Mapped) -> tuple[Word, ...]:
    """Split at blanks; quotes mean nothing (COPY, ADD, FROM, EXPOSE, VOLUME)."""
    return _matches(_PLAIN_WORD, text)


def quoted_words(text: Mapped, escape: str) -> tuple[Word, ...]:
    """Split at white space outside quotes; quotes and escapes stay in the words (ENV, LABEL,
    ARG).
    """
    return _matches(_quoted_word(escape), text)


def _matches(pattern: re.Pattern[str], text: Mapped) -> tuple[Word, ...]:
    if len(text.starts) > 1:
        return tuple(Word(m[0], text.span(*m.span())) for m in pattern.finditer(text.text))
    at = text.origins[0]  # all of one piece, as most are
    return tuple(
        Word(m[0], Span(at + m.start(), at + m.end())) for m in pattern.finditer(text.text)
    )


@cache
def _quoted_word(escape: str) -> re.Pattern[str]:
    # An unclosed quote runs to the end; an escape character at the very end is dropped.
    e = re.escape(escape)
    return re.compile(
        rf"""(?s)(?:[^{SPACE}'"{e}]++|{e}.|'[^']*+'?|"(?:[^"{e}]|{e}.)*+"?)++""",
    )


@cache
def _flag_word(escape: str) -> re.Pattern[str]:
    # Unlike in other words, an escape counts in single quotes too.
    e = re.escape(escape)
    return re.compile(
        rf"""(?s)[{SPACE}]*+(--(?:[^{SPACE}'"{e}]++|{e}.|'(?:[^'{e}]|{e}.)*+'?|"(?:[^"{e}]|{e}.)*+"?)*+){e}?""",
    )


@cache
def _flag_quoting(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return re.compile(rf"""(?s)'((?:[^'{e}]|{e}.)*+)'?|"((?:[^"{e}]|{e}.)*+)"?|{e}(.)""")


def split_flags(text: Mapped, escape: str) -> tuple[tuple[Flag, ...], Mapped]:
    """Return the leading `--name[=value]` words and what follows them, trimmed; a bare `--` ends
    them.
    """
    flags: list[Flag] = []
    at = 0
    for start, end, word in _flag_words(text.text, escape):
        at = end
        if word == "--":
            break
        name, has_value, value = word[2:].partition("=")
        flags.append(Flag(name, value if has_value else None, text.span(start, end)))
    return tuple(flags), trimmed(text.slice(at, len(text.text))) if at else text


def _flag_words(text: str, escape: str) -> Iterator[tuple[int, int, str]]:
    pattern, at = _flag_word(escape), 0
    while match := pattern.match(text, at):
        yield *match.span(1), _unquoted(match[1], escape)
        at = match.end()


def _unquoted(word: str, escape: str) -> str:
    """Remove quotes and escapes as BuildKit does for flags."""
    if "'" not in word and '"' not in word and escape not in word:
        return word
    escaped = re.compile(rf"(?s){re.escape(escape)}(.)")
    return _flag_quoting(escape).sub(lambda m: m[3] or escaped.sub(r"\1", m[1] or m[2] or ""), word)


def json_words(text: Mapped) -> tuple[Word, ...] | None:
    """Return the strings of a JSON array, each with the place between its quotes; None where `text`
    is no such array.

    The array must be all of `text`: with anything after it BuildKit reads shell form (since
    Dockerfile 1.8).
    """
    source = text.text
    if source[:1] != "[" or source[-1:] != "]":
        return None
    words: list[Word] = []
    at, end = 1, len(source) - 1
    if not source[at:end].strip(" \t\r"):
        return ()
    string = re.compile(_JSON_STRING)
    while match := string.match(source, at, end):
        words.append(Word(_json_string(match[1]), text.span(match.start(1) + 1, match.end(1) - 1)))
        at = match.end()
        if at == end:
            return tuple(words)
        if source[at] != ",":
            return None
        at += 1
    return None


def _json_string(literal: str) -> str:
    """Decode a string as Go does, to which half a surrogate pair or a bad byte is U+FFFD."""
    text: str = json_value(literal)
    return text if text.isascii() else re.sub(_SURROGATE, "\ufffd", text)


def is_json_array(text: str) -> bool:
    """Whether `text` is a JSON array of anything; one that holds more than strings is an error in
    BuildKit.
    """
    if not text.startswith("["):
        return False
    import json

    try:
        return isinstance(json.loads(text, parse_constant=_no_constant), list)
    except (ValueError, RecursionError):
        return False


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not valid JSON")

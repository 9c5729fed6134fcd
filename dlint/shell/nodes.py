"""The shape of a shell script, and the reader for plain ones: commands joined by `&&`, `||`, `|`,
`;`.

Five scripts of six need no grammar. Whatever has a compound command, a substitution or a
here-document goes to `dlint.shell.tree`, which makes the same nodes.
"""

from __future__ import annotations

import re

from dlint.text.patterns import regex
from dlint.text.safe import number
from dlint.text.values import NamedTuple


class Extent(NamedTuple):
    """Half-open range of offsets into the script's text."""

    start: int
    end: int


class RawRedirect(NamedTuple):
    """A redirect as written; `body` is a here-document's text."""

    operator: str
    fd: int
    target: Extent | None
    body: Extent | None = None


class Node(NamedTuple):
    """One piece of a script's structure; `inner` are the scripts of the substitutions in its words.

    | kind | parts | words |
    |---|---|---|
    | simple | - | assignments, program, arguments |
    | test | - | - (a `(( ))`) |
    | sequence | statements | - |
    | chain | pipelines joined by `&&` and `||`; `operators[i]` stands before part i | - |
    | pipe | commands | - |
    | not, group, subshell | one | - |
    | if | condition, branch, condition, branch, ..., else | - |
    | while | condition, body | - |
    | for | body | variable, values |
    | case | branches | - |
    | function | body | name |
    """

    kind: str
    extent: Extent
    parts: tuple[Node, ...] = ()
    words: tuple[Extent, ...] = ()
    operators: tuple[str, ...] = ()
    redirects: tuple[RawRedirect, ...] = ()
    inner: tuple[Node, ...] = ()


RESERVED = frozenset(
    [
        "!",
        "[[",
        "{",
        "}",
        "case",
        "coproc",
        "do",
        "done",
        "elif",
        "else",
        "esac",
        "fi",
        "for",
        "function",
    ]
)
RESERVED |= {"if", "in", "select", "then", "until", "while"}

PLAIN = regex(r"[\w./:=@%+,^-]*\Z")  # a word that stands for itself
_QUOTED = r"""
    \\(?:.|\Z) | '[^']*+' | "(?:[^"\\`$]++ | \\. | \$(?![({]) | \$\{[^{}"'\\`$]*+\})*+"
  | \$(?![({'"]) | \$\{[^{}"'\\`$\s]*+\}
"""
_TOKEN = regex(
    rf"""
    [ \t\r\f\v]*+ (?:\\\n [ \t\r\f\v]*+)*+
    (?: (?P<word>
          (?:[^\s"'\\$`&|;<>()0-9\#] | \d++(?![<>]) | {_QUOTED})
          [^\s"'\\$`&|;<>()]*+ (?:(?:{_QUOTED}) [^\s"'\\$`&|;<>()]*+)*+
        )
      | (?P<join>&& | \|\| | \|&?)
      | (?P<redirect>\d*+ (?:>> | >\| | >& | <& | <> | > | <(?!<)) (?!\() | &>>?)
      | (?P<end>;(?!;) | & | \n)
      | (?P<comment>\#[^\n]*+)
      | (?P<done>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
# A script without any of these is words between blanks, as many are: to compile the pattern for
# them is 2 % of a small check.
_MARKS = frozenset("\\'\"$`&|;<>()#")


def plain(text: str) -> Node | None:
    """Read a script without compound commands, substitutions or here-documents; None if it isn't
    one.
    """
    reader = _Plain()
    at, length = 0, len(text)
    if text.isascii() and text.isprintable() and _MARKS.isdisjoint(text):
        for word in text.split(" "):
            if word and not reader.word(word, Extent(at, at + len(word))):
                return None
            at += len(word) + 1
        return reader.end(length)
    while at < length:
        match = _TOKEN.match(text, at)
        if match is None or not reader.take(match):
            return None
        at = match.end()
    return reader.end(length)


class _Plain:
    """Builds sequence > chain > pipe > simple out of a flat run of tokens."""

    def __init__(self) -> None:
        self.statements: list[Node] = []
        self.ends: list[str] = []
        self.chain: list[Node] = []
        self.operators: list[str] = [""]
        self.pipe: list[Node] = []
        self.words: list[Extent] = []
        self.redirects: list[RawRedirect] = []
        self.pending: tuple[str, int] | None = None
        self.awaits = False

    def take(self, match: re.Match[str]) -> bool:
        """Add a token; False where the script isn't plain."""
        kind = match.lastgroup or "done"
        if kind == "word":
            return self.word(match["word"], Extent(*match.span("word")))
        if kind in {"comment", "done"}:
            return True
        if self.pending:
            return False
        text = match[kind]
        if kind == "redirect":
            digits = len(text) - len(text.lstrip("0123456789"))
            descriptor = number(text[:digits])
            self.pending = (text[digits:], -1 if descriptor is None else descriptor)
            return True
        return self._join(text) if kind == "join" else self._end(text)

    def word(self, text: str, extent: Extent) -> bool:
        """Add a word; False where it begins what isn't plain."""
        if self.pending:
            self.redirects.append(RawRedirect(*self.pending, extent))
            self.pending = None
        elif text in RESERVED and not self.words:
            return False
        else:
            self.words.append(extent)
        self.awaits = False
        return True

    def _command(self) -> bool:
        """Close a simple command; False if there is none."""
        if not self.words and not self.redirects:
            return False
        ends = [*self.words, *(redirect.target for redirect in self.redirects if redirect.target)]
        extent = Extent(min(ends).start, max(ends).end)
        self.pipe.append(
            Node("simple", extent, words=tuple(self.words), redirects=tuple(self.redirects))
        )
        self.words, self.redirects = [], []
        return True

    def _pipeline(self) -> bool:
        if not self._command():
            return False
        self.chain.append(_wrapped("pipe", self.pipe))
        self.pipe = []
        return True

    def _join(self, text: str) -> bool:
        if text[0] == "|" and text != "||":
            self.awaits = True
            return self._command()
        if not self._pipeline():
            return False
        self.operators.append(text)
        self.awaits = True
        return True

    def _end(self, text: str) -> bool:
        if self.awaits:
            return text == "\n"  # a line may end after `&&`
        if self._pipeline():
            self.statements.append(_wrapped("chain", self.chain, tuple(self.operators)))
            self.ends.append(text)
            self.chain, self.operators = [], [""]
            return True
        return text == "\n"

    def end(self, length: int) -> Node | None:
        """Return the whole script, or None where it breaks off."""
        if self.pending or not self._end("\n"):
            return None
        return Node(
            "sequence", Extent(0, length), tuple(self.statements), operators=tuple(self.ends)
        )


def _wrapped(kind: str, parts: list[Node], operators: tuple[str, ...] = ()) -> Node:
    """Wrap parts in a node, unless there is only one."""
    if len(parts) == 1:
        return parts[0]
    return Node(
        kind, Extent(parts[0].extent.start, parts[-1].extent.end), tuple(parts), operators=operators
    )

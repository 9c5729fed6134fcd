r"""What others wrote, made harmless for whoever reads dlint's output: one function for each kind of
output.

Names of files, texts of instructions, subjects of commits and the errors that quote them are a
stranger's. A terminal obeys control characters, Markdown and HTML their marks, and a CI runner
obeys lines of the log it keeps, whatever program wrote them, standard error included:

- GitHub Actions: `::name …::data` at the start of a line, spaces before it left aside, and `##[name
  …]data` anywhere in it (`ActionCommand.TryParseV2` and `TryParse` of the runner);
- Azure Pipelines: `##vso[area.action …]` and `##[group]` anywhere; TeamCity: `##teamcity[name …]`
  at the start;
- GitLab: sections, which start with ESC.

The first three are broken at their bracket or first colon: shown as `\x5b` and `\x3a` to people,
and as what decodes to the same character in formats that have such an escape. This is done in any
environment, so that there is one output.
"""

from __future__ import annotations

import re

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Unicode's default ignorable characters: .NET, in which two of the runners are written, compares
# text without them.
_IGNORED = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_VSO, _TEAMCITY = (f"{_IGNORED}*".join(name) for name in ("vso", "teamcity"))
_MARKER = regex(
    rf"(#{_IGNORED}*#{_IGNORED}*(?:(?:{_VSO}|{_TEAMCITY}){_IGNORED}*)?)\[", re.IGNORECASE
)
_COLOR = r"\x1b\[[0-9;]*m"
_START = regex(rf"^((?:[^\S\n]|{_IGNORED}|{_COLOR})*):(?={_IGNORED}*:)", re.MULTILINE)

# What a terminal obeys beyond ASCII: C1 controls, what ends a line, and what turns the direction of
# writing.
_DIRECTING = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_OBEYED = regex(f"[{_DIRECTING}]")
_INVISIBLE = regex(f"[\\x00-\\x09\\x0b\\x0c\\x0e-\\x1f{_DIRECTING}]")
_BEYOND_ASCII = regex("[\x7f-\ud7ff\ue000-\U0010ffff]")  # but lone surrogates

_MARKDOWN = regex(r"([\\`*_\[\]<>|~#&@]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)
_APART = "&#8203;"  # a space of no width
_BACKTICKS = regex("`+")
_QUOTE = regex("(?<!`)`(?!`)")
_EMBEDDED_LINK = regex(r"\[(?=[^\[\]]*\]\()")


def disarmed(text: str, *, bracket: str = r"\x5b", colon: str = r"\x3a") -> str:
    """Return lines of output as ones that no CI runner takes for commands; other text stays as it
    is.
    """
    text = _unmarked(text, bracket)
    if all(map(_begins_plainly, text.split("\n"))):  # the pattern takes a millisecond to compile
        return text
    return _START.sub(lambda found: found[1] + colon, text)


def _begins_plainly(line: str) -> bool:
    """Tell whether a line begins with what no command does, spaces left aside."""
    first = line.lstrip()[:1]
    return first.isascii() and first not in {":", "\x1b"}


def _unmarked(text: str, bracket: str = r"\x5b") -> str:
    if "#" not in text:  # as nearly always: the pattern takes 2 ms to compile (Python 3.11)
        return text
    return _MARKER.sub(lambda found: found[1] + bracket, text)


def printable(text: str) -> str:
    """Return `text` on one line, with what a terminal or a runner would obey written as escapes.

    A line that starts with it needs `disarmed` besides.
    """
    return _unmarked(
        text if text.isprintable() else "".join(c if c.isprintable() else _visible(c) for c in text)
    )


def invisible_shown(text: str) -> str:
    """Return `text` with control characters written as escapes, but for ends of lines: the format
    escapes these.
    """
    return _INVISIBLE.sub(lambda found: _visible(found[0]), text)


def _visible(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def workflow_data(text: str) -> str:
    """Return `text` as the data of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_value(text: str) -> str:
    """Return `text` as the value of a workflow command's property."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(text: str) -> str:
    """Return `text` as Markdown that shows it as it is, also inside a table: no HTML, image or link
    comes of it.
    """
    return _MARKDOWN.sub(r"\\\1", printable(text))


def markdown_code(text: str, *, cell: bool = True) -> str:
    """Return `text` as a code span; in a `cell` of a table a bar would end it."""
    shown = printable(text)
    if not shown:
        return ""
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(shown)), default=0))
    # a space at both ends is taken off again
    space = (
        " "
        if "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " " and shown.strip())
        else ""
    )
    return f"{fence}{space}{shown.replace('|', chr(92) + '|') if cell else shown}{space}{fence}"


def comment(text: str) -> str:
    """Return `text` as Markdown of a comment: as `markdown`, and whoever or whatever `@name` and
    `#1` would call stays uncalled. GitHub and GitLab look for them in what is shown, so a space of
    no width stands behind the mark.
    """
    return markdown(text).replace(r"\#", f"#{_APART}").replace(r"\@", f"@{_APART}")


def markdown_message(text: str, words: Callable[[str], str] = markdown) -> str:
    """Return a message as Markdown, also inside a table: what it quotes in backticks is code, the
    rest is shown as it is, by `words`.
    """
    parts = _QUOTE.split(text)
    if len(parts) % 2 == 0:  # the last backtick has no partner
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(
        markdown_code(part) if place % 2 else words(part) for place, part in enumerate(parts)
    )


def json_text(value: Any, *, indent: int | None = 2, ascii_only: bool = False) -> str:  # noqa: ANN401  as json's own
    """Return `value` as JSON that decodes to it; lone surrogates stay, and whoever writes the text
    replaces them.
    """
    from json import dumps

    def escaped(found: re.Match[str]) -> str:
        return dumps(found[0])[1:-1]

    return _escaped(
        dumps(value, ensure_ascii=False, indent=indent), r"\u005b", escaped, ascii_only=ascii_only
    )


def references(markup: str) -> str:
    """Return XML with what a terminal or a runner would obey as character references: it means the
    same.
    """
    return _escaped(markup, "&#91;", lambda found: f"&#{ord(found[0])};")


def _escaped(
    text: str, bracket: str, escape: Callable[[re.Match[str]], str], *, ascii_only: bool = False
) -> str:
    # DEL, the one control character of ASCII that JSON and XML may hold as it is, is of both sets
    return (_BEYOND_ASCII if ascii_only else _OBEYED).sub(escape, _unmarked(text, bracket))


def sarif_text(text: str) -> str:
    """Return `text` as SARIF's plain text: `[words](target)` would be a link in it (3.11.6)."""
    return _EMBEDDED_LINK.sub(r"\\[", text)

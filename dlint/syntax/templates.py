"""Dockerfiles that another program has yet to write: templates, and what of them is a Dockerfile
already.

A builder has no use for their marks, where they stand: on a line of their own, in a FROM, or in a
path. `{{` in a RUN proves nothing, since `docker inspect --format '{{.Id}}'` has them as well.

An instruction that only another frontend than Docker's knows is such a mark, too: `INCLUDE` may
stand for any others.
"""

from __future__ import annotations

import re

from dlint.text.patterns import regex
from dlint.text.source import Source, Span
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What opens a mark, with what closes it; a mark may go over many lines.
_CLOSED_BY = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>"}
_MARK = regex(
    r"\{[{%#]|<%|</?[#@][\w.]+[^>\n]{0,400}>"
    r"|\$\{\w+[.]\w[\w.-]*\}|%%\w+%%|@[A-Z][A-Z0-9_]*@"
)
_IN_MARKS = ("{", "<", "%%", "@")  # each mark has one of them
MOST = 500  # marks that are looked at to tell a template
# What a mark is called; the first that fits.
_KINDS = (
    ("ERB or similar", regex(r"<%")),
    ("FreeMarker", regex(r"</?[#@]")),
    ("Jinja", regex(r"\{[%#]")),
    ("Maven", regex(r"\$\{\w+\.")),
    ("placeholder", regex(r"%%|@")),
    ("Go, Jinja or Mustache", regex(r"\{\{")),
)
# An instruction whose words are no program's: a mark in it is one.
_PLAIN = regex(r"(?i)^[ \t]*(?:from|copy|add|workdir|user|expose|stopsignal)\s")
_INSTRUCTION = regex(
    r"(?:FROM|ARG|RUN|COPY|ADD|ENV|LABEL|MAINTAINER|USER|WORKDIR|EXPOSE|CMD|ENTRYPOINT|VOLUME|ONBUILD|SHELL"
    r"|STOPSIGNAL|HEALTHCHECK|(?i:from|arg))\s"
)
# What may name another frontend than Docker's: a file without it need not be parsed.
_OTHER = regex(
    r"(?im)^[ \t]*(?:#|//)[ \t]*syntax[ \t]*=[ \t]*+"
    r"(?!(?:[^\s@]*/)?docker/dockerfile(?:-upstream)?(?:[:@\s]|\Z))"
)
_FROM = regex(r"(?im)^[ \t]*FROM[ \t]")
_OPENED = regex(r"\{[{%#]|<[%#@]")
_ENDINGS = frozenset(
    ".j2 .jinja .jinja2 .tmpl .tpl .template .erb .ejs .hbs .mustache .m4 .ftl".split()
)


class Template(NamedTuple):
    """A Dockerfile's template: what kind, the text that its marks leave of it, at the same
    offsets, and where they stood. Or a Dockerfile with instructions of a `frontend`'s own.
    """

    kind: str
    rest: Source
    marks: tuple[Span, ...]
    frontend: str = ""

    def within(self, span: Span) -> Iterator[Span]:
        """Yield the marks that stand in a range."""
        return (mark for mark in self.marks if mark.start < span.end and span.start < mark.end)


def template_in(source: Source) -> Template | None:
    """Return the template that a file is; None for a Dockerfile."""
    text = source.text
    marks = tuple(_marks(text))
    telling = next(_telling(text, marks[:MOST]), None)
    if telling is None:
        return _by_frontend(source) or _by_name(source, marks)
    kind = next(name for name, mark in _KINDS if mark.match(text[telling.start : telling.end]))
    return Template(kind, Source(source.path, _masked(text, marks), source.bom), marks)


def _marks(text: str) -> Iterator[Span]:
    """Yield where marks stand; what nothing closes is none."""
    if not any(each in text for each in _IN_MARKS):
        return
    at = 0
    unclosed: set[str] = set()
    while found := _MARK.search(text, at):
        start, at = found.span()
        close = _CLOSED_BY.get(found[0])
        if close is not None and close not in unclosed:
            end = text.find(close, at)
            at = at if end < 0 else end + len(close)
            unclosed |= {close} if end < 0 else set()
        if close not in unclosed:
            yield Span(start, at)


def _by_name(source: Source, marks: tuple[Span, ...]) -> Template | None:
    ending = source.path[source.path.rfind(".") :].lower()
    if ending not in _ENDINGS:
        return None
    return Template(ending, Source(source.path, _masked(source.text, marks), source.bom), marks)


def _by_frontend(source: Source) -> Template | None:
    """Return what a Dockerfile is to Docker's frontend that has instructions of another's own."""
    if not _OTHER.search(source.text):
        return None
    from dlint.syntax.instructions import Unknown
    from dlint.syntax.parser import parse
    from dlint.syntax.problems import other_frontend

    dockerfile = parse(source)
    frontend = other_frontend(dockerfile)
    own = [each for each in dockerfile.instructions if isinstance(each, Unknown)]
    if not (frontend and own):
        return None
    marks = tuple(each.span for each in own)
    rest = Source(source.path, _masked(source.text, marks), source.bom)
    return Template(own[0].name, rest, marks, frontend)


def _telling(text: str, marks: tuple[Span, ...]) -> Iterator[Span]:
    """Yield the marks that no Dockerfile holds where they stand."""
    for mark in marks:
        start = text.rfind("\n", 0, mark.start) + 1
        end = text.find("\n", mark.end)
        before, after = text[start : mark.start], text[mark.end : end if end >= 0 else len(text)]
        is_block = text[mark.start] in "{<"
        if not text[: mark.start].strip() and is_block:
            yield mark
        elif before.lstrip().startswith("#"):
            continue
        elif _PLAIN.match(before) or (
            is_block and not (before + after).strip() and not _in_heredoc(text, start)
        ):
            yield mark


def _in_heredoc(text: str, at: int) -> bool:
    """Tell whether the document of a RUN or COPY is open at an offset."""
    opened = list(re.finditer(r"<<-?[\"']?(\w+)[\"']?", text[:at]))
    return bool(opened) and not re.search(
        rf"^[^\S\n]*+{re.escape(opened[-1][1])}\s*$", text[opened[-1].end() : at], re.MULTILINE
    )


def _masked(text: str, marks: tuple[Span, ...]) -> str:
    """Return `text` with something harmless of the same length for each mark: nothing where a line
    holds no more than that.
    """
    parts, last = [], 0
    for mark in marks:
        start = text.rfind("\n", 0, mark.start) + 1
        end = text.find("\n", mark.end)
        rest = text[start : mark.start] + text[mark.end : end if end >= 0 else len(text)]
        filler = "x" if rest.strip() else " "
        inside = text[mark.start : mark.end]
        parts += [text[last : mark.start], re.sub(r"[^\n]", filler, inside)]
        last = mark.end
    return "".join([*parts, text[last:]])


def is_dockerfile_text(text: str) -> bool:
    """Tell whether a file begins like a Dockerfile and has a FROM, or begins like a template.

    What is put together with others first, such as a list of ENVs, is no Dockerfile yet.
    """
    if "\0" in text:
        return False
    lines = (line.lstrip() for line in text.split("\n"))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if _OPENED.match(first):
        return True
    return bool(_INSTRUCTION.match(first) and _FROM.search(text))

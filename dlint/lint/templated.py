"""What can be told of a template: that it is one, and faults of instructions without a mark."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.lint.report import Diagnostic, FileReport, Location
from dlint.project.purpose import is_dockerfile
from dlint.rule.own import SYNTAX_TEMPLATE
from dlint.text.patterns import regex
from dlint.text.safe import naming
from dlint.text.source import Span
from dlint.text.units import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dlint.config.settings import Settings
    from dlint.syntax.templates import Template
    from dlint.text.source import Source

_CHECKED = ("bloat", "pin")  # families that judge instructions, whatever stands around them
# What a RUN leaves is told by its commands alone, whatever a part of a path or name is filled with.
_OF_COMMANDS = frozenset(("bloat/pm-cache",))
_BLOCK = regex(r"\{[%#]|</?[#@%]")
_HEAD = regex(r"(?:[ \t]*+(?:#[^\n]*+)?+\n)*+")
_STAGE = regex(r"[\w.-]+")
_PART = regex(r"[\w./:=@-]")  # what a mark is part of a word with
_BETWEEN = regex(r"[&|;]|(?<!\\)\n")
_DELETES = regex(r"\b(?:clean|find|rm|rmdir|unlink)\b")
_APART = regex(r"/(?!var\b|root\b|home\b)\w+/")  # where no manager keeps anything
_NAMED = regex(r"([%@])[A-Z][A-Z\d_]*+\1")  # a mark in a file that only its name makes a template
_FEWEST = 2  # lines that make out that a file is made of another: all may begin with one `FROM`
# A tag without a version may be a word that is replaced, as are those without a mark.
_OF_NAMES = "pin/tag-precision"


def told_of(
    source: Source,
    template: Template,
    report: FileReport,
    settings: Settings,
    dockerfiles: Collection[str],
) -> FileReport:
    """Return what holds of `report`, which was made of what a template's marks leave, and that
    `source` is one: not where any of the repository's `dockerfiles` says that it is made of it, or
    has all of its lines.

    Fixes are left out: what stands around them is not known. What they would do is said.
    """
    kept = tuple(
        each._replace(place=Location(source, each.place.span), repair=None, help=each.remedy)
        for each in report.diagnostics
        if _holds(each, template, source.text)
    )
    path = Path(source.path)
    if SYNTAX_TEMPLATE.name in settings.rules_for(path):
        is_there = _is_rendered(path, dockerfiles)
        if not (is_there or _is_written_out(source, template, dockerfiles)):
            kept = (_notice(source, template), *kept)
    return report._replace(diagnostics=kept)


def _holds(found: Diagnostic, template: Template, text: str) -> bool:
    """Tell whether a finding is of instructions that no mark stands in, or only such as cannot
    change what it says.
    """
    if found.rule == _OF_NAMES or (template.frontend and _may_name_a_stage(found.place)):
        return False
    family, _, _ = found.rule.partition("/")
    spans = [_lines(each) for each in (found.place, *(note.place for note in found.notes))]
    marks = [mark for each in spans for mark in template.within(each)]
    if not marks or found.rule not in _OF_COMMANDS:
        return family in _CHECKED and not marks
    is_part = all(_is_part_of_a_word(text, mark) for mark in marks)
    return is_part and not any(_deletes_a_mark(text, template, each) for each in spans)


def _may_name_a_stage(place: Location) -> bool:
    """Tell whether a place is one word, as the stage of another file is called."""
    text = place.source.text[place.span.start : place.span.end]
    return _STAGE.fullmatch(text.rpartition("=")[2]) is not None


def _is_part_of_a_word(text: str, mark: Span) -> bool:
    """Tell whether a mark is filled with a part of a path or a name."""
    beside = text[max(0, mark.start - 1) : mark.start], text[mark.end : mark.end + 1]
    return any(map(_PART.match, beside)) and not _BLOCK.match(text, mark.start)


def _deletes_a_mark(text: str, template: Template, lines: Span) -> bool:
    """Tell whether a command that deletes has a mark among its words, which may be any folder."""
    between = (found.start() for found in _BETWEEN.finditer(text, lines.start, lines.end))
    for start, end in pairwise((lines.start, *between, lines.end)):
        if _DELETES.search(text, start, end):
            words = zip(
                text[start:end].split(), template.rest.text[start:end].split(), strict=False
            )
            if any(word != rest and not _APART.match(word) for word, rest in words):
                return True
    return False


def _lines(place: Location) -> Span:
    """Return the whole lines of a place, with those that are continued into and out of it."""
    text, (start, end) = place.source.text, place.span
    start = text.rfind("\n", 0, start) + 1
    while start and text[: start - 1].rstrip(" \t").endswith("\\"):
        start = text.rfind("\n", 0, start - 1) + 1
    stop = text.find("\n", end)
    while stop >= 0 and text[end:stop].rstrip(" \t").endswith("\\"):
        end, stop = stop + 1, text.find("\n", stop + 1)
    return Span(start, stop if stop >= 0 else len(text))


def _is_rendered(path: Path, dockerfiles: Iterable[str]) -> bool:
    """Tell whether comments at the head of a Dockerfile name a template: what it becomes is there,
    and checked as a whole.
    """
    if is_dockerfile(path.name):  # which comments name for other reasons
        return False
    name = naming(path.name, r"(?<![\w.-])", r"(?![\w-])")
    return any(name.search(head[0]) for text in dockerfiles if (head := _HEAD.match(text)))


def _is_written_out(source: Source, template: Template, dockerfiles: Iterable[str]) -> bool:
    """Tell whether a Dockerfile has all lines of a template, with something in place of each mark:
    what it becomes is there.
    """
    if is_dockerfile(Path(source.path).name):  # which is among them
        return False
    wanted = set(_around_marks(source, template))
    if len(wanted) < _FEWEST:
        return False
    whole = {start for start, end in wanted if end is None}
    parts = [(start, end) for start, end in wanted if end is not None]
    return any(
        whole <= (lines := {line.strip() for line in text.splitlines()})
        and all(any(_fits(line, *part) for line in lines) for part in parts)
        for text in dockerfiles
    )


def _around_marks(source: Source, template: Template) -> Iterator[tuple[str, str | None]]:
    """Yield each line of a template that says something: what is before its marks and what behind,
    None where it has no mark.
    """
    text, at = source.text, 0
    for line in text.splitlines(keepends=True):
        marks = list(template.within(Span(at, at + len(line))))
        marks = marks or [Span(*each.span()) for each in _NAMED.finditer(text, at, at + len(line))]
        if not marks and (whole := line.strip()):
            yield whole, None
        elif marks:
            start = text[at : max(at, marks[0].start)].lstrip()
            end = text[marks[-1].end : at + len(line)].rstrip()
            if start or end:
                yield start, end
        at += len(line)


def _fits(line: str, start: str, end: str) -> bool:
    return line.startswith(start) and line.endswith(end) and len(line) > len(start) + len(end)


def _notice(source: Source, template: Template) -> Diagnostic:
    at = template.marks[0] if template.marks else Span(0, len(source.line_text(1)))
    key = f"{SYNTAX_TEMPLATE.name}\0{template.kind}"
    what, way_out = f"a template ({template.kind})", "render it first, and check the result"
    if template.frontend:
        at = Span(at.start, at.start + len(template.kind))
        name = template.frontend.partition("@")[0]
        what = f"`{template.kind}` is an instruction of the frontend `{name}`"
        way_out = "check the Dockerfile that the frontend makes of it, if it can write one"
    return Diagnostic(
        SYNTAX_TEMPLATE.name,
        SYNTAX_TEMPLATE.severity,
        f"{what}, so only rules of {listed(f'`{each}`' for each in _CHECKED)} are checked",
        Location(source, at),
        sha256(key.encode()).hexdigest()[:32],
        help=way_out,
    )

"""Dockerfiles that a program writes: the next time it does, a fix would be lost."""

from __future__ import annotations

import os
from pathlib import Path

from dlint.errors import DlintError
from dlint.project.discovery import STDIN, TEMPLATE
from dlint.syntax.templates import template_in
from dlint.text.patterns import regex
from dlint.text.repository_files import read, repository_of
from dlint.text.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.syntax.templates import Template

_SAYS = regex(
    r"(?i)\bdo not (?:edit|modify)(?:\Z|[.:,;!]| it\b| this (?:docker)?file\b| directly\b"
    r"| manually\b| by hand\b)"
    r"|\b(?:this file|dockerfile) (?:is|was|has been) (?:auto(?:matically)?[- ]?)?generated\b"
    r"|\A(?:auto(?:matically)?[- ]?)?generated (?:by|from|using|via|with)\b"
)
_AROUND = " \t*-=!#"  # what decorates a line
_TEMPLATES = "templates"  # a folder of them


def generator(build: Build) -> str:
    """Return what tells that a program writes a Dockerfile, as a sentence goes on after "since":
    its own head, or a template that has all of its lines but those with marks. Empty otherwise.
    """
    first = build.dockerfile.instructions[0].line if build.dockerfile.instructions else 0
    for comment in build.dockerfile.comments:
        if comment.line < first and _SAYS.search(comment.text.strip(_AROUND)):
            return f"line {comment.line} says that the file is generated"
    found = next(_templates_of(build.dockerfile.source), None)
    return f"`{found}` is its template: change that" if found else ""


def _templates_of(source: Source) -> Iterator[str]:
    """Yield the templates that a Dockerfile is made from, as they are shown."""
    if source.path == STDIN:
        return
    lines = _lines(source.text)
    for path in _near(Path(source.path)):
        try:
            template = template_in(Source.from_bytes(path, read(path)))
        except DlintError:
            continue
        plain = _plain(template) if template else frozenset()
        if plain and plain <= lines:
            yield path


def _near(dockerfile: Path) -> Iterator[str]:
    """Yield the templates of Dockerfiles beside one, in folders above it, and in `templates` beside
    those; outside of a repository, those of its own folder.
    """
    own = os.path.realpath(dockerfile.parent)
    root = repository_of(own) or own
    folders = [each for each in (Path(own), *Path(own).parents) if each.is_relative_to(root)]
    for folder in (place for each in folders for place in (each, each / _TEMPLATES)):
        names = os.listdir(folder) if folder.is_dir() else ()  # noqa: PTH208  names are all it takes
        for name in sorted(filter(TEMPLATE.search, names)):
            yield os.path.relpath(folder / name).replace(os.sep, "/")


def _plain(template: Template) -> frozenset[str]:
    """Return the lines of a template that no mark stands in."""
    rest = template.rest
    marked = {rest.line(at) for each in template.marks for at in each}
    text = rest.text.split("\n")
    kept = (line for number, line in enumerate(text, 1) if number not in marked)
    return _lines("\n".join(kept))


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.split("\n") if line.strip())

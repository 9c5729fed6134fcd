"""Findings on lines that a commit does not have.

Texts are compared here, line by line: git is asked for what the commit holds, and never to compare
files of the working tree, for which it might run what the repository names. So a file that is
staged, or that git does not know, is as good as any other, and so is standard input.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.project.images import file_of
from dlint.text.repository_files import read
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.context.git import Repository
    from dlint.context.objects import Object
    from dlint.lint.report import Diagnostic, FileReport, Location

CONTINUED = ("\\", "`")  # ends of lines after which an instruction goes on


class Past:
    """What the files of a repository were at a commit, under the names that they have now."""

    def __init__(self, repository: Repository, commit: str) -> None:
        """Ask nothing yet."""
        self._repository = repository
        self._commit = commit

    def text(self, path: Path) -> str | None:
        """Return what a file held, also under another name; None where it was not there."""
        place = (path.parent.resolve() / path.name).relative_to(self._repository.root).as_posix()
        found = self._find(place) or self._find(self._moved.get(place, place))
        if found is None:
            return None
        return self._repository.read(found.id).decode("utf-8", "surrogateescape")

    def _find(self, place: str) -> Object | None:
        place = self._repository.target(self._commit, place)
        return self._repository.find(self._commit, place)

    @cached_property
    def _moved(self) -> Mapping[str, str]:
        return self._repository.moved_since(self._commit)


class ChangedLines:
    """Keeps the findings that speak of a line which changed."""

    def __init__(self, past_of: Callable[[Path], Past]) -> None:
        """Take what tells, for a file, what its repository was."""
        self._past_of = past_of
        self._known: dict[Source, frozenset[int]] = {}

    def keep(self, report: FileReport) -> FileReport:
        """Leave out the findings of which neither the place nor a place that they name changed."""
        kept = tuple(found for found in report.diagnostics if self._is_new(found))
        return report._replace(diagnostics=kept)

    def _is_new(self, found: Diagnostic) -> bool:
        places = (found.place, *(note.place for note in found.notes))
        return any(self._has_changed(place) for place in places)

    def _has_changed(self, place: Location) -> bool:
        lines = range(place.start.line, place.end.line + 1)
        return not self._changed(place.source).isdisjoint(lines)

    def _changed(self, source: Source) -> frozenset[int]:
        if source not in self._known:
            self._known[source] = frozenset(self._compared(source))
        return self._known[source]

    def _compared(self, source: Source) -> Iterable[int]:
        path = file_of(source.path)
        before = self._past_of(Path(path)).text(Path(path))
        # The lines of an inline Dockerfile are those of the file that holds it.
        now = source if path == source.path else Source.from_bytes(path, read(path))
        if before is None:
            return range(1, len(now.line_starts) + 1)
        return changed_lines(before, now.text)


def changed_lines(before: str, after: str) -> Iterator[int]:
    """Yield the numbers, from 1, of the lines of `after` that are not in `before`. Line ends do not
    count, since git may write others.

    Where lines of an instruction are gone, those beside them count: the instruction changed.
    """
    old, new = ([line.rstrip() for line in text.split("\n")] for text in (before, after))
    for tag, _, _, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "delete" and 0 < low < len(new) and new[low - 1].endswith(CONTINUED):
            yield from (low, low + 1)
        elif tag != "equal":
            yield from range(low + 1, high + 1)

"""The ignore file: which one holds, what it leaves out, and which of its lines says so."""

from __future__ import annotations

from functools import lru_cache

from dlint.context.moby import Patterns
from dlint.errors import DlintError
from dlint.text.source import Source
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = ".dockerignore"
KEPT = 8  # files as they were read: one commit after the other has the same


class Hits(NamedTuple):
    """What one pattern does to a set of paths: how many it matches, and for how many it has the
    last word.
    """

    matched: int = 0
    decided: int = 0


class IgnoreFile:
    """A `.dockerignore`: its text, its patterns and the line of each.

    Semantics: BuildKit's frontend/dockerfile/dockerignore and moby/patternmatcher. Raises
    DlintError with file, line and pattern where one is malformed, as the builder refuses such a
    file.
    """

    def __init__(self, source: Source) -> None:
        """Read `source`."""
        self.source = source
        texts = {
            number: text
            for number, text in enumerate(source.text.split("\n"), 1)
            if _is_pattern(text)
        }
        self.lines: tuple[int, ...] = tuple(texts)  # of each pattern, from 1
        try:
            self.patterns = Patterns(texts.values())
        except ValueError:
            self._complain(texts)
            raise

    def _complain(self, texts: dict[int, str]) -> None:
        for number, text in texts.items():
            try:
                Patterns([text])
            except ValueError as error:
                raise DlintError(
                    f"{self.source.path}:{number}: malformed pattern {text.strip()!r}:"
                    f" {_reason(error)}",
                    "the builder refuses the whole file",
                ) from error

    def decider(self, path: str) -> int | None:
        """Return the index of the pattern that has the last word on `path`; None where none
        matches.

        A pattern that only repeats what stood before it does not count: of `*.log` and `a.log`, the
        first decides.
        """
        match = None
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            match = self.patterns.match("/".join(parts[:end]), match)
        return match.by if match else None

    def hits(self, paths: Iterable[str]) -> tuple[Hits, ...]:
        """Return for each pattern what it does to `paths`, which must hold the folders too; `!`
        matches like any.
        """
        matched = [0] * len(self.lines)
        decided = [0] * len(self.lines)
        for path in paths:
            for index in self.patterns.matching(path):
                matched[index] += 1
            by = self.decider(path)
            if by is not None:
                decided[by] += 1
        return tuple(map(Hits, matched, decided))


def _is_pattern(line: str) -> bool:
    return not line.startswith("#") and bool(line.strip())


def _reason(error: ValueError) -> str:
    return str(error).rpartition(": ")[2]


def first_ignore_file(candidates: Iterable[tuple[str, bytes | None]]) -> IgnoreFile | None:
    """Return the first that is there: its name for people, and its bytes or None."""
    for name, data in candidates:
        if data is not None:
            return _read(name, data)
    return None


@lru_cache(KEPT)
def _read(name: str, data: bytes) -> IgnoreFile:
    return IgnoreFile(Source.from_bytes(name, data))

"""The ignore file: which one holds, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlint.moby import Patterns
    from dlint.source import Source


class IgnoreFile:
    """A `.dockerignore`: its text, its patterns and the line of each."""

    def __init__(self, source: Source) -> None:
        """Read `source`; raises DlintError with file, line and pattern where one is malformed."""
        self.source = source
        self.lines: tuple[int, ...] = ()  # of each pattern, from 1
        self.patterns: Patterns
        raise NotImplementedError

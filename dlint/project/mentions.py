"""Whether texts speak of something: each word's lines are looked up, so that many things are looked
for as fast as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

_WORD = regex(r"[\w-]+")


class Texts:
    """Texts by their words."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Read the texts once."""
        self._texts = tuple(texts)
        self._lines: dict[str, list[str]] = {}
        for text in self._texts:
            for line in text.split("\n"):
                for word in set(_WORD.findall(line)):
                    self._lines.setdefault(word, []).append(line)

    def speak_of(self, part: str, pattern: re.Pattern[str]) -> bool:
        """Tell whether a line has a match of a pattern, which holds this part with nothing of a
        word right before or after it.
        """
        return any(map(pattern.search, self._with(part)))

    def _with(self, part: str) -> Sequence[str]:
        """Return the lines that may hold a part: those with its rarest word."""
        words = _WORD.findall(part)
        return min((self._lines.get(word, ()) for word in words), key=len, default=self._texts)

"""The settings of Node's programs that commands start: `next start` loads `next.config.mjs`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.reads.scripts import texts
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.build import Build

_WORD = regex(r"[\w./-]+")
_ENDINGS = tuple(f".config.{each}" for each in ("js", "mjs", "cjs", "ts", "mts", "cts"))


def settings_loaded(build: Build, commands: Iterable[str]) -> Iterator[bytes]:
    """Yield the texts of the context's settings that are called after a word of some commands, or
    that one names.
    """
    words = {posixpath.basename(word) for text in commands for word in _WORD.findall(text)}
    for word in sorted(words):
        named = (word,) if word.endswith(_ENDINGS) else (word + each for each in _ENDINGS)
        for name in named:
            yield from texts(build, name)

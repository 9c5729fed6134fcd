"""Dockerfiles that stand in a Compose or Bake file themselves."""

from __future__ import annotations

from itertools import takewhile

from dlint.text.patterns import regex

# Parser directives count only at the very top
# (https://docs.docker.com/reference/dockerfile/#parser-directives).
_DIRECTIVE = regex(r"#\s*\w+\s*=")


def in_place(inline: str, text: str, start: int) -> str:
    """Return the Dockerfile `inline` with empty lines before it, so that its lines have the numbers
    that they have in the file `text`, at or below line `start`.

    It stays as it is where the file does not write it line by line, as in a quoted string. Columns
    are those of the Dockerfile.
    """
    lines = inline.split("\n")
    before = _lines_before(lines, [line.strip() for line in text.splitlines()], start)
    head = sum(1 for _ in takewhile(_DIRECTIVE.match, lines))
    return "\n".join([*lines[:head], *[""] * before, *lines[head:]])


def _lines_before(lines: list[str], around: list[str], start: int) -> int:
    """Return how many lines of the file stand before the Dockerfile's first; 0 where that is not
    known. A line may differ, since variables are filled in: the first that is the same tells.
    """
    if len(lines) == 1:  # it may stand behind its key
        ends = (each.rstrip("\"'").endswith(lines[0].strip()) for each in around[start:])
        return next((start + at for at, is_there in enumerate(ends) if is_there), 0)
    for number, line in enumerate(lines):
        wanted = line.strip()
        if wanted and wanted in around[start:]:
            return max(0, around.index(wanted, start) - number)
    return 0

"""The record of a build, read from a file or a pipe, whatever wrote it."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dlint.errors import DlintError
from dlint.project.discovery import STDIN
from dlint.records.lines import EXPECTED, Line, read_lines
from dlint.records.plain import read_plain
from dlint.records.rawjson import read_rawjson
from dlint.records.record import Format
from dlint.records.steps import BUILDAH, CLASSIC, TTY, read_numbered, read_tty
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from dlint.records.record import Record

TAR_MAGIC, TAR_PLACE = b"ustar", 257
GZIP = b"\x1f\x8b"
_PLAIN = regex(r"#\d{1,6} (?:\[|building with |CACHED$|DONE|importing |exporting |resolve )")
_RAWJSON = regex(r"\{\s*\"(?:vertexes|statuses|logs|warnings)\"")
_STARTS = (
    (_RAWJSON, Format.RAWJSON),
    (_PLAIN, Format.PLAIN),
    (CLASSIC, Format.CLASSIC),
    (BUILDAH, Format.BUILDAH),
    (TTY, Format.TTY),
)


def read_records(path: str) -> list[Record]:
    """Return the builds that a file tells of, in its order; `-` is standard input.

    Raises DlintError, with the line where there is one, for what is no record of a build.
    """
    if path == STDIN:
        return read_stream(cast("BufferedReader", sys.stdin.buffer), path)
    try:
        with Path(path).open("rb") as file:
            return read_stream(file, path)
    except IsADirectoryError:
        raise DlintError(f"{path}: this is a folder (expected the log of a build)") from None
    except OSError as error:
        raise DlintError(f"{path}: cannot be read: {error.strerror or error}") from None


def read_stream(file: BufferedReader, shown: str) -> list[Record]:
    """Return the builds that an open file tells of. Raises DlintError."""
    start = file.peek(TAR_PLACE + len(TAR_MAGIC))
    if start.startswith(GZIP) or start[TAR_PLACE:].startswith(TAR_MAGIC):
        from dlint.records.archive import read_archive

        return read_archive(file, shown)
    lines = read_lines(file, shown)
    form, rest = _formed(lines)
    found = _read(form, rest, shown) if form is not None else []
    if not found:
        raise DlintError(f"{shown}: tells of no build", EXPECTED)
    return found


def _formed(lines: Iterator[Line]) -> tuple[Format | None, Iterator[Line]]:
    """Return what wrote a log, by the first line that tells it, and the lines from there on."""
    held: Line | None = None  # a brace alone: the next line says whose
    for line in lines:
        text = line.text if held is None else f"{held.text}{line.text}"
        for pattern, form in _STARTS:
            if pattern.match(text):
                return form, chain((held, line) if held else (line,), lines)
        held = line if line.text.rstrip() == "{" else None
    return None, iter(())


def _read(form: Format, lines: Iterator[Line], shown: str) -> list[Record]:
    match form:
        case Format.RAWJSON:
            return read_rawjson(lines, shown)
        case Format.PLAIN:
            return read_plain(lines)
        case Format.TTY:
            return read_tty(lines)
    return read_numbered(lines, form)

"""The lines of a log as CI keeps it: without the times, names and marks that runners put before
what a program printed.
"""

from __future__ import annotations

from datetime import datetime
from io import TextIOWrapper
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

LONGEST = 16_000_000  # characters of a line: rawjson has the output of a step in one
EXPECTED = "save what --progress=rawjson or --progress=plain printed"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # what PowerShell writes to a file that `>` names
# Colors and cursor of terminals, their titles and links, and what Buildkite says of time.
_CODES = regex(
    r"\x1b(?:\[[0-9:;<=>?]*+[ -/]*+[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\)"
    r"|_[^\x07\x1b]{0,200}\x07|[()][A-Z0-9])"
)
_TIME = regex(
    r"\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?\]?(?:[ \t]|$)"
)
# What GitLab writes behind its time: the number of the stream, and whether it goes on.
_GITLAB = regex(r"[0-9a-f]{2}[OE][+ ]?")
_CLOCK = regex(r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?[ \t]{1,9}")  # TeamCity, Jenkins
_BUILDERS = r"(?=#\d|Step \d| ---> |=> )"
_NAMED = regex(rf"\[[\w .:/-]{{1,60}}\][ \t:]{{1,9}}(?:(?=\[?\d{{4}}-\d\d-\d\dT)|{_BUILDERS})")
_BESIDE = regex(rf"[\w.-]{{1,80}}[ \t]{{0,40}}\|[ \t]?{_BUILDERS}")  # a service of Compose


class Line(NamedTuple):
    """A line of a log: its number, what the program printed, and when, in seconds since 1970."""

    number: int
    text: str
    time: float | None = None


def read_lines(file: BufferedReader, shown: str) -> Iterator[Line]:
    """Yield the lines of a log, one at a time, however large it is.

    What a runner has overwritten with a carriage return comes as lines of the same number. Raises
    DlintError for what is no text, with the line.
    """
    encoding = "utf-16" if file.peek(2)[:2] in _UTF16 else "utf-8-sig"
    reader = TextIOWrapper(file, encoding, "replace", newline="\n")
    number = 0
    while text := reader.readline(LONGEST + 1):
        number += 1
        if len(text) > LONGEST:
            what = f"a line of more than {LONGEST:,} characters"
            raise DlintError(f"{shown}:{number}: {what}", EXPECTED)
        if "\0" in text:
            raise DlintError(f"{shown}:{number}: holds binary data, and is no log", EXPECTED)
        for part in text.rstrip("\n").split("\r"):
            if part:
                yield _line(number, part)


def _line(number: int, text: str) -> Line:
    """Take off what a runner has put before a line, or around it."""
    if "\x1b" in text:
        text = _CODES.sub("", text)
    if text.startswith("#"):  # as most lines of most logs
        return Line(number, text)
    *_, last = text.split("\t")  # `gh run view --log`: the job, the step, and the line
    if last is not text and _TIME.match(last):
        text = last
    text = _NAMED.sub("", text, count=1) if text.startswith("[") else text
    time = None
    if found := _TIME.match(text):
        day, clock, fraction, zone = found.groups()
        time = moment(f"{day}T{clock}", fraction, zone)
        text = text[found.end() :]
        if (more := _GITLAB.match(text)) is not None:
            text = text[more.end() :]
    elif found := _CLOCK.match(text):
        text = text[found.end() :]
    text = _NAMED.sub("", text, count=1) if text.startswith("[") else text
    found = _BESIDE.match(text)
    return Line(number, text[found.end() :] if found else text, time)


def moment(text: str, fraction: str | None, zone: str | None) -> float | None:
    """Return a time such as 2026-11-29T17:05:20, and the digits behind its point, as seconds since
    1970; one without a zone is taken for UTC, since only differences count. None for what is no
    time.
    """
    try:
        whole = datetime.fromisoformat(f"{text}{zone or 'Z'}")
    except ValueError:
        return None
    return whole.timestamp() + float(f"0.{fraction or 0}")

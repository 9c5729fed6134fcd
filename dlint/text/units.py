"""Bytes for people, as Docker writes them, and the other way round; words of files for messages."""

from __future__ import annotations

from functools import lru_cache

from dlint.text.patterns import regex
from dlint.text.safe import DIGITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 10**30  # bytes, which nobody has: a sum of what others wrote may be beyond any float
MOST_QUOTED = 40  # characters of an instruction that a message quotes
UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_SIZE = regex(r"(\d+(?:\.\d+)?) ?([kmgtp]?)(i?)b?")  # in lower case


def human_bytes(count: int) -> str:
    """Write `count` bytes with at most three digits, a space and a decimal unit: `48.2 MB`."""
    value, unit = float(max(-MOST, min(count, MOST))), 0
    while unit < len(UNITS) - 1 and abs(value) >= 999.5:  # noqa: PLR2004  what would round to 1000 takes the next unit
        value /= 1000
        unit += 1
    return f"{value:.3g} {UNITS[unit]}"


def quoted(text: str) -> str:
    """Return text on one line in backticks, cut in the middle where it is long."""
    from dlint.text.shorten import shortened

    return f"`{shortened(' '.join(text.split()), MOST_QUOTED)}`"


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def listed(words: Iterable[str], most: int | None = None) -> str:
    """Return words as a sentence has them, `a, b and c`; of more than `most` the first of them and
    how many more there are.
    """
    named = [*words]
    if most is not None and len(named) > most:
        named[most:] = [f"{len(named) - most} more"]
    *first, last = named or [""]
    return f"{', '.join(first)} and {last}" if first else last


def lines(numbers: Iterable[int], most: int | None = None) -> str:
    """`line 3`, `lines 3 and 5`; of more than `most` lines as `listed` does."""
    named = [*map(str, numbers)]
    return f"line{'s' * (len(named) > 1)} {listed(named, most)}"


@lru_cache(maxsize=64)  # the same settings hold for each file
def parse_bytes(text: str) -> int:
    """Read `20MB`, `1.5GiB`, `300 kB` or a bare number as bytes; raises ValueError."""
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a size; write bytes or something like 20MB or 1MiB")
    number, prefix, binary = match.groups()
    if binary and not prefix:
        raise ValueError(f"{text!r} is not a size; write bytes or something like 20MB or 1MiB")
    power = " kmgtp".index(prefix or " ")
    if len(number) > DIGITS:
        raise ValueError(f"{text!r} is too large")
    return round(float(number) * float(1024 if binary else 1000) ** power)


def of_the_last(count: int, commits: int, folder: str = "", *, bound: str = "") -> str:
    """Say that so many of the last commits did something: of those to a folder alone, if any. A
    `bound` stands before a number that is not the whole truth: "up to", "at least".
    """
    is_each = 1 < count == commits and not bound
    several = "each" if is_each else f"{bound} {count}".lstrip()
    return f"{several} of the last {commits} commits" + f" to `{folder}/`" * bool(folder)

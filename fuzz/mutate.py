"""Mutations of bytes, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

MOST = 100_000  # bytes of a mutant
# What parsers stumble over: ends, escapes, quotes, brackets, numbers that fit nothing, Unicode that
# is like something else, and what other formats begin with.
ODD: Sequence[bytes] = (
    *(bytes([each]) for each in b"\0\n\r\t\\'\"`$#<>(){}[]|&;:=,*?!~^%@/-. "),
    *(b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", "\u2028".encode(), "\u202e".encode()),
    *("\u00b2".encode(), "\ud800".encode("utf-8", "surrogatepass"), b"\x1b[2K", b"::error::x"),
    *(b"9" * 30, b"-1", b"0x7f", b"1e999", b"NaN", b"null", b"true", b"[[[[[[", b"((((((", b"{{"),
    *(b"${", b"$(", b"<<EOF\n", b"\nEOF\n", b"FROM a\n", b"RUN ", b"ENV a=", b"--mount=type="),
    *(b"http://[x", b"(x+x+)+y", b"{1..99999}", b"../" * 20, b"**/" * 20, b"a" * 300),
)


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of the seeds, changed in some places."""
    data = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 2, 3, 5, 10, 30))):
        _change(random, data, seeds)
    return bytes(data[:MOST])


def _change(random: Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 1, 1, 2, 5, 20, 100)))
    match random.randrange(8):
        case 0:
            del data[start:end]
        case 1 | 2:
            data[start:end] = random.choice(ODD)
        case 3:
            data[start:start] = random.choice(ODD) * random.choice((1, 2, 10, 100, 1000))
        case 4:
            data[start:start] = data[start:end] * random.choice((1, 2, 50))
        case 5:
            other = random.choice(seeds)
            at = random.randrange(len(other) + 1)
            data[start:end] = other[at : at + random.choice((5, 50, 500))]
        case 6:
            lines = bytes(data).splitlines(keepends=True)
            random.shuffle(lines)
            data[:] = b"".join(lines) if random.random() < 1 / 4 else data
        case _:
            for at in range(start, end):
                data[at] ^= 1 << random.randrange(8)

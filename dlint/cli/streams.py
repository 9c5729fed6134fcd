"""Standard output and standard error as they are given: closed, full, or with nobody who reads
them.

What could not be written was not told, so it ends with exit status 2; Python itself would exit with
120, or with 0.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

_STREAMS = ("stdin", "stdout", "stderr")  # in the order of their descriptors
_OF_OUTPUT = frozenset(
    getattr(errno, name)
    for name in ("EPIPE", "ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF", "ESHUTDOWN", "EINVAL")
    if hasattr(errno, name)
)


class _Closed(io.RawIOBase):
    """Takes nothing, and says so until it was heard."""

    heard = False

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if not self.heard:
            self.heard = True
            raise OSError(errno.EBADF, "it is closed")
        return len(data)


def open_missing() -> None:
    """Give descriptors that were closed something to stand for: the next file that is opened would
    get their numbers, and what is written to them.

    Nothing can be written to a closed standard output; what goes to a closed standard error is
    dropped.
    """
    for number, name in enumerate(_STREAMS):
        if getattr(sys, name) is not None:
            continue
        with suppress(OSError):
            os.fstat(number)
            continue
        handle = os.open(os.devnull, os.O_RDWR)
        if handle != number:
            os.dup2(handle, number)
            os.close(handle)
        if name == "stdout":
            sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Closed()), encoding="utf-8")
        elif name == "stderr":
            sys.stderr = io.TextIOWrapper(io.FileIO(number, "w", closefd=False), encoding="utf-8")
        else:
            sys.stdin = io.TextIOWrapper(
                io.BufferedReader(io.FileIO(number, "r", closefd=False)), encoding="utf-8"
            )


def is_of_output(error: OSError) -> bool:
    """Tell whether writing to a stream failed, and not to some file."""
    return error.filename is None and error.errno in _OF_OUTPUT


def give_up(name: str) -> None:
    """Drop what was not written to a stream, or Python's own flush at exit would complain of it."""
    with suppress(OSError, ValueError, AttributeError):
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, getattr(sys, name).fileno())
        os.close(handle)
    with suppress(OSError, ValueError):
        getattr(sys, name).flush()

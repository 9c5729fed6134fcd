"""Sizes that were dear to work out, kept on the disk from run to run.

One file holds them, under digests of all that they depend on: what one repository leaves there can
tell nothing wrong to another. It is read whole and replaced whole, so that processes may share it
and anybody may delete it at any time. Of those that write at once, each waits for the one before it
and adds to what that wrote. What cannot be read or written is not used.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = "DLINT_CACHE_DIR"
FILE = "sizes-1"  # with the number of its layout
KEY = 32  # bytes of a digest
DIGEST = 32  # bytes of what stands first: that of all the rest
# Seconds that one waits for others to write, each of whom takes a few hundredths; and those between
# two looks.
PATIENCE, PAUSE = 5.0, 0.01
VALUE = struct.Struct("<Q")
RECORD = KEY + VALUE.size
MOST = (
    1 << 18
)  # records that are kept, 10 MiB: those of some thirty repositories' last 1,000 commits


def folder() -> Path:
    """Return where dlint keeps what may be deleted: `DLINT_CACHE_DIR`, or the user's folder for
    such things.
    """
    if own := os.environ.get(FOLDER):
        return Path(own)
    if base := os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"):
        return Path(base) / "dlint"
    return Path("~/.cache/dlint").expanduser()


class SizeCache(dict[bytes, int]):
    """Sizes in bytes by 32-byte digests. Those looked up or put in last are kept if there are too
    many.
    """

    def __init__(self, place: Path) -> None:
        """Read what `place` holds; nothing where it is missing or damaged."""
        super().__init__()
        self._file = place / FILE
        self._old = _load(self._file)
        self._new = False

    def __missing__(self, key: bytes) -> int:
        """Take over what the file told."""
        self[key] = found = self._old[key]
        return found

    def __contains__(self, key: object) -> bool:
        """Tell whether the size is known, now or from the file."""
        return super().__contains__(key) or key in self._old

    def __setitem__(self, key: bytes, value: int) -> None:
        """Keep a size."""
        self._new = self._new or key not in self._old
        super().__setitem__(key, value)

    def save(self) -> None:
        """Write it, with what others wrote meanwhile; done without a word where that cannot be."""
        if self._new:
            write_sealed(self._file, self._merged)

    def _merged(self) -> bytes:
        merged = _load(self._file)
        for key in self:
            merged.pop(key, None)  # the last in the file are those used last
        merged.update(self)
        kept = islice(merged.items(), max(0, len(merged) - MOST), None)
        return b"".join(key + VALUE.pack(value) for key, value in kept)


@contextmanager
def in_turn(file: Path) -> Iterator[None]:
    """Hold back other processes that would replace a file meanwhile: what they read of it before
    that would be without what is written now.

    Where nothing can be locked, or somebody holds it for long, it goes on without: that costs what
    the other has found out, no more.
    """
    lock: IO[bytes] | None = None
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_name(f"{file.name}.lock").open("ab")
    if lock is None:
        yield
        return
    with lock:  # to close it gives it free, as the end of the process does
        until = time.monotonic() + PATIENCE
        while not _takes(lock) and time.monotonic() < until:
            time.sleep(PAUSE)
        yield


if sys.platform == "win32":

    def _takes(lock: IO[bytes]) -> bool:
        """Lock a file; False where another process holds it."""
        import msvcrt

        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _takes(lock: IO[bytes]) -> bool:
        """Lock a file; False where another process holds it. A file system without locks has no
        others to wait for.
        """
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True


def write_sealed(file: Path, renewed: Callable[[], bytes]) -> None:
    """Replace a file by what `renewed` makes of what it holds by now, behind a digest; done without
    a word where that cannot be.
    """
    from dlint.text.files import write_whole

    with in_turn(file):
        data = renewed()
        with suppress(OSError, DlintError):
            write_whole(file, sha256(data).digest() + data)


def read_sealed(file: Path) -> bytes | None:
    """Return what `write_sealed` wrote; None where the file is missing or damaged."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    data = content[DIGEST:]
    return data if sha256(data).digest() == content[:DIGEST] else None


def _load(file: Path) -> dict[bytes, int]:
    data = read_sealed(file) or b""
    if len(data) % RECORD or len(data) > MOST * RECORD:
        return {}
    starts = range(0, len(data), RECORD)
    return {data[at : at + KEY]: VALUE.unpack_from(data, at + KEY)[0] for at in starts}

"""Answers of indexes, kept on the disk: one file for an address, read and replaced whole.

What never changes (the size of a release's archive) is kept for good, an index until it is asked
again for changes. Files that nobody used for long are swept away, the oldest first where all are
too large. Anybody may delete any of them at any time; what cannot be read or written, or is
damaged, is not used.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.project.cache import folder
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER = "indexes-1"  # with the number of the layout
SWEPT = ".swept"
DAY = 86_400.0
UNUSED_SECONDS = 90 * DAY
MOST = 1 << 30  # bytes of all files
MOST_UNPACKED = 1 << 28  # bytes of one answer


class Kept(NamedTuple):
    """An answer: when it was got or last found unchanged (seconds since 1970), its headers that
    matter, its body.
    """

    at: float
    headers: Mapping[str, str]
    body: bytes

    def is_recent(self, age: float = DAY) -> bool:
        """Tell whether it is younger than `age` seconds; one of the future is not."""
        return 0 <= time.time() - self.at < age


class Shelf:
    """The folder of kept answers, by name: an address with whatever else the answer depends on."""

    def __init__(self, place: Path | None = None) -> None:
        """Use dlint's folder `place`, or the user's."""
        self._folder = (place or folder()) / FOLDER

    @property
    def state(self) -> int:
        """A number that is another one once an answer was put here; 0 where there never was one."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def find(self, name: str) -> Kept | None:
        """Return what was put under `name`, None where there is nothing or it is damaged."""
        file = self._file(name)
        try:
            digest, _, data = file.read_bytes().partition(b"\n")
            if sha256(data).hexdigest().encode() != digest:
                return None
            unpacker = zlib.decompressobj()
            head, _, body = unpacker.decompress(data, MOST_UNPACKED).partition(b"\n")
            told = json.loads(head)
            kept = Kept(float(told["at"]), dict(told["headers"]), body)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, zlib.error):
            return None
        with suppress(OSError):
            os.utime(file)  # used today: swept last
        return kept if told.get("name") == name else None

    def put(self, name: str, kept: Kept) -> None:
        """Keep an answer; done without a word where that cannot be."""
        from dlint.text.files import write_whole

        head = json.dumps({"name": name, "at": kept.at, "headers": dict(kept.headers)}).encode()
        data = zlib.compress(head + b"\n" + kept.body, 1)
        file = self._file(name)
        with suppress(OSError, DlintError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(file, sha256(data).hexdigest().encode() + b"\n" + data)

    def sweep(self) -> None:
        """Delete what is old, and the oldest while there is too much; once a day at the most."""
        mark = self._folder / SWEPT
        with suppress(OSError):
            if time.time() - mark.stat().st_mtime < DAY:
                return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark.touch()
        room = MOST
        for used, size, file in sorted(self._files(), reverse=True):
            room -= size
            if room < 0 or time.time() - used > UNUSED_SECONDS:
                with suppress(OSError):
                    file.unlink()

    def _file(self, name: str) -> Path:
        digest = sha256(name.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for file in self._folder.glob("??/*"):
            with suppress(OSError):
                status = file.stat()
                yield status.st_mtime, status.st_size, file

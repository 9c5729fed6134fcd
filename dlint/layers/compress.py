"""How large a layer's blob is: its tar, compressed."""

from __future__ import annotations

import zlib
from hashlib import sha1
from typing import TYPE_CHECKING

from dlint.layers.tar import BLOCK, CHUNK, header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.layers.selection import Item

GZIP_FRAME = 18  # bytes of a gzip header without a name, and of its trailer
WINDOW = 1 << 15  # bytes that deflate looks back
LARGE = 1 << 18  # a file of so many bytes is a run of its own
RUN_BITS = 0x3F  # of a path's checksum: one in 64 ends a run
STAMP = 1 << 30  # any time will do: what differs in size between two is less than what the model is off

Run = tuple["Item", ...]


class CompressedSizes:
    """Sizes of layers' blobs, in bytes, as gzip at `level` makes them.

    The tar is compressed in runs of neighbouring files, each with the last 32 KiB before it as its dictionary, and a
    run's size is kept under its content: the layer of another commit costs only what is new in it. Where a run ends is
    a matter of the files' names, so that a new file moves no other boundary.
    """

    def __init__(self, level: int = 6) -> None:
        self.level = level
        self._sizes: dict[bytes, int] = {}

    def of(self, items: Sequence[Item]) -> int:
        """Return the compressed size of the tar that holds `items`."""
        total = GZIP_FRAME
        before: Run = ()
        name_before = b""
        for run in _runs(items):
            name = _name(run)
            size = self._sizes.get(name_before + name)
            if size is None:
                size = self._sizes[name_before + name] = self._deflated(run, _tail(before))
            total += size
            before, name_before = run, name
        return total

    def _deflated(self, run: Run, dictionary: bytes) -> int:
        deflate = zlib.compressobj(self.level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=dictionary)
        size = sum(len(deflate.compress(chunk)) for item in run for chunk in _chunks(item))
        return size + len(deflate.flush())


def _runs(items: Sequence[Item]) -> Iterator[Run]:
    run: list[Item] = []
    for item in items:
        large = item.member.size >= LARGE
        if run and large:
            yield tuple(run)
            run = []
        run.append(item)
        if large or not zlib.crc32(item.member.sort_key) & RUN_BITS:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _name(run: Run) -> bytes:
    """Return a digest of all that a run's size depends on."""
    digest = sha1(usedforsecurity=False)
    for item in run:
        path, kind, mode, uid, gid, size, _, target = item.member
        content = item.content() if item.content else ""
        text = f"{path}\0{kind}\0{mode} {uid} {gid} {size}\0{target}\0{content}\0"
        digest.update(text.encode("utf-8", "surrogateescape"))
    return digest.digest()


def _chunks(item: Item, start: int = 0) -> Iterator[bytes]:
    """Yield an item's part of the tar, its content from `start` on."""
    yield header(item.member._replace(mtime=STAMP))
    if item.open:
        with item.open() as file:
            file.seek(start)
            while chunk := file.read(CHUNK):
                yield chunk
        yield bytes(-item.member.size % BLOCK)


def _tail(run: Run) -> bytes:
    """Return the last bytes of a run, as many as deflate looks back."""
    tail = b""
    for item in reversed(run):
        tail = b"".join(_chunks(item, max(0, item.member.size - WINDOW))) + tail
        if len(tail) >= WINDOW:
            break
    return tail[-WINDOW:]

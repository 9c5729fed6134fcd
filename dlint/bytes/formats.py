"""How large a layer's blob is in the formats that BuildKit writes where it is told to: gzip of
another level, zstd, eStargz, or none.

Measured with eleven trees (Python, Perl and JavaScript source, their compiled forms, ELF and Go
binaries, manual pages, message catalogues, time zones, a git folder; 1 to 27 MB) against BuildKit
0.13, whose zstd is klauspost/compress and knows four levels. Off by, after `_ZSTD`: zstd at its
default -2.0 to +2.1 %, below 3 -4.2 to +4.4 %, at 7 and 8 -1.3 to +1.3 %, from 9 on -1.4 to +1.7 %;
eStargz -2.9 to +0.8 %; gzip at 9 -2.4 to +1.0 %, at 1 -9.9 to +0.2 %.
"""

from __future__ import annotations

import time
import zlib
from contextlib import suppress
from importlib import import_module
from itertools import chain

from dlint.bytes.compress import COMPRESSORS, GZIP_FRAME, STAMP, tar_of
from dlint.bytes.item import Items
from dlint.bytes.tar import BLOCK, END, header
from dlint.errors import DlintError
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from dlint.bytes.item import Item

GZIP, ZSTD, ESTARGZ, PLAIN = FORMATS = ("gzip", "zstd", "estargz", "uncompressed")
LEVELS = {GZIP: 9, ZSTD: 22, ESTARGZ: 9, PLAIN: 0}  # the highest of each
_LIMIT = 1 << 28  # bytes of a layer that are compressed; the rest is taken to be like them
_GZIP = 16 + zlib.MAX_WBITS  # what zlib calls a window in gzip's frame
_STARGZ_CHUNK = 1 << 22  # bytes of a file in one gzip member
_STARGZ_FOOTER = 51


class Compression(NamedTuple):
    """What a build is told of compression; `force`: also for layers that stand already."""

    format: str = GZIP
    level: int | None = None
    force: bool = False

    @property
    def is_default(self) -> bool:
        """Whether new layers are what they are without being told."""
        return self.format == GZIP and self.level is None


def format_of(media_type: str) -> str:
    """Return the format that a layer's media type tells; an eStargz layer says that it is gzip."""
    suffix = media_type.rpartition("tar")[2]
    return {"+zstd": ZSTD, ".zstd": ZSTD, "": PLAIN}.get(suffix, GZIP) if media_type else ""


class _Zstd(NamedTuple):
    """The parameters of libzstd that come nearest to a level of BuildKit's."""

    below: int  # the first level that is another one
    scale: float
    parameters: dict[str, int]


_ZSTD = (
    _Zstd(3, 1.005, {"compression_level": 2, "window_log": 22, "hash_log": 15, "min_match": 5}),
    _Zstd(
        7,
        0.993,
        {
            "compression_level": 3,
            "window_log": 23,
            "hash_log": 17,
            "chain_log": 14,
            "min_match": 6,
        },
    ),
    _Zstd(9, 1.007, {"compression_level": 5, "window_log": 24}),
    _Zstd(99, 0.99, {"compression_level": 7, "window_log": 25}),
)
_ZSTD_DEFAULT = 3


class FormatSizes:
    """Sizes of layers' blobs in one format, in bytes; a layer of the same content is compressed
    once.
    """

    def __init__(self, format: str, level: int | None = None) -> None:  # noqa: A002  what it is
        """Write `format` at `level`, None for its default. Raises DlintError where nothing can:
        zstd needs a library before Python 3.14.
        """
        self._format, self._level = format, level
        self._zstd = _library() if format == ZSTD else None
        self._known: dict[bytes, int] = {}

    def of(self, *parts: Sequence[Item]) -> int:
        """Return the size of the blob that holds the items of `parts`, one part after the other."""
        items = Items(chain.from_iterable(parts))
        if items.name not in self._known:
            self._known[items.name] = self._measured(items)
        return self._known[items.name]

    def _measured(self, items: Sequence[Item]) -> int:
        total = sum(item.length for item in items) + len(END)
        if self._format == PLAIN:
            return total
        if self._format == ESTARGZ:
            return _stargz(items, self._level)
        size = taken = 0
        stream = self._zstandard() if self._format == ZSTD else _deflate(self._level, _GZIP)
        for data in chain(tar_of(items), (END,)):
            size += len(stream.compress(data))
            taken += len(data)
            if taken >= _LIMIT:
                break
        size = round((size + len(stream.flush())) * self._scale)
        return min(size, taken) if taken == total else size * total // taken

    @property
    def _scale(self) -> float:
        return self._zstd_level.scale if self._format == ZSTD else COMPRESSORS[GZIP].scale

    @property
    def _zstd_level(self) -> _Zstd:
        level = _ZSTD_DEFAULT if self._level is None else self._level
        return next(each for each in _ZSTD if level < each.below)

    def _zstandard(self) -> Any:  # noqa: ANN401  of whichever library is there
        names = self._zstd.CompressionParameter  # type: ignore[union-attr]  # it is there for zstd
        told = self._zstd_level.parameters.items()
        options = {getattr(names, name): value for name, value in told}
        return self._zstd.ZstdCompressor(options=options)  # type: ignore[union-attr]  # as above


def _library() -> Any:  # noqa: ANN401  a module
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return import_module(name)
    raise DlintError(
        "nothing here compresses with zstd",
        "install dlint-dockerfile[rpm], or use Python 3.14",
    )


def _deflate(level: int | None, window_bits: int) -> zlib._Compress:
    default = COMPRESSORS[GZIP].level
    return zlib.compressobj(default if level is None else level, zlib.DEFLATED, window_bits)


def _stargz(items: Iterable[Item], level: int | None) -> int:
    """Return the size of an eStargz blob: a gzip member begins with each file's content, and a
    table of contents stands at the end (stargz-snapshotter, docs/estargz.md).
    """
    from hashlib import sha256
    from json import dumps

    total, waiting, table = 0, b"", []
    for item in items:
        waiting += header(item.member._replace(mtime=STAMP))
        entry: dict[str, Any] = _entry(item)
        table.append(entry)
        if item.content is None or not item.member.size:
            continue
        digest = sha256()
        with item.content.open() as file:
            while data := file.read(_STARGZ_CHUNK):
                total += _member(waiting, level)
                waiting = data
                digest.update(data)
        name = f"sha256:{digest.hexdigest()}"
        entry |= {"offset": total, "digest": name, "chunkDigest": name}
        waiting += bytes(-item.member.size % BLOCK)
    contents = dumps({"version": 1, "entries": table}, indent="\t").encode()
    contents = bytes(BLOCK) + contents + bytes(-len(contents) % BLOCK) + END
    return total + _member(waiting + END, level) + _member(contents, level) + _STARGZ_FOOTER


def _entry(item: Item) -> dict[str, Any]:
    member = item.member
    kind = {"file": "reg"}.get(member.kind, member.kind)
    entry: dict[str, Any] = {"name": member.path, "type": kind}
    if member.kind == "file":
        entry["size"] = member.size
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(STAMP))
    return {**entry, "modtime": when, "mode": member.mode & 0o7777}


def _member(data: bytes, level: int | None) -> int:
    stream = _deflate(level, -zlib.MAX_WBITS)
    size = len(stream.compress(data)) + len(stream.flush())
    scaled = round(size * COMPRESSORS[GZIP].scale)
    return max(size, min(scaled, len(data))) + GZIP_FRAME

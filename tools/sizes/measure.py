"""Measures what a package takes up in a layer: its files and dpkg's record of it, as a layer stores
them.

A .deb is compressed by xz or zstd, a layer by gzip. So its tar is read again and gzip'ed, member
for member in one stream, once with all files and once without those that slim images tell dpkg to
leave out.
"""

from __future__ import annotations

import fnmatch
import io
import marshal
import subprocess
import tarfile
import warnings
import zlib
from contextlib import suppress
from importlib.util import source_hash
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEVEL = 6  # gzip's own default, and that of builders
# What Debian's slim images tell dpkg to leave out, and to take all the same (debuerreotype's
# .slimify-excludes).
LEFT_OUT = tuple(
    f"usr/share/{name}/*" for name in ("doc", "info", "linda", "lintian/overrides", "locale", "man")
)
KEPT = ("usr/share/doc/*/copyright",)
# Where Debian's python3 compiles every module when a package is configured.
COMPILED = ("usr/lib/python3/dist-packages/*.py", "usr/lib/python3.*/*.py")
INFO = "var/lib/dpkg/info/"


class Measured(NamedTuple):
    """Bytes in a layer, compressed by gzip: with all files, and in an image that leaves documents
    out.
    """

    full: int
    slim: int


class Stream:
    """Counts what gzip makes of a tar that is written to it."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
        self._bytes = 0

    def add(self, data: bytes) -> None:
        """Write some bytes of the tar."""
        self._bytes += len(self._gzip.compress(data))

    def file(self, name: str, data: bytes) -> None:
        """Write a file of this name and content."""
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self.member(info, data)

    def member(self, info: tarfile.TarInfo, data: bytes) -> None:
        """Write a member: header, content, padding."""
        self.add(info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE))

    def close(self) -> int:
        """Return how many bytes gzip has made of all."""
        self._bytes += len(self._gzip.flush())
        return self._bytes


def measure(deb: Path, name: str) -> Measured:
    """Measure one .deb. Raises CalledProcessError where dpkg-deb cannot read it."""
    slim, rest = Stream(), Stream()
    paths = ["/."]
    for info, data in _members(deb, "--fsys-tarfile"):
        path = info.name.removeprefix("./")
        paths.append(f"/{path}")
        stream = rest if _is_left_out(path) else slim
        stream.member(info, data)
        if any(fnmatch.fnmatch(path, pattern) for pattern in COMPILED):
            _compiled(slim, path, data)
    slim.file(f"{INFO}{name}.list", "\n".join((*paths, "")).encode())
    for info, data in _members(deb, "--ctrl-tarfile"):
        if info.isfile() and (file := info.name.removeprefix("./")) != "control":
            slim.file(f"{INFO}{name}.{file}", data)
    kept = slim.close()
    return Measured(kept + rest.close(), kept)


def _members(deb: Path, how: str) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    with subprocess.Popen(["dpkg-deb", how, deb], stdout=subprocess.PIPE) as unpack:
        output: IO[bytes] = unpack.stdout or io.BytesIO()
        with tarfile.open(fileobj=output, mode="r|") as archive:
            for info in archive:
                file = archive.extractfile(info) if info.isreg() else None
                yield info, file.read() if file else b""
        output.read()
    if unpack.returncode:
        raise subprocess.CalledProcessError(unpack.returncode, unpack.args)


def _is_left_out(path: str) -> bool:
    left_out = any(fnmatch.fnmatch(path, pattern) for pattern in LEFT_OUT)
    return left_out and not any(fnmatch.fnmatch(path, pattern) for pattern in KEPT)


def _compiled(stream: Stream, path: str, data: bytes) -> None:
    """Write the byte code of a module; of what this Python cannot compile, none."""
    folder, _, file = path.rpartition("/")
    with suppress(SyntaxError, ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = marshal.dumps(compile(data, path, "exec", dont_inherit=True, optimize=0))
        stream.file(
            f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-3.pyc",
            source_hash(data) * 2 + code,
        )

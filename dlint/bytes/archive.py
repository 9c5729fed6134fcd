"""Local archives that ADD unpacks: a tar, plain or in gzip, bzip2, xz or zstd, known by content,
not by name.

Tried on Docker 26.1.5: an empty tar, a cut header or anything else is copied as it is.
"""

from __future__ import annotations

import posixpath
import tarfile
import zlib
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, cast

from dlint.bytes.tar import BLOCK, CHUNK, Member
from dlint.context.base import walk_key
from dlint.errors import DlintError
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlint.bytes.tar import MemberKind
    from dlint.context import BuildContext, Entry

# The first bytes, and the module that reads what follows.
MAGIC = {b"\x1f\x8b\x08": "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma", b"\x28\xb5\x2f\xfd": "zstd"}
KINDS: dict[bytes, MemberKind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.GNUTYPE_SPARSE: "file",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "link",
    tarfile.FIFOTYPE: "fifo",
    tarfile.CHRTYPE: "character",
    tarfile.BLKTYPE: "block",
}


class Unpacked(NamedTuple):
    """One path that an archive leaves behind. `open` reads it; None for what is no file with
    content of its own.
    """

    member: Member
    open: Callable[[], BinaryIO] | None


def is_archive(context: BuildContext, entry: Entry) -> bool:
    """Tell whether ADD unpacks the file. Of zstd only the outside is looked at: a tar by its name
    is taken for one.
    """
    with context.open(entry.path) as file:
        kind = _compression(file)
        if kind == "zstd":
            return entry.path.endswith((".tar.zst", ".tzst"))
        faults = _faults(kind)
        try:
            tarfile.TarInfo.frombuf(_plain(file, kind).read(BLOCK), "utf-8", "surrogateescape")
        except faults:
            return False
    return True


def unpack(context: BuildContext, entry: Entry) -> tuple[Unpacked, ...] | None:
    """Return what ADD makes of an archive, relative to the destination and sorted; None for zstd.

    Folders that only the paths of others imply are not among them. Raises DlintError where the
    archive is broken.
    """
    file = context.open(entry.path)
    kind = _compression(file)
    if kind == "zstd":
        return None
    faults = _faults(kind)
    try:
        archive = tarfile.open(fileobj=_spooled(file, kind), mode="r:", errors="surrogateescape")  # noqa: SIM115  its members are read later
        return tuple(_members(archive))
    except faults as error:
        raise DlintError(
            f"{entry.path}: broken archive: {error}", "ADD fails on it as well"
        ) from error


def _members(archive: tarfile.TarFile) -> Iterator[Unpacked]:
    nodes = _nodes(archive)
    first: dict[int, str] = {}
    for path in sorted(nodes, key=walk_key):
        info = nodes[path]
        name = first.setdefault(info.offset, path) if info.isreg() else path
        kind = "link" if name != path else KINDS[info.type]
        size = info.size if kind == "file" else 0
        target = name if name != path else info.linkname
        # what is a fraction of a second goes towards the past
        mode = 0o777 if info.issym() else info.mode & 0o7777
        member = Member(path, kind, mode, info.uid, info.gid, size, int(info.mtime // 1), target)
        yield Unpacked(member, partial(_open, archive, info) if size else None)


def _nodes(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Return the last entry of an archive for each path; for a hard link, what it leads to."""
    nodes: dict[str, tarfile.TarInfo] = {}
    for info in archive:
        path = _path(info.name)
        if path and info.type in KINDS:
            linked = nodes.get(_path(info.linkname)) if info.islnk() else None
            nodes[path] = linked or info
    return nodes


def _path(name: str) -> str:
    return posixpath.normpath("/" + name).strip("/")


def _open(archive: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    return cast("BinaryIO", archive.extractfile(info))


def _spooled(file: BinaryIO, kind: str) -> BinaryIO:
    """Return the tar in a file that can be read in any order: its own, or one without a name."""
    if not kind:
        return file
    from tempfile import TemporaryFile

    spool = TemporaryFile()  # noqa: SIM115  closed with the last that reads it
    with file, _plain(file, kind) as plain:
        while chunk := plain.read(CHUNK):
            spool.write(chunk)
    spool.seek(0)
    return cast("BinaryIO", spool)


def _compression(file: BinaryIO) -> str:
    head = file.read(max(map(len, MAGIC)))
    file.seek(0)
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")


def _plain(file: BinaryIO, kind: str) -> BinaryIO:
    return cast("BinaryIO", import_module(kind).open(file)) if kind else file


def _faults(kind: str) -> tuple[type[Exception], ...]:
    """Return what reading a broken file raises."""
    own = import_module("lzma").LZMAError if kind == "lzma" else zlib.error
    return (tarfile.TarError, OSError, EOFError, ValueError, own)

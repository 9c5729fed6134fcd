"""A layer's tar, byte for byte as BuildKit's snapshotters write it, so that its DiffID is known
before any build.

The writer is Go's archive/tar in the format PAX with whole seconds and no user names: plain ustar
headers wherever all fits into one, an extended header before the others, two blocks of zeros at the
end and no padding after them. Compared with the layers of Docker 26.1.5 (BuildKit 0.13) and
BuildKit 0.26: DiffIDs are equal.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from dlint.errors import DlintError
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO, Literal

    MemberKind = Literal["file", "dir", "symlink", "link", "fifo", "character", "block"]

BLOCK = 512
# name, mode, uid, gid, size, mtime, checksum, flag, target, format, names of user and group,
# device, prefix
HEADER = struct.Struct("100s8s8s8s12s12s8sc100s8s64x8s8s155s12x")
END = bytes(2 * BLOCK)
CHUNK = 1 << 20  # bytes read at once
NAME, PREFIX = 100, 155  # bytes that the fields of a ustar header hold
LARGEST_ID = 0o7777777
LARGEST_NUMBER = 0o77777777777  # of a size or a time

FLAGS: dict[MemberKind, bytes] = {
    "file": b"0",
    "link": b"1",
    "symlink": b"2",
    "character": b"3",
    "block": b"4",
    "dir": b"5",
    "fifo": b"6",
}


class Member(NamedTuple):
    """One entry of a layer's tar. `path` has no leading slash, `target` is that of a symlink or a
    hard link.
    """

    path: str
    kind: MemberKind
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    size: int = 0  # bytes; 0 for what is no file
    mtime: int = 0  # whole seconds
    target: str = ""


def tar_bytes(members: Iterable[Member]) -> int:
    """Return the exact size in bytes, uncompressed, of the tar that holds `members`."""
    return len(END) + sum(member_bytes(member) for member in members)


def member_bytes(member: Member) -> int:
    """Return what one member takes in the tar, in bytes: its headers and its content, in whole
    blocks.
    """
    records = extended(member)
    extra = BLOCK + _whole(len(_records(records))) if records else 0
    return extra + BLOCK + _whole(member.size)


def diff_id(members: Iterable[Member], read: Callable[[Member], BinaryIO]) -> str:
    """Return the digest of the uncompressed tar, `sha256:` and all, streaming each file's content
    from `read`.
    """
    from hashlib import sha256

    digest = sha256()
    for chunk in tar_stream(members, read):
        digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def tar_stream(members: Iterable[Member], read: Callable[[Member], BinaryIO]) -> Iterator[bytes]:
    """Yield the tar in pieces of 1 MiB at most. Raises DlintError where a file's size is no longer
    what it was.
    """
    for member in members:
        yield header(member)
        if member.kind == "file" and member.size:
            yield from _content(member, read)
    yield END


def _content(member: Member, read: Callable[[Member], BinaryIO]) -> Iterator[bytes]:
    left = member.size
    with read(member) as file:
        while chunk := file.read(CHUNK):
            left -= len(chunk)
            yield chunk
    if left:
        raise DlintError(f"{member.path}: changed while it was read")
    yield bytes(-member.size % BLOCK)


def header(member: Member) -> bytes:
    """Return a member's header, with the extended one before it where it needs one."""
    records = extended(member)
    name = _name(member)
    if not records:
        prefix, name = (_split(name) or (b"", name)) if len(name) > NAME else (b"", name)
        return _block(member, name, _encode(member.target), prefix)
    data = _records(records)
    folder, _, file = name.rpartition(b"/")
    label = _ascii(b"/".join(part for part in (folder, b"PaxHeaders.0", file) if part))[
        :NAME
    ].rstrip(b"/")
    plain = _block(member, _ascii(name), _ascii(_encode(member.target)))
    return b"".join([_extension(label, len(data)), data, bytes(-len(data) % BLOCK), plain])


def extended(member: Member) -> dict[str, bytes]:
    """Return what a plain header has no room for, by the names that POSIX gives the records."""
    if _is_plain(member):
        return {}
    name, target = _name(member), _encode(member.target)
    found: dict[str, bytes] = {}
    if not name.isascii() or (len(name) > NAME and _split(name) is None):
        found["path"] = name
    if not target.isascii() or len(target) > NAME:
        found["linkpath"] = target
    for key, value, largest in (
        ("uid", member.uid, LARGEST_ID),
        ("gid", member.gid, LARGEST_ID),
        ("size", member.size, LARGEST_NUMBER),
        ("mtime", member.mtime, LARGEST_NUMBER),
    ):
        if not 0 <= value <= largest:
            found[key] = b"%d" % value
    return found


def _is_plain(member: Member) -> bool:
    """Tell at a glance that a plain header has room for a member, as for nearly all there are."""
    path, target = member.path, member.target
    return (
        len(path) < NAME
        and path.isascii()
        and (not target or (len(target) <= NAME and target.isascii()))
        and min(member[2:7]) >= 0
        and max(member.uid, member.gid) <= LARGEST_ID
        and max(member.size, member.mtime) <= LARGEST_NUMBER
    )


def _records(records: dict[str, bytes]) -> bytes:
    return b"".join(_record(key.encode(), value) for key, value in sorted(records.items()))


def _record(key: bytes, value: bytes) -> bytes:
    """Return `LENGTH KEY=VALUE` and a line end, where LENGTH counts its own digits too."""
    bare = len(key) + len(value) + 3
    length = bare + len(str(bare))
    length = bare + len(str(length))
    return b"%d %b=%b\n" % (length, key, value)


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """Divide a long name at the last slash that lets both fields hold their part; None where no
    slash does.
    """
    end = min(len(name) - name.endswith(b"/"), PREFIX + 1)
    at = name.rfind(b"/", 0, end)
    prefix, rest = name[:at], name[at + 1 :]
    return (prefix, rest) if at > 0 and 0 < len(rest) <= NAME else None


def _block(member: Member, name: bytes, target: bytes, prefix: bytes = b"") -> bytes:
    numbers = (_octal(number, 8) for number in (member.mode, member.uid, member.gid))
    longer = (_octal(number, 12) for number in (member.size, member.mtime))
    device = _octal(0, 8)
    return _summed(
        _cut(name), *numbers, *longer, FLAGS[member.kind], _cut(target), device, device, prefix
    )


def _extension(label: bytes, size: int) -> bytes:
    """Return the header that stands before the records; fields that mean nothing here are zeros,
    not digits.
    """
    zero = _octal(0, 8)
    return _summed(
        label, zero, zero, zero, _octal(size, 12), _octal(0, 12), b"x", b"", b"", b"", b""
    )


def _summed(*fields: bytes) -> bytes:
    """Pack a header: its first six fields, the checksum, and the rest; sums it as if the checksum
    were spaces.
    """
    block = HEADER.pack(*fields[:6], b" " * 8, *fields[6:8], b"ustar\x0000", *fields[8:])
    return b"%b%06o\0 %b" % (block[:148], sum(block), block[156:])


def _cut(value: bytes) -> bytes:
    """Cut a text for its field; it must not end with a slash then, or readers would take it for a
    folder.
    """
    return value[:NAME].removesuffix(b"/") if len(value) > NAME else value


@lru_cache(1 << 10)  # of most fields all members have the same few
def _octal(value: int, width: int) -> bytes:
    """Return `value` in octal digits, and 0 where they do not fit: an extended header has told it
    then.
    """
    digits = width - 1
    return b"%0*o\0" % (digits, value if 0 <= value < 8**digits else 0)


def _name(member: Member) -> bytes:
    return _encode(member.path) + b"/" * (member.kind == "dir")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _ascii(text: bytes) -> bytes:
    return bytes(byte for byte in text if byte < 0x80)  # noqa: PLR2004  the first byte that is not ASCII


def _whole(size: int) -> int:
    return size + -size % BLOCK

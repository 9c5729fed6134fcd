"""What `docker buildx history export` writes: an OCI layout as a tar, which may be compressed, with
the messages of the build among its blobs.

A record's manifest names them by the media type `application/vnd.buildkit.status.v0`: messages of
BuildKit's control API, each behind its length as four bytes, the least significant first. Read from
BuildKit's sources (`solver/llbsolver/history.go`, `api/services/control/control.proto`).
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.records.rawjson import read_messages
from dlint.records.record import Format
from dlint.text.safe import json_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from dlint.records.record import Record

STATUS = "application/vnd.buildkit.status.v0"
# Bounds of what is read: blobs of an archive; bytes of a document, and of all that is in it.
BLOBS, DOCUMENT, MESSAGES = 10_000, 16_000_000, 512_000_000
_LENGTH = 4
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
# Fields by their numbers in control.proto: what they are called in rawjson.
_VERTEX = {1: "digest", 3: "name", 4: "cached", 5: "started", 6: "completed", 7: "error"}
_STATUS = {1: "id", 2: "vertex", 3: "name", 4: "current", 5: "total"}
_TIMES = frozenset(("started", "completed"))
_TEXTS = frozenset(("digest", "name", "error", "id", "vertex"))


def read_archive(file: BufferedReader, shown: str) -> list[Record]:
    """Return the builds that an archive tells of. Raises DlintError."""
    blobs: dict[str, bytes] = {}
    size = 0
    try:
        with tarfile.open(fileobj=file, mode="r|*") as archive:
            for member in archive:
                size += member.size
                if len(blobs) > BLOBS or size > MESSAGES:
                    raise DlintError(f"{shown}: holds more than the record of a build")
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    blobs[member.name.removeprefix("./")] = content.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DlintError(f"{shown}: is not an archive that can be read: {error}") from None
    found = []
    for data in _logs(blobs, shown):
        found += read_messages(enumerate(_messages(data, shown), start=1), Format.HISTORY)
    if not found:
        raise DlintError(
            f"{shown}: holds no record of a build",
            "save one with docker buildx history export, or with --progress=rawjson",
        )
    return found


def _logs(blobs: dict[str, bytes], shown: str) -> Iterator[bytes]:
    """Yield the messages of each build, as the manifests name them."""
    waiting = list(_descriptors(blobs.get("index.json", b"{}"), "manifests", shown))
    seen: set[str] = set()
    while waiting:
        descriptor = waiting.pop(0)
        digest = str(descriptor.get("digest", ""))
        blob = blobs.get(f"blobs/{digest.replace(':', '/')}")
        if blob is None or digest in seen:
            continue
        seen.add(digest)
        media = str(descriptor.get("mediaType", ""))
        if media == STATUS:
            yield blob
        elif media.endswith("+json") and len(blob) <= DOCUMENT:
            for key in ("manifests", "layers"):
                waiting += _descriptors(blob, key, shown)


def _descriptors(data: bytes, key: str, shown: str) -> Iterator[dict[str, Any]]:
    try:
        found = json_value(data)
    except ValueError as error:
        raise DlintError(f"{shown}: a document in it is not valid JSON: {error}") from None
    named = found.get(key) if isinstance(found, dict) else None
    listed = named if isinstance(named, list) else []
    yield from (each for each in listed if isinstance(each, dict))


def _messages(data: bytes, shown: str) -> Iterator[dict[str, Any]]:
    """Yield the messages as rawjson would have them."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + _LENGTH], "little")
        message = data[at + _LENGTH : at + _LENGTH + length]
        if len(message) < length or at + _LENGTH > len(data):
            raise DlintError(f"{shown}: the messages of the build are cut off")
        at += _LENGTH + length
        try:
            yield _message(message)
        except (IndexError, UnicodeDecodeError, ValueError):
            raise DlintError(f"{shown}: holds messages that dlint cannot read") from None


def _message(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"vertexes": [], "statuses": []}
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            found["vertexes"].append(_named(value, _VERTEX))
        elif number == 2 and isinstance(value, bytes):  # noqa: PLR2004  the field's number
            found["statuses"].append(_named(value, _STATUS))
    return found


def _named(data: bytes, names: dict[int, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        name = names.get(number)
        if name is None:
            continue
        if name in _TIMES and isinstance(value, bytes):
            found[name] = _moment(value)
        elif name in _TEXTS and isinstance(value, bytes):
            found[name] = value.decode()
        elif isinstance(value, int):
            found[name] = bool(value) if name == "cached" else value
    return found


def _moment(data: bytes) -> float:
    """Read a time as seconds since 1970: the seconds, and the nanoseconds."""
    parts = {number: value for number, value in _fields(data) if isinstance(value, int)}
    return parts.get(1, 0) + parts.get(2, 0) / 1e9


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message by their numbers. Raises IndexError where it is cut off, and
    ValueError for what is no field.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == _BYTES:
            length, at = _varint(data, at)
        elif kind in _WIDTHS:
            length = _WIDTHS[kind]
        else:
            raise ValueError(f"no field is of kind {kind}")
        if at + length > len(data):
            raise IndexError(length)
        yield number, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004  the last one
            return value, at
        if shift > 63:  # noqa: PLR2004  bits of the largest number
            raise ValueError("a number of more than 64 bits")

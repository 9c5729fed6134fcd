"""Files that a Dockerfile fetches from fixed addresses (ADD, curl, wget): what their servers say of
them.

Whoever wrote the Dockerfile named the host, so it is asked only where the user's own settings allow
it by name, and never with a credential. Nothing of a file is read but its first bytes, by range.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.packages import Answer, Index, Missing, Origin, PackageSize, Provenance

if TYPE_CHECKING:
    from dlint.packages import OnlineSettings, SizeRequest
    from dlint.sizes.indexes.http import Client

SAMPLE = 1 << 18  # bytes that are packed to see how well the rest will
# What files begin with that gzip makes no smaller: archives, pictures, films, fonts. `at` is where
# the sign stands.
PACKED = (
    (0, b"\x1f\x8b"),  # gzip
    (0, b"PK\x03\x04"),  # zip, and with it wheels, jars, office files
    (0, b"\xfd7zXZ\0"),
    (0, b"\x28\xb5\x2f\xfd"),  # Zstandard
    (0, b"BZh"),
    (0, b"\x04\x22\x4d\x18"),  # LZ4
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"\xed\xab\xee\xdb"),  # rpm
    (0, b"\x89PNG"),
    (0, b"\xff\xd8\xff"),  # JPEG
    (0, b"wOF2"),
    (4, b"ftyp"),  # MPEG-4
)
NAMES = (".br", ".deb", ".lzma")  # no sign, or one of a container whose content is packed


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what the files at addresses weigh, kept as they come."""
    from dlint.sizes.indexes.http import Client

    provenance = Provenance("the files' servers", datetime.now(UTC).date().isoformat())
    with Client(settings) as client:
        answers = client.each(lambda url: _size(client, url), request.specs)
    pairs = list(zip(request.specs, answers, strict=True))
    return Answer(
        tuple(answer for answer in answers if isinstance(answer, PackageSize)),
        provenance,
        tuple(
            Missing(url, answer.message) for url, answer in pairs if isinstance(answer, DlintError)
        ),
    )


def _size(client: Client, url: str) -> PackageSize:
    index = Index(url, Origin.REPOSITORY)
    length = client.length(url, index)
    if length is None:
        raise DlintError("its server does not tell its size")
    try:
        begin, _ = client.part(url, index, f"0-{SAMPLE - 1}", SAMPLE)
    except DlintError:
        begin = b""
    return PackageSize(url, "", length, layer_bytes(url, length, begin))


def layer_bytes(url: str, length: int, begin: bytes) -> int | None:
    """Return about how many bytes a file takes up in a gzip layer, by its first ones; None without
    those.
    """
    path = url.partition("?")[0].partition("#")[0]
    if path.endswith(NAMES) or any(begin[at : at + len(sign)] == sign for at, sign in PACKED):
        return length
    if not begin:
        return None
    return round(length * min(1.0, len(zlib.compress(begin, 6)) / len(begin)))

"""Alpine's index: APKINDEX.tar.gz, as apk-tools 2 and 3 read it (format: Alpine's wiki, "Apk
spec").

Not measured against a real repository, which the machine where this was written does not reach:
only against files of that format. A package is a gzip of its files' tar, as a layer is: its size
stands for what it adds to one.
"""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.packages import Answer, Index, Missing, Provenance, read_size
from dlint.sizes.indexes.closure import Entry, Repository, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.packages import OnlineSettings, SizeRequest

LIMIT = 1 << 28  # bytes of an index as unpacked: Alpine's community has some 30 million
INDEX = "APKINDEX"
WORD = re.compile(r"^([^<>=~@]+)")
ARCHITECTURES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "386": "x86",
    "arm/v6": "armhf",
    "arm/v7": "armv7",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what Alpine's packages weigh.

    Where Alpine's repositories are, the user's settings tell. `request.indexes` are those that the
    RUN names (`https://HOST/alpine/v3.20/main`): their hosts are asked where the user's settings
    allow them by name.
    """
    provenance = Provenance("the index of Alpine's packages", datetime.now(UTC).date().isoformat())
    try:
        repository = Repository(_entries(request, settings))
    except DlintError as error:
        return Answer((), provenance, tuple(Missing(spec, error.message) for spec in request.specs))
    names = [name for spec in request.specs if (name := _word(spec))]
    entries, missing = repository.closure(names, request.base.packages)
    return Answer(sized(entries, lambda each: each.archive_bytes), provenance, tuple(missing))


def _entries(request: SizeRequest, settings: OnlineSettings) -> Iterator[Entry]:
    indexes = (*_own(request, settings), *request.indexes)
    if not indexes:
        raise DlintError(
            "where Alpine's packages are is not known",
            'Tell it in your own configuration: indexes.alpine = "https://…/alpine"',
        )
    from dlint.sizes.indexes.http import Client

    architecture = ARCHITECTURES.get(request.base.architecture, request.base.architecture)
    with Client(settings) as client:
        for index in indexes:
            reply = client.get(f"{index.url.rstrip('/')}/{architecture}/{INDEX}.tar.gz", index)
            yield from read_index(reply.body, index.url)


def _own(request: SizeRequest, settings: OnlineSettings) -> Iterator[Index]:
    """Yield the repositories of the base's release."""
    place, release = dict(settings.indexes).get("alpine"), request.base.release
    if place and release:
        for name in ("main", "community"):
            yield Index(f"{place.rstrip('/')}/v{release}/{name}")


def read_index(data: bytes, where: str) -> Iterator[Entry]:
    """Read APKINDEX.tar.gz: gzip streams in a row, of which the first ones hold signatures; raises
    DlintError.
    """
    text = _unpacked(data, where).decode("utf-8", "replace")
    for block in text.split("\n\n"):
        told = dict(line.split(":", 1) for line in block.split("\n") if line[1:2] == ":")
        if "P" in told and "V" in told:
            yield _entry(told)


def _entry(told: dict[str, str]) -> Entry:
    return Entry(
        told["P"],
        told["V"],
        read_size(told.get("S")),
        read_size(told.get("I")),
        _words(told.get("D", "")),
        _words(told.get("p", "")),
        int(told["k"]) if told.get("k", "").isascii() and told.get("k", "").isdigit() else 0,
        _words(told.get("i", "")),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(name for each in text.split() if (name := _word(each)))


def _word(spec: str) -> str:
    """Return the name in `name>=1.0` or `name@repository`; nothing of what must not be there
    (`!name`).
    """
    found = None if spec.startswith(("!", "-")) else WORD.match(spec)
    return found[1] if found else ""


def _unpacked(data: bytes, where: str) -> bytes:
    plain = bytearray()
    try:
        while data:
            stream = zlib.decompressobj(wbits=31)
            plain += stream.decompress(data, LIMIT + 1 - len(plain))
            if len(plain) > LIMIT:
                raise DlintError(f"{where}: has an index of more than {LIMIT} bytes")
            if not stream.eof:
                raise DlintError(f"{where}: has an index that breaks off")
            data = stream.unused_data
        with tarfile.open(fileobj=io.BytesIO(plain), ignore_zeros=True) as tar:
            member = next((each for each in tar if each.name == INDEX and each.isreg()), None)
            content = tar.extractfile(member) if member else None
            if content is None:
                raise DlintError(f"{where}: has no {INDEX} in its index")
            return content.read()
    except (zlib.error, tarfile.TarError, EOFError, ValueError) as error:
        raise DlintError(f"{where}: has an index that cannot be read ({error})") from None

"""Repositories of rpm packages: repomd.xml and the primary metadata that it names (createrepo_c),
for dnf and others.

Not measured against a real repository, which the machine where this was written does not reach:
only against files of that format.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin
from xml.parsers.expat import ExpatError, ParserCreate

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.packages import Answer, Index, Missing, Provenance, read_size
from dlint.sizes.indexes.closure import Entry, Repository, sized
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.packages import OnlineSettings, SizeRequest
    from dlint.sizes.indexes.http import Client

LIMIT = 1 << 30  # bytes of primary metadata as unpacked: Fedora's has some 200 million
PACKED_LIMIT = 1 << 27
REPOMD_LIMIT = 1 << 20
CHUNK = 1 << 20
HASHES = {"sha": "sha1", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
ARCHITECTURES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "386": "i686",
}
# Layer bytes for a byte of package, which is packed better: the median of 34 packages of Debian 12
# drawn by a seed, xz as rpm's were for long (a tenth below 1.00, a tenth above 1.36, 0.99 to 3.9).
# No rpm was measured.
LAYER = 1.11

HELD = "what the packages need that the base has not"

PARTS = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
Order: TypeAlias = "tuple[tuple[tuple[float, str | int], ...], ...]"


class Metadata(NamedTuple):
    """Where a repository's primary metadata is, and the digest of it as packed."""

    location: str
    algorithm: str
    digest: str


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what rpm packages weigh.

    Where a distribution's repositories are, the user's settings tell, as many addresses as there
    are, with dnf's own variables (`$releasever`, `$basearch`). `request.indexes` are those that the
    RUN names. Each ends above `repodata`. Of a base that holds more than is known only what is
    named counts, without what the packages need that are known to be there.
    """
    provenance = Provenance(
        "the index of rpm packages", datetime.now(UTC).date().isoformat(), Basis.GUESSED
    )
    try:
        repository = Repository(_entries(request, settings))
    except DlintError as error:
        return Answer((), provenance, tuple(Missing(spec, error.message) for spec in request.specs))
    base = request.base
    if not base.holds_more:
        entries, missing = repository.closure(request.specs, base.packages)
        return Answer(sized(entries, _layer_bytes), provenance, tuple(missing))
    there = {each.name for each in repository.closure(sorted(base.packages))[0]}
    entries, missing = repository.closure(request.specs, there)
    named = [each for each in entries if each.name in request.specs]
    unnamed = [each for each in missing if each.name in request.specs]
    return Answer(sized(named, _layer_bytes), provenance, (*unnamed, Missing("", HELD)))


def _layer_bytes(entry: Entry) -> int | None:
    return None if entry.archive_bytes is None else round(entry.archive_bytes * LAYER)


def _entries(request: SizeRequest, settings: OnlineSettings) -> Iterator[Entry]:
    indexes = (*_own(request, settings), *request.indexes)
    if not indexes:
        name = request.base.distribution or "the base"
        raise DlintError(
            f"where the packages of {name} are is not known",
            f'Tell it in your own configuration: indexes.{name} = "https://…/$releasever/…"',
        )
    from dlint.sizes.indexes.http import Client

    architecture = ARCHITECTURES.get(request.base.architecture, request.base.architecture)
    with Client(settings) as client:
        for index in indexes:
            yield from read_primary(*_primary(client, index), index.url, {architecture, "noarch"})


def _own(request: SizeRequest, settings: OnlineSettings) -> Iterator[Index]:
    """Yield the repositories of the base's release."""
    base = request.base
    architecture = ARCHITECTURES.get(base.architecture, base.architecture)
    places = dict(settings.indexes).get(base.distribution, "").split() if base.release else []
    for place in places:
        address = place.replace("$releasever", base.release).replace("$basearch", architecture)
        yield Index(address.rstrip("/"))


def _primary(client: Client, index: Index) -> tuple[bytes, str]:
    """Return the primary metadata as packed, and its name; raises DlintError."""
    base = index.url.rstrip("/") + "/"
    found = read_repomd(
        client.get(f"{base}repodata/repomd.xml", index, limit=REPOMD_LIMIT).body, base
    )
    body = client.get(urljoin(base, found.location), index, limit=PACKED_LIMIT).body
    if hashlib.new(found.algorithm, body, usedforsecurity=False).hexdigest() != found.digest:
        raise DlintError(
            f"{base}: has metadata of another digest than it says", "Try again: it may be changing."
        )
    return body, found.location


def read_repomd(data: bytes, where: str) -> Metadata:
    """Read repomd.xml; raises DlintError."""
    found: list[Metadata] = []
    state = {"type": "", "algorithm": "", "digest": "", "location": ""}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "data":
                state.update(type=attributes.get("type", ""), algorithm="", digest="", location="")
            case "checksum":
                state["algorithm"] = HASHES.get(attributes.get("type", ""), "")
            case "location":
                state["location"] = attributes.get("href", "")

    def end(name: str, text: str) -> None:
        match name:
            case "checksum":
                state["digest"] = text.strip()
            case "data" if state["type"] == "primary" and state["algorithm"] and state["location"]:
                found.append(Metadata(state["location"], state["algorithm"], state["digest"]))

    read_xml([data], where, start, end)
    if not found:
        raise DlintError(f"{where}: lists no primary metadata with a digest")
    return found[0]


def read_primary(data: bytes, name: str, where: str, architectures: set[str]) -> Iterator[Entry]:
    """Read primary metadata, packed as its name says, of these architectures; raises DlintError."""
    reader = _Primary(architectures)
    read_xml(unpacked(data, name, where), where, reader.start, reader.end)
    yield from reader.entries


class _Primary:
    """Takes the packages out of primary metadata as it is read."""

    def __init__(self, architectures: set[str]) -> None:
        self._newest: dict[str, tuple[Order, Entry]] = {}
        self._architectures = architectures
        self._told: dict[str, str] = {}
        self._names: dict[str, list[str]] = {"rpm:requires": [], "rpm:provides": []}
        self._list = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "package":
                self._told, self._names = {}, {"rpm:requires": [], "rpm:provides": []}
            case "version":
                self._told |= {key: attributes.get(key, "") for key in ("epoch", "ver", "rel")}
            case "size":
                self._told |= {key: attributes.get(key, "") for key in ("package", "installed")}
            case "rpm:requires" | "rpm:provides":
                self._list = name
            case "rpm:entry" if self._list:
                self._names[self._list].append(attributes.get("name", ""))

    def end(self, name: str, text: str) -> None:
        match name:
            case "name" | "arch":
                self._told[name] = text
            case "rpm:requires" | "rpm:provides":
                self._list = ""
            case "file":
                self._names["rpm:provides"].append(text)
            case "package" if self._told.get("arch") in self._architectures:
                self._keep(self._entry())

    @property
    def entries(self) -> list[Entry]:
        """The newest version of each package."""
        return [entry for _, entry in self._newest.values()]

    def _keep(self, entry: Entry) -> None:
        order = tuple(_order(self._told.get(key, "")) for key in ("epoch", "ver", "rel"))
        if entry.name not in self._newest or self._newest[entry.name][0] < order:
            self._newest[entry.name] = order, entry

    def _entry(self) -> Entry:
        # Conditions ("(a if b)") and what rpm itself provides ("rpmlib(...)") are no packages.
        needs = (
            each for each in self._names["rpm:requires"] if not each.startswith(("(", "rpmlib("))
        )
        return Entry(
            self._told.get("name", ""),
            f"{self._told.get('ver', '')}-{self._told.get('rel', '')}",
            read_size(self._told.get("package")),
            read_size(self._told.get("installed")),
            tuple(dict.fromkeys(needs)),
            tuple(dict.fromkeys(self._names["rpm:provides"])),
        )


def _order(version: str) -> tuple[tuple[float, str | int], ...]:
    """Return what orders versions as rpm does: numbers above letters above a `^` above the end
    above a `~`.
    """
    parts = PARTS.findall(version)
    ranks = {"~": (-1.0, ""), "^": (0.5, "")}
    return (
        *(
            ranks.get(each) or ((2.0, int(each)) if each.isdigit() else (1.0, each))
            for each in parts
        ),
        (0.0, ""),
    )


def read_xml(
    chunks: Iterable[bytes],
    where: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str, str], None],
) -> None:
    """Read XML as it comes: elements' names as written, `end` with the text of those that hold text
    alone.

    No document type is read, and so no entity of one's own: neither bombs nor files. Raises
    DlintError.
    """
    parser = ParserCreate()
    text: list[str] = []

    def started(name: str, attributes: dict[str, str]) -> None:
        text.clear()
        start(name, attributes)

    def ended(name: str) -> None:
        end(name, "".join(text))
        text.clear()

    def refused(*_: object) -> None:
        raise DlintError(f"{where}: has metadata with a document type, which it never needs")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refused
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003  expat takes it by place
        parser.Parse(b"", True)  # noqa: FBT003  as above
    except ExpatError as error:
        raise DlintError(f"{where}: has metadata that is no XML ({error})") from None


def unpacked(data: bytes, name: str, where: str) -> Iterator[bytes]:
    """Yield the content of a file packed as its name says (gzip, xz, Zstandard or not at all);
    raises DlintError.
    """
    size = 0
    try:
        for chunk in _unpacked(data, name):
            size += len(chunk)
            if size > LIMIT:
                raise DlintError(f"{where}: has metadata of more than {LIMIT} bytes")
            yield chunk
    except (zlib.error, lzma.LZMAError, EOFError, ValueError, OSError) as error:
        raise DlintError(f"{where}: has metadata that cannot be unpacked ({error})") from None


def _unpacked(data: bytes, name: str) -> Iterator[bytes]:
    if name.endswith(".gz"):
        stream = zlib.decompressobj(wbits=31)
        while data and not stream.eof:
            yield stream.decompress(data, CHUNK)
            data = stream.unconsumed_tail
        if not stream.eof:
            raise EOFError("it breaks off")
    elif name.endswith(".xz"):
        with lzma.open(io.BytesIO(data)) as packed:
            while chunk := packed.read(CHUNK):
                yield chunk
    elif name.endswith(".zst"):
        yield from _zstandard(data)
    else:
        yield data


def _zstandard(data: bytes) -> Iterator[bytes]:
    """Unpack Zstandard: a part of Python from 3.14 on, a package before."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            module = import_module(name)
            break
    else:
        raise ValueError(
            "it is packed with Zstandard: install dlint-dockerfile[rpm], or use Python 3.14"
        )
    try:
        with module.open(io.BytesIO(data)) as packed:
            while chunk := packed.read(CHUNK):
                yield chunk
    except module.ZstdError as error:
        raise ValueError(str(error)) from None

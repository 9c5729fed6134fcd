"""Images in files: OCI layouts (also sparse ones, without layer blobs), OCI archives and `docker
save` archives.

Archives are read in one pass and never unpacked; what stands inside is looked up by name in a
table, so that no name in an archive or manifest becomes a path of this machine.
"""

from __future__ import annotations

import posixpath
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dlint.errors import DlintError
from dlint.images.facts import ImageFacts, LayerFact
from dlint.images.manifest import (
    CONFIG_LIMIT,
    DIGEST,
    MANIFEST_LIMIT,
    Descriptor,
    check_blob,
    check_digest,
    choose,
    damaged,
    descriptors,
    facts_of,
    read_image,
    read_object,
)
from dlint.images.reference import parse_reference
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Mapping, Sequence

REF_NAME = "org.opencontainers.image.ref.name"
# buildx and `docker save` write the tag alone into REF_NAME and the whole reference here.
IMAGE_NAME = "io.containerd.image.name"

# All JSON of an archive that is kept while it is read: a few images of many platforms stay far
# below.
DOCUMENTS_LIMIT = 64 << 20
# `docker save` before 25 wrote a layer that stands in two images once, and symbolic links to it.
LINK_LIMIT = 8
COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # gzip and zstd
HEX_NAME = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")


class Files(Protocol):
    """A layout's files, in a folder or an archive; names use `/`."""

    name: str

    def read(self, name: str, limit: int) -> bytes:
        """Return a file's bytes; raises DlintError where it is missing or larger than `limit`."""
        ...

    def size(self, name: str) -> int | None:
        """Return a file's size in bytes, None where it is missing."""
        ...


class Folder:
    """A layout's files in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)

    def read(self, name: str, limit: int) -> bytes:
        """Return a file's bytes; raises DlintError where it is missing or larger than `limit`."""
        path = self.root / name
        try:
            if not path.is_file():
                raise damaged(self.name, f"holds no {name}")
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise DlintError(f"{path}: {error.strerror}") from error
        return _within(data, limit, f"{self.name}: {name}")

    def size(self, name: str) -> int | None:
        """Return a file's size in bytes, None where it is missing."""
        path = self.root / name
        return path.stat().st_size if path.is_file() else None


class Member(NamedTuple):
    """A file of an archive: its size in bytes, how its content begins, and all of it where that
    looks like JSON.
    """

    size: int
    start: bytes
    document: bytes | None


class Archive:
    """A tar archive's files, compressed or not."""

    def __init__(self, path: Path) -> None:
        """Read the archive once from end to end; raises DlintError where it is none, or is cut
        off.
        """
        import lzma
        import tarfile
        import zlib

        self.name = str(path)
        self.members: dict[str, Member] = {}
        self.links: dict[str, str] = {}
        try:
            with tarfile.open(path) as tar:
                self._scan(tar)
        except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise damaged(self.name, f"is not a complete tar archive ({error})") from error
        except OSError as error:
            raise DlintError(f"{path}: {error.strerror or 'cannot be read'}") from error

    def _scan(self, tar: tarfile.TarFile) -> None:
        kept = 0
        for info in tar:
            name = posixpath.normpath(info.name)
            if info.issym():
                self.links[name] = posixpath.normpath(
                    posixpath.join(posixpath.dirname(name), info.linkname)
                )
            elif info.islnk():
                self.links[name] = posixpath.normpath(info.linkname)
            elif file := tar.extractfile(info):
                start = file.read(64)
                document = None
                if info.size <= CONFIG_LIMIT and start.lstrip()[:1] in (b"{", b"["):
                    document = start + file.read()
                    kept += len(document)
                if kept > DOCUMENTS_LIMIT:
                    raise damaged(self.name, f"holds more than {DOCUMENTS_LIMIT} bytes of JSON")
                self.members[name] = Member(info.size, start, document)

    def find(self, name: str) -> Member | None:
        """Look a file up, through links."""
        name = posixpath.normpath(name)
        for _ in range(LINK_LIMIT):
            if name not in self.links:
                break
            name = self.links[name]
        return self.members.get(name)

    def read(self, name: str, limit: int) -> bytes:
        """Return a document's bytes; raises DlintError where it is missing, no JSON or larger than
        `limit`.
        """
        member = self.find(name)
        if member is None:
            raise damaged(self.name, f"holds no {name}")
        if member.document is None:
            raise damaged(self.name, f"{name} is not valid JSON of at most {CONFIG_LIMIT} bytes")
        return _within(member.document, limit, f"{self.name}: {name}")

    def size(self, name: str) -> int | None:
        """Return a file's size in bytes, None where it is missing."""
        member = self.find(name)
        return member.size if member else None


def _within(data: bytes, limit: int, where: str) -> bytes:
    if len(data) > limit:
        raise damaged(where, f"is larger than {limit} bytes")
    return data


class Layout:
    """The blobs of an OCI layout."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.name = files.name

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index."""
        return self.files.read(blob_path(descriptor.digest), MANIFEST_LIMIT)

    def blob(self, descriptor: Descriptor) -> bytes:
        """Read a configuration."""
        return self.files.read(blob_path(descriptor.digest), CONFIG_LIMIT)


def blob_path(digest: str) -> str:
    """Where a layout keeps a blob; `digest` has been checked to be one."""
    return "blobs/" + digest.replace(":", "/")


def read_layout(source: str, files: Files, tag: str, platform: str) -> ImageFacts:
    """Read the image that `tag` (a name or a digest; "" for the only one) names in a layout; raises
    DlintError.
    """
    store = Layout(files)
    index = read_object(files.read("index.json", MANIFEST_LIMIT), f"{files.name}: index.json")
    root = _root(descriptors(index, "manifests", files.name), tag, platform, files)
    data = check_blob(store.manifest(root), root, files.name)
    facts = read_image(source, store, root, data, platform)
    for layer in facts.layers:
        present = files.size(blob_path(str(layer.digest)))
        if present not in (None, layer.size):
            raise damaged(
                files.name, f"{layer.digest} has {present} bytes, its manifest says {layer.size}"
            )
    return facts


def _root(entries: Sequence[Descriptor], tag: str, platform: str, files: Files) -> Descriptor:
    if DIGEST.fullmatch(tag):
        data = files.read(blob_path(tag), MANIFEST_LIMIT)
        check_digest(data, tag, files.name)
        return Descriptor("", tag, len(data))
    images = {
        entry.digest: entry
        for entry in entries
        if not entry.attestation and (not tag or tag in _names(entry))
    }
    several = len({str(entry.annotations.get(REF_NAME)) for entry in images.values()}) > 1
    if not images or several:
        names = sorted(set().union(*map(_names, entries)))
        raise DlintError(
            f"{files.name}: "
            + (f"holds no image {tag!r}" if tag else f"holds {len(images) or 'no'} images"),
            f"Add one of its names after a colon: {', '.join(names)}." if names else "",
        )
    found = list(images.values())
    return found[0] if len(found) == 1 else choose(found, platform, files.name)


def _names(entry: Descriptor) -> set[str]:
    return {
        name
        for key in (REF_NAME, IMAGE_NAME)
        if isinstance(name := entry.annotations.get(key), str)
    }


def read_saved(source: str, archive: Archive, reference: str) -> ImageFacts:
    """Read an image of a `docker save` archive, in the format before Docker 25 or the present one;
    raises DlintError.

    Layers lie there as plain tars when they come from a graphdriver engine, which compresses them
    anew for each push: their digests and compressed sizes are unknown then.
    """
    where = f"{archive.name}: manifest.json"
    item = _saved_item(
        read_list(archive.read("manifest.json", MANIFEST_LIMIT), where), reference, archive.name
    )
    match item:
        case {"Config": str(config), "Layers": list(layers)} if all(
            isinstance(name, str) for name in layers
        ):
            raw = archive.read(config, CONFIG_LIMIT)
            if name := HEX_NAME.fullmatch(config):
                check_digest(raw, f"sha256:{name[1]}", archive.name)
            document = read_object(raw, f"{archive.name}: {config}")
            found = [_saved_layer(archive, name) for name in layers]
            return facts_of(source, document, found, archive.name)._replace(config_bytes=len(raw))
    raise damaged(where, "lists no configuration and layers")


def read_list(data: bytes, where: str) -> list[Mapping[str, Any]]:
    """Decode a JSON list of objects; raises DlintError."""
    items = read_object(b'{"items":' + data + b"}", where)["items"]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise damaged(where, "is not a list of images")
    return items


def _saved_item(
    items: Sequence[Mapping[str, Any]], reference: str, where: str
) -> Mapping[str, Any]:
    if not reference and len(items) == 1:
        return items[0]
    named = {tag: item for item in items for tag in _tags(item)}
    try:
        wanted = _full_name(reference) if reference else ""
    except ValueError as error:
        raise DlintError(f"{reference!r} is not an image name: {error}") from None
    for tag, item in named.items():
        with suppress(ValueError):
            if wanted == _full_name(tag):
                return item
    raise DlintError(
        f"{where}: "
        + (f"holds no image {reference!r}" if reference else f"holds {len(items) or 'no'} images"),
        f"Add one of its names after a colon: {', '.join(named)}." if named else "",
    )


def _tags(item: Mapping[str, Any]) -> list[str]:
    tags = item.get("RepoTags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _full_name(text: str) -> str:
    """Return an image's name with registry and tag, so that `app` and
    `docker.io/library/app:latest` are one.
    """
    reference = parse_reference(text)
    return f"{reference.registry}/{reference.repository}:{reference.tag_or_latest}"


def _saved_layer(archive: Archive, name: str) -> LayerFact:
    member = archive.find(name)
    if member is None:
        raise damaged(archive.name, f"holds no {name}")
    if not member.start.startswith(COMPRESSED):
        return LayerFact(None, None, "", unpacked=member.size)
    blob = HEX_NAME.fullmatch(name)
    return LayerFact(f"sha256:{blob[1]}" if blob else None, member.size, "")


def split_path(text: str) -> tuple[Path, str]:
    """Split `PATH[:TAG]`, the longest path that exists first, for paths and tags may both hold
    colons.

    Raises DlintError where none of the readings exists.
    """
    cuts = [len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] in ":@")]
    for at in cuts:
        if (path := Path(text[:at])).exists():
            return path, text[at + 1 :]
    raise DlintError(f"{text}: no such file or folder")

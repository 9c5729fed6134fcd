"""How many bytes what a COPY takes, or a part of it, comes to in its layer's blob: one answer for
all who ask.
"""

from __future__ import annotations

from dlint.bytes.compress import CompressedSizes
from dlint.bytes.item import Items
from dlint.errors import DlintError
from dlint.findings import Size
from dlint.text.digests import blake2b
from dlint.text.units import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dlint.bytes.selection import Selection
    from dlint.context import BuildContext

# gzip of a tar that holds one new folder: 93 to 105 bytes by its name's length (Docker 26.1.5).
FOLDER_LAYER = 93
PATH = 20  # of a further path in a layer
# Bytes of a layer that are compressed in full; a larger one is judged by as many of them, in two
# seconds or so.
SAMPLE = 32 << 20
# Paths of a COPY that are weighed once for all COPYs that take the same of the context. Where they
# go changes the names in the headers alone: six destinations of 39,358 files of Python packages
# gave 71.1 to 73.3 MB.
MANY = 10_000


def packed(selection: Selection, sources: Collection[str] | None = None) -> int | None:
    """Return the compressed bytes of what a COPY takes, or of those of its context's files that are
    in `sources`.

    Modelled: up to SAMPLE bytes are compressed, and stand for the rest. None where content cannot
    be had.
    """
    if len(selection.entries) <= MANY or selection.archives:
        return _packed(selection, sources)
    key = (packed, selection.compressor, _name(selection.sources, sources))
    found: int | None = selection.context.keep(key, lambda: _packed(selection, sources))
    return found


def _name(taken: Iterable[str], sources: Collection[str] | None) -> bytes:
    """Return a digest of what a COPY takes of `sources`: the paths themselves would be megabytes
    to keep.
    """
    chosen = None if sources is None else frozenset(sources)
    digest = blake2b()
    for path in taken:
        if chosen is None or path in chosen:
            digest.update(f"{path}\0".encode("utf-8", "surrogateescape"))
    return digest.digest()


def _packed(selection: Selection, sources: Collection[str] | None) -> int | None:
    sizes = compressor_of(selection.context, selection.compressor)
    try:
        if sources is None or _is_all(selection, sources):
            return selection.compressed(sizes)
        items = selection.items
        if items is None:
            return None
        chosen = {landed.path for landed in selection.entries if landed.source in sources}
        opaque = sum(
            each.entry.size
            for each in selection.entries
            if each.entry.opaque and each.source in sources
        )
        return sizes.of(Items(item for item in items if item.path in chosen)) + opaque
    except DlintError:
        return None


def layer_size(selection: Selection, compressed: int | None) -> Size:
    """Return the size of a layer whose blob comes to `compressed` bytes, as far as that is known:
    the files that a partial clone lacks come on top.
    """
    size = Size.modelled(compressed)
    if not selection.lacking or compressed is None:
        return size
    return size._replace(missing=(f"{plural(selection.lacking, 'file')} that this clone lacks",))


def packed_folders(selection: Selection, folders: Collection[str]) -> int | None:
    """Return the bytes of the folders `folders` of the context and of all in them that
    `selection` takes.
    """
    below = tuple(f"{folder}/" for folder in folders)
    taken = {landed.source for landed in selection.entries}
    return packed(selection, {*folders, *(path for path in taken if path.startswith(below))})


def _is_all(selection: Selection, sources: Collection[str]) -> bool:
    """Tell whether all files that a COPY takes are in `sources`."""
    files = (landed.source for landed in selection.entries if landed.entry.kind != "dir")
    return not selection.archives and all(source in sources for source in files)


def compressor_of(context: BuildContext, name: str) -> CompressedSizes:
    """Return what compresses the files of a context as one of `COMPRESSORS`, and keeps what it has
    compressed for all who ask.
    """
    kept, key = context.made, (CompressedSizes, name)
    if key not in kept:
        kept[key] = CompressedSizes(name, SAMPLE)
    found: CompressedSizes = kept[key]
    return found


def compress_with(context: BuildContext, name: str, sizes: CompressedSizes) -> None:
    """Have what `compressor_of` returns share the sizes of runs with `sizes`, which compresses the
    layers of many commits: what a RUN writes again or a later stage takes is most of it in one of
    them.
    """
    key = (CompressedSizes, name)
    if key not in context.made:
        context.made[key] = sizes.single()

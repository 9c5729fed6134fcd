"""How large a layer's blob is: what an image tells of it, or the Dockerfile and its context."""

from __future__ import annotations

from dlint.bytes.compress import CompressedSizes
from dlint.bytes.estimate import SAMPLE, compress_with, layer_size
from dlint.bytes.formats import ESTARGZ, GZIP, ZSTD, Compression, FormatSizes
from dlint.findings import Basis, Size
from dlint.model.keys import EMPTY
from dlint.model.profiles import PROFILES
from dlint.model.standing import standing
from dlint.sizes import layer_bytes, recorded_bytes
from dlint.syntax import Transfer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from dlint.model import Build
    from dlint.model.keys import Keyed

_DEFAULT = Compression()
# Bytes for one of gzip's, in the median of the eleven trees of `dlint.bytes.formats`: 0.64 to 1.02
# for zstd, 1.0 to 2.3 for eStargz.
_SHARES = {GZIP: 1.0, ZSTD: 0.96, ESTARGZ: 1.04}
EMPTY_BYTES = 32  # of the gzip of a tar of no entries


class Sizes:
    """Sizes of layers: the same answer to `check`, `layers`, `push`, `history` and `order`.

    One object for many plans keeps what it was asked.
    """

    def __init__(
        self,
        builder: str = "buildkit",
        store: MutableMapping[bytes, int] | None = None,
        compression: Compression = _DEFAULT,
    ) -> None:
        """Compress as `builder` does, where `compression` tells nothing else. Raises DlintError
        where nothing here can.

        `store` is for many commits of one project: it keeps what was compressed, so that each plan
        pays for what is new.
        """
        self._known: dict[str, Size] = {}
        # without a store, what is compressed for one verb or rule is for all of them
        self._compressor = PROFILES[builder].compressor
        self._compressed = (
            None if store is None else CompressedSizes(self._compressor, SAMPLE, store)
        )
        self._format = compression.format
        self._formats = (
            None if compression.is_default else FormatSizes(compression.format, compression.level)
        )

    def of(self, keyed: Keyed, build: Build) -> Size:
        """Return the compressed size of the layer that the step makes."""
        if self._formats is not None:
            return self._in_format(keyed, build, self._formats)
        return self._as_usual(keyed, build)

    def _in_format(self, keyed: Keyed, build: Build, formats: FormatSizes) -> Size:
        """Return the size in another format than the builder's own: what is copied from the context
        is compressed so, and of all else no more is known than how large it would be as usual.
        """
        instruction, stage = keyed.step.instruction, keyed.step.stage
        if isinstance(instruction, Transfer):
            selection = build.fact(standing).stored(stage, instruction)
            count = selection.compressed(formats) if selection else None
            if selection is not None and count is not None:
                return layer_size(selection, count)
        return in_format(self._as_usual(keyed, build), self._format)

    def _as_usual(self, keyed: Keyed, build: Build) -> Size:
        told = recorded_bytes(build, keyed.step.stage, keyed.step.instruction)
        if told is not None:
            return told
        if keyed.identity == EMPTY:
            return Size(EMPTY_BYTES, Basis.MODELLED)
        size = self._stored(keyed, build)
        return self._measured(keyed, build) if size is None else size

    def _stored(self, keyed: Keyed, build: Build) -> Size | None:
        """Return the size of what is copied from the context, in runs that a store keeps; None for
        all else, and without a store.
        """
        instruction, stage = keyed.step.instruction, keyed.step.stage
        if self._compressed is None or not isinstance(instruction, Transfer):
            return None
        selection = build.fact(standing).stored(stage, instruction)
        if selection is None:
            return None
        count = selection.compressed(self._compressed)
        return None if count is None else layer_size(selection, count)

    def _measured(self, keyed: Keyed, build: Build) -> Size:
        """Return about how large a layer is.

        What it is judged by is in the step's key, so that many commits and images of one project
        pay for it once.
        """
        if keyed.key not in self._known:
            if self._compressed is not None:
                compress_with(build.context, self._compressor, self._compressed)
            self._known[keyed.key] = layer_bytes(build, keyed.step.stage, keyed.step.instruction)
        return self._known[keyed.key]


def in_format(size: Size, format: str) -> Size:  # noqa: A002  what it is
    """Return about how large a layer is in another format, of which only its gzip is known; unknown
    where that tells nothing.
    """
    if size.is_unknown:
        return size
    share = _SHARES.get(format)
    if share is None:
        return Size.unknown(f"how large it is as {format}")
    return size.times(share)._replace(basis=Basis.GUESSED)

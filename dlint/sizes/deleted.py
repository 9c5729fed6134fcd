"""What deletions take of the layers above them, each thing once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Size
from dlint.sizes.installs import stored_bytes
from dlint.text.paths import within

if TYPE_CHECKING:
    from dlint.facts.deletions import Deletion
    from dlint.facts.stored import Stored
    from dlint.model.build import Build


class DeletedSizes:
    """The bytes that the deletions of one RUN take, asked for in their order."""

    def __init__(self, build: Build) -> None:
        """Nothing is deleted yet."""
        self._build = build
        self._files: dict[int, frozenset[str]] = {}  # of the context, by what brought them

    def of(self, deletion: Deletion, stored: Stored) -> Size:
        """Return the bytes of what a deletion takes of something stored, but for what an earlier
        one has taken.
        """
        seen = self._files.get(id(stored))
        if stored.arrival is not None and stored.arrival.known and deletion.path is not None:
            files = deletion.files_of(stored) - (seen or frozenset())
            self._files[id(stored)] = files | (seen or frozenset())
            return Size.modelled(stored.bytes_of(files) if files else 0, deletion.path)
        if seen is not None:
            return Size()
        self._files[id(stored)] = frozenset()
        if stored.how in {"install", "stage"} and self._takes_all(deletion, stored):
            return stored_bytes(self._build, stored)
        return Size.unknown(stored.form)

    def _takes_all(self, deletion: Deletion, stored: Stored) -> bool:
        path = deletion.path
        return stored.path is not None and path is not None and within(stored.path, path)

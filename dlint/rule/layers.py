"""`build.layers`: what layers keep though later RUNs delete it, or store once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.facts.deletions import deletions, is_deleted, still_stored, uninstalled
from dlint.facts.metadata import changes, gives_already

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.facts.deletions import Deletion, Uninstalled
    from dlint.facts.stored import Stored
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.shell import Place, Rewrite
    from dlint.syntax import Run


class Layers(NamedTuple):
    """What layers keep though later RUNs delete it, or store once more."""

    build: Build

    def deletions(self, run: Run) -> list[Deletion]:
        """Return what the commands of a RUN delete, comparable with what steps store."""
        return deletions(self.build, self.build.effects(run))

    def still_stored(self, stage: Stage, run: Run) -> list[Stored]:
        """Return what of weight was stored above `run`, less what RUNs above it delete again."""
        return still_stored(self.build, stage, run)

    def uninstalled(self, stage: Stage, run: Run) -> Iterator[Uninstalled]:
        """Yield what `run` uninstalls of what RUNs above have installed."""
        return uninstalled(self.build, stage, run)

    def changes(self, rewrite: Rewrite, path: str, stored: Stored) -> bool:
        """Tell whether a command that changes `path` changes something of weight of what was
        stored.
        """
        return changes(rewrite, path, stored)

    def is_deleted(self, run: Run, place: Place) -> bool:
        """Tell whether a RUN leaves nothing of what it writes to a place."""
        return is_deleted(self.build, run, place)

    def gives_already(self, rewrite: Rewrite, stored: Stored) -> bool:
        """Tell whether the COPY that stored something gave it the owner or mode that a command
        sets.
        """
        return gives_already(self.build, rewrite, stored)

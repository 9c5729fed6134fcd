"""What sources of packages' sizes will be asked of a build, known before any is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.sizes.layers import layer_bytes
from dlint.syntax import Add, Run

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.model.build import Build
    from dlint.packages import SizeRequest
    from dlint.sizes.sources import Question


def questions_of(build: Build) -> list[Question]:
    """Return all that the sizes of a build's layers would be asked of sources."""
    found: dict[Question, None] = {}

    def note(request: SizeRequest, root: Path | None) -> None:
        found[request, root] = None

    noting = build.asking(note)
    for stage in noting.stages:
        for each in stage.instructions:
            if isinstance(each, Run | Add):
                layer_bytes(noting, stage, each)
    return list(found)

"""What installs read of a folder of the context: a workspace's lock file holds for all members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.installs.installations import installations
from dlint.installs.path_names import alike
from dlint.text.paths import above, within
from dlint.text.units import listed

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dlint.model.build import Build

_MOST_NAMED = 3  # lines that a help proposes


def instead_of(build: Build, folder: str, parts: AbstractSet[str]) -> str:
    """Say what should stand in place of a line of the ignore file that includes a folder, where
    lines after it name parts; "" where an install may read more of the folder than is known.
    """
    read = set[str]()
    for stage in filter(build.live, build.stages):
        for each in installations(build, stage):
            files = {path for path in each.needs.files if within(path, folder)}
            if files and (each.needs.whole or each.needs.open or not each.needs.readable):
                return ""
            read |= {path for path in files if parts.isdisjoint((path, *above(path)))}
    if not read:
        return "delete the line if the build needs only what the lines after it name"
    lines = listed([f"`!{each}`" for each in alike(sorted(read))], _MOST_NAMED)
    needed = "if the build needs only these and what the lines after it name"
    return f"include {lines} in its place {needed}"

"""What was found below the folders of a revision, kept so that the next revision walks only what
differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.context.base import Listing
    from dlint.context.moby import Match

# A tree's id or a commit's, the patterns, how they fall on the folder, whether files may be in Git
# LFS.
Facts = tuple["str | None", "tuple[str, ...] | None", "Match | None", bool]


class Walk(NamedTuple):
    """What stands below a folder: all of it in parts, and the walks of the folders directly in it
    by their paths.

    `facts` are what it depends on, `direct` the parts that hold what stands directly in it,
    `matches` how the patterns of the ignore file fall on that, `paths` how many stand below in all.
    """

    facts: Facts
    listings: tuple[Listing, ...]
    inside: Mapping[str, Walk]
    direct: frozenset[Listing]
    matches: Mapping[str, Match]
    paths: int

"""COPY instructions for a part of what one COPY takes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.facts.arrivals import Arrival
    from dlint.syntax import Transfer
    from dlint.text.source import Source

FLAGS = frozenset(("chown", "chmod", "link"))  # that mean the same for a part
MOST_FOLDERS = 3  # that the files may stand in, since each takes a COPY of its own


def copies_of(
    source: Source, copy: Transfer, arrival: Arrival, wanted: Sequence[str]
) -> list[str] | None:
    """Return lines that bring just the files `wanted` (context paths, in the order to name them) of
    what `copy` brings.

    None where none of them is brought, or that takes more than a few plain lines.
    """
    plain = copy.json is None and not copy.heredocs and len(copy.sources) == 1 and arrival.copied
    plain = plain and all(flag.name in FLAGS for flag in copy.flags)
    one_place = len(arrival.sources) == len(
        arrival.files
    )  # so that a file can be named for its place
    if not plain or not one_place:
        return None
    places = {path: place for place, path in arrival.files.items()}
    by_folder: dict[str, list[str]] = {}
    for path in wanted:
        if path in places:
            folder = posixpath.relpath(posixpath.dirname(places[path]), arrival.destination)
            by_folder.setdefault(folder, []).append(path)
    named = [path for paths in by_folder.values() for path in paths]
    if (
        not named
        or len(by_folder) > MOST_FOLDERS
        or any(re.search(r"[^\w./@+-]", path) for path in named)
    ):
        return None
    keyword = "COPY" if source[copy.keyword.span].isupper() else "copy"
    flags = [source[flag.span] for flag in copy.flags]
    destination = copy.destination.text if copy.destination else "."
    lines = []
    for folder, paths in sorted(by_folder.items()):
        place = (
            destination.rstrip("/") + "/"
            if folder == "."
            else posixpath.join(destination, folder) + "/"
        )
        lines.append(" ".join([keyword, *flags, *paths, place]))
    return lines

"""COPY instructions for a part of what one COPY takes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint.text.paths import within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.syntax import Instruction, Transfer
    from dlint.text.source import Source

FLAGS = frozenset(("chown", "chmod", "link"))  # that mean the same for a part
MOST_FOLDERS = 3  # that the files may stand in, since each takes a COPY of its own
_SETTINGS = frozenset(("ENV", "ARG", "LABEL", "EXPOSE", "USER"))
_QUOTED = re.compile(r"[^\w./@+-]")  # what a word of a COPY would need quotes or JSON for


def copies_of(
    source: Source, copy: Transfer, arrival: Arrival, wanted: Sequence[str]
) -> list[str] | None:
    """Return lines that bring just the files `wanted` (context paths, in the order to name them) of
    what `copy` brings.

    None where none of them is brought, or that takes more than a few plain lines.
    """
    if not _is_plain(copy, arrival):
        return None
    by_folder = _by_folder(arrival, wanted)
    if not 0 < len(by_folder) <= MOST_FOLDERS:
        return None
    if any(_QUOTED.search(path) for paths in by_folder.values() for path in paths):
        return None
    keyword = "COPY" if source[copy.keyword.span].isupper() else "copy"
    flags = [source[flag.span] for flag in copy.flags]
    destination = copy.destination.text if copy.destination else "."
    lines = []
    for folder, paths in sorted(by_folder.items()):
        to = destination.rstrip("/") if folder == "." else posixpath.join(destination, folder)
        lines.append(" ".join([keyword, *flags, *paths, f"{to}/"]))
    return lines


def copy_may_sink(
    crossed: Sequence[Instruction], copy: Transfer, build: Build | None = None
) -> bool:
    """Tell whether a COPY brings the same below `crossed`: settings, a WORKDIR where it goes to an
    absolute place, and in a `build` COPYs of files that are known to land outside of its own place.
    """
    place = copy.destination.text if copy.destination else "/"
    settings = {*_SETTINGS, "WORKDIR"} if place.startswith("/") else _SETTINGS
    return all(
        each.name in settings or (build is not None and _lands_outside(build, each, copy))
        for each in crossed
    )


def _lands_outside(build: Build, other: Instruction, copy: Transfer) -> bool:
    """Tell whether nothing that another COPY brings stands where a COPY writes, and none of it is a
    symlink, which might lead there.
    """
    from dlint.syntax import Transfer

    step = build.step_of(copy)
    place = step.destination() if step else None
    selection = build.selection(other) if isinstance(other, Transfer) else None
    if place is None or selection is None:
        return False
    landed = [each for each in selection.entries if each.entry.kind != "dir"]
    return not any(
        each.entry.kind == "symlink" or within(f"/{each.path.strip('/')}", place) for each in landed
    )


def _is_plain(copy: Transfer, arrival: Arrival) -> bool:
    """Tell whether a COPY has a single source, and each file of it a place of its own."""
    return (
        copy.json is None
        and not copy.heredocs
        and len(copy.sources) == 1
        and arrival.copied
        and all(flag.name in FLAGS for flag in copy.flags)
        and len(arrival.sources) == len(arrival.files)
    )


def _by_folder(arrival: Arrival, wanted: Sequence[str]) -> dict[str, list[str]]:
    """Return those files of an arrival that are wanted, by their folders below its destination."""
    places = {path: place for place, path in arrival.files.items()}
    found: dict[str, list[str]] = {}
    for path in wanted:
        if path in places:
            folder = posixpath.relpath(posixpath.dirname(places[path]), arrival.destination)
            found.setdefault(folder, []).append(path)
    return found

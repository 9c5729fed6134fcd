"""Modes of the context's files that come from the umask of whoever checked them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.bytes.selection import Selection
    from dlint.model.build import Build
    from dlint.syntax import Transfer

_OTHERS_WRITE = 0o022  # what umask 022 takes away


class Writable(NamedTuple):
    """What a COPY takes that others than their owner may write: how many files another checkout
    has, too, and the bytes of all, not compressed.
    """

    transfer: Transfer
    files: int
    size: int


def writable_files(build: Build, transfer: Transfer) -> Writable:
    """Return what a COPY takes that the group or all may write; of a repository's files, the
    tracked ones count.
    """
    selection = build.selection(transfer)
    entries = [landed.entry for landed in selection.files] if selection else []
    writable = [entry for entry in entries if entry.mode & _OTHERS_WRITE]
    # git is asked only where there is something to ask about
    tracked = build.fact(_tracked) if writable else None
    count = sum(entry.path in tracked for entry in writable) if tracked else len(writable)
    return Writable(transfer, count, sum(entry.size for entry in writable))


def mode_under_umask(selection: Selection | None) -> int | None:
    """Return the mode that what a COPY takes has under umask 022; None where that is not one for
    all, or not all are files.
    """
    entries = [landed.entry for landed in selection.entries] if selection else []
    modes = {entry.mode & ~_OTHERS_WRITE for entry in entries}
    only_files = all(entry.kind == "file" for entry in entries)
    return modes.pop() if only_files and len(modes) == 1 else None


def _tracked(build: Build) -> frozenset[str] | None:
    return build.repository.tracked() if build.repository else None

"""Which archives RUNs unpack and leave in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.shipping import shipping
from dlint.shell.effects import Extract, Place
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build, Step
    from dlint.shell.script import Command
    from dlint.syntax import Instruction

# Programs that replace the archive by its content, unless a flag keeps it.
_REPLACES = regex(r"(?:gzip|pigz|bzip2|xz|zstd|gunzip|bunzip2|unxz|unzstd|uncompress|unlzma)$")
_UNPACKS = regex(r"tar|zip|unxz|7z|xz|bunzip|jar")


def unpacker_of(build: Build, run: Run, place: Place) -> Command | None:
    """Return the last command of a RUN that unpacks a file and leaves it, if any does."""
    for extract in reversed(build.effects(run).of(Extract)):
        if _is_of(extract, place.form):
            return extract.command
    return None


def unpacker_below(build: Build, instruction: Instruction, form: str) -> Run | None:
    """Return the first RUN below an instruction that unpacks a file which that has brought, if no
    later one deletes it.
    """
    from dlint.facts.deletions import is_deleted_below

    if is_deleted_below(build, instruction, Place(form, form)):
        return None
    for run, extract in build.effects_of(Extract, unpackers_below(build, instruction)):
        if _is_of(extract, form) and extract.command.certain:
            return run
    return None


def unpackers_below(build: Build, instruction: Instruction) -> Iterator[Step]:
    """Yield the RUNs below an instruction whose text names a program that unpacks."""
    found = build.fact(_unpackers)
    later = build.fact(shipping).later(instruction) if found else iter(())
    return (each for each in later if each.instruction.index in found)


def _is_of(extract: Extract, form: str) -> bool:
    """Tell whether it unpacks that file and leaves it in place."""
    archive = extract.archive
    if archive is None or form not in {archive.form, archive.rooted}:
        return False
    return not _REPLACES.search(extract.command.name)


def _unpackers(build: Build) -> set[int]:
    """Return the numbers of the RUNs whose text names a program that unpacks; a fact."""
    found = set[int]()
    for stage in filter(build.shipped, build.stages):
        for each in stage.instructions:
            match each:
                case Run(heredocs=bodies, value=text) if bodies or _UNPACKS.search(text.text):
                    found.add(each.index)
    return found

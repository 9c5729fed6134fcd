"""Caches of an image that builds with other build arguments write as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.exports import described, is_regular, kept_steps
from dlint.facts.idle_reruns import is_trifle
from dlint.syntax import Arg, Run
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.project.cache_entry import CacheEntry

# Conditions by which one of two jobs or steps may run for a branch, or by hand, and the other not.
_BY_BRANCH = regex(
    r"(?m)^[ \t-]*+if:(?:[ \t]*+[|>][-+]?[ \t]*+\n)?[^\n]*?"
    r"\b(?:ref|ref_name|base_ref|inputs|outputs|vars|env)\b"
)


class ArgumentExport(NamedTuple):
    """A cache that builds of one image write to which the file at `path` gives other values of
    these arguments, of which a RUN depends that a cache would keep.
    """

    entry: CacheEntry
    names: tuple[str, ...]
    path: str


def argument_exports(build: Build) -> tuple[ArgumentExport, ...]:
    """Return the caches that builds of one workflow write with other arguments, so that the next of
    either finds other steps, each once; none where they may be for other branches; a fact.
    """
    differing = [each for each in described(build, own=True) if each.differing and is_regular(each)]
    if not differing or build.recipes is None:
        return ()
    used = frozenset(_used(build))
    found: dict[tuple[str, ...], ArgumentExport] = {}
    for each in differing:
        names = tuple(sorted(each.differing & used))
        if names and not _BY_BRANCH.search(build.recipes.text_of[each.path]):
            for entry in each.caches.exports:
                found.setdefault(entry.place, ArgumentExport(entry, names, each.path))
    return tuple(found.values())


def _used(build: Build) -> Iterator[str]:
    """Yield the arguments that are in the environment of a RUN which a cache would keep, and which
    is worth it.
    """
    for step in build.fact(kept_steps):
        if isinstance(step.instruction, Run) and not is_trifle(build, step.instruction):
            yield from _above(step.stage, step.instruction)


def _above(stage: Stage, run: Run) -> Iterator[str]:
    """Yield the arguments that a stage declares above a RUN."""
    for each in stage.instructions:
        if each is run:
            return
        if isinstance(each, Arg):
            yield from (pair.name for pair in each.pairs)

"""A Dockerfile with the files that an install reads copied apart, above the COPY that brings them
among others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.fixes.moving import insert_before
from dlint.fixes.splitting import copies_of
from dlint.order.graph import Surroundings
from dlint.reads.arrivals import arrivals
from dlint.syntax import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model import Build, Stage
    from dlint.text.source import Edit, Source


def split(build: Build) -> Source | None:
    """Return the Dockerfile with more to put in order; None where nothing can be copied apart.

    Files that come into being later are still brought by the COPY that stays.
    """
    source = build.dockerfile.source
    stages = build.target.ancestors() if build.target else ()
    edits = [edit for stage in stages for edit in _splits(build, stage)]
    return source.edited(edits) if edits else None


def _splits(build: Build, stage: Stage) -> Iterator[Edit]:
    source = build.dockerfile.source
    seen = Surroundings(build, stage)
    for number, step in enumerate(seen.steps):
        copy = step.instruction
        arrival = build.fact(arrivals).of(step, copy) if isinstance(copy, Transfer) else None
        if arrival is None or not isinstance(copy, Transfer):
            continue
        copied: set[str] = set()
        for other in range(number + 1, len(seen.steps)):
            missed = seen.missed(number, other) or frozenset()
            wanted = {seen.prints[number].files[place].source for place in missed} - copied
            lines = copies_of(source, copy, arrival, sorted(wanted, key=_as_named))
            if lines:
                copied |= wanted
                fits = step.state.workdir == seen.steps[other].state.workdir and not any(
                    "$" in line for line in lines
                )
                target = seen.instructions[other] if fits else copy
                yield insert_before(source, target, source.newline.join([*lines, ""]))


def _as_named(path: str) -> tuple[bool, str]:
    """Sort lock files behind what they lock."""
    return "lock" in path.rpartition("/")[2], path

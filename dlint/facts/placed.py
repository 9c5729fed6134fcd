"""Where files of the build context stand in a stage, also those that came by way of another."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.shipping import copies_from_stages
from dlint.reads.arrivals import arrivals, pattern
from dlint.syntax import Copy, Run, Transfer
from dlint.text.paths import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.facts.shipping import Carried
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage


class Placed:
    """The context's files by the absolute paths of a stage at which they stand, as far as COPY, ADD
    and bind mounts tell; what a RUN moves or deletes is not followed.
    """

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._at_end: dict[int, Mapping[str, str]] = {}
        self._copies_in: dict[int, list[tuple[int, Step, Transfer]]] = {}
        self._brought: dict[int, Mapping[str, str]] = {}
        self._last: tuple[Step, Mapping[str, str]] | None = None

    def before(self, step: Step) -> Mapping[str, str]:
        """Return what stands there when a step runs, mounts of a RUN included."""
        # many ask of one step after the other; to keep the answers of all would be their square
        if self._last is None or self._last[0] is not step:
            self._last = (step, self._before(step))
        return self._last[1]

    def _before(self, step: Step) -> Mapping[str, str]:
        found = [self._until(step.stage, step)]
        if isinstance(step.instruction, Run):
            mounted = self._build.fact(arrivals).mounted(step, step.instruction)
            found += [arrival.files for arrival in mounted]
        return _merged(found)

    def _until(self, stage: Stage, last: Step | None) -> Mapping[str, str]:
        found: list[Mapping[str, str]] = []
        for each, count in self._build.parts_before(stage, last.instruction if last else None):
            for at, step, transfer in self._copies(each):
                if at >= count:
                    break
                # what stands after it may be all of a large context, and nobody asks for that
                if transfer.index not in self._brought:
                    self._brought[transfer.index] = self.brought(step, transfer)
                found.append(self._brought[transfer.index])
        return _merged(found)

    def _copies(self, stage: Stage) -> list[tuple[int, Step, Transfer]]:
        """Return the steps of a stage that copy, with their numbers in it."""
        found = self._copies_in.get(stage.index)
        if found is None:
            found = self._copies_in[stage.index] = [
                (at, step, step.instruction)
                for at, step in enumerate(self._build.steps(stage))
                if isinstance(step.instruction, Transfer)
            ]
        return found

    def brought(self, step: Step, transfer: Transfer) -> Mapping[str, str]:
        """Return what a COPY or ADD puts where."""
        if not isinstance(transfer, Copy) or not transfer.from_:
            arrival = self._build.fact(arrivals).of(step, transfer)
            return arrival.files if arrival else {}
        carried = [
            (number, each)
            for number, each in copies_from_stages(self._build, step.stage)
            if each.copy is transfer
        ]
        return {
            place: source
            for number, each in carried
            for place, source in _moved(self.at_end(number), each, alone=len(carried) == 1)
        }

    def at_end(self, number: int) -> Mapping[str, str]:
        """Return what stands at the end of a stage; stages copy from earlier ones alone."""
        if number not in self._at_end:
            self._at_end[number] = self._until(self._build.stages[number], None)
        return self._at_end[number]


def _merged(parts: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """Return several mappings as one, the later over the earlier; a single one, which may have all
    of a large context in it, as it is.
    """
    match [part for part in parts if part]:
        case [only]:
            return only
        case several:
            found: dict[str, str] = {}
            for part in several:
                found.update(part)
            return found


def _moved(held: Mapping[str, str], carried: Carried, *, alone: bool) -> Iterator[tuple[str, str]]:
    """Yield what stands at or below a path of another stage, at the place where it is copied."""
    if carried.destination is None or carried.copy.destination is None:
        return
    written = carried.copy.destination.text
    is_folder = not alone or written.endswith(("/", "/.")) or written in {".", ".."}
    for place, source in held.items():
        base = _base(place, carried.source)
        if base is None:
            continue
        below = posixpath.relpath(place, base) if place != base else ""
        if place == base and (is_folder or base != carried.source):
            below = posixpath.basename(place)
        yield posixpath.join(carried.destination, below).rstrip("/"), source


def _base(place: str, source: str) -> str | None:
    """Return the path that a COPY's source means of those at and above `place`; None where it means
    none of them.
    """
    if not any(sign in source for sign in "*?["):
        return source if within(place, source) else None
    depth = source.count("/") + 1
    above = "/".join(place.split("/")[:depth])
    return above if pattern(source).fullmatch(above) else None


def placed(build: Build) -> Placed:
    """Return where the context's files stand in the stages of `build`; a fact:
    `build.fact(placed)`.
    """
    return Placed(build)

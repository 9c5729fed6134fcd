"""Large steps that rarely change and stand after what often does: the walk through one stage."""

from __future__ import annotations

import re
from itertools import pairwise

from dlint.facts.changing import Early, change_of_source
from dlint.facts.volatility import (
    LISTS_RATE,
    OTHERS_RATE,
    SOURCE,
    SOURCE_RATE,
    is_dependency_list,
    is_source,
    of_what_is_made,
    share,
    volatile_files,
)
from dlint.model.stages import reachable
from dlint.reads.arrivals import arrivals
from dlint.syntax import Arg, Copy, Env, Run, Transfer
from dlint.text.patterns import regex
from dlint.text.units import lines
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction


class Late(NamedTuple):
    """Large steps that stand better before `earlier`, COPYs in the file's order, one of which
    changes as often as `change` tells; `along` are the RUNs and settings that prepare the steps and
    move with them.
    """

    steps: tuple[Step, ...]
    earlier: tuple[Early, ...]
    change: str
    along: tuple[Instruction, ...]

    @property
    def lines(self) -> str:
        """The lines of the steps, in words: `lines 4, 5 and 7`."""
        return lines_told(each.instruction for each in self.steps)

    @property
    def what(self) -> str:
        """What of the steps is pushed, in a word: a builder keeps what an ADD has downloaded."""
        late = (each.instruction for each in self.steps)
        return "downloads" if all(isinstance(each, Run) for each in late) else "files"

    @property
    def reads(self) -> str:
        """The steps, and their verb."""
        return "these steps read" if len(self.steps) > 1 else "that step reads"

    @property
    def moves_alone(self) -> bool:
        """Whether nothing moves with the steps."""
        return not self.along

    @property
    def moved(self) -> str:
        """The lines of the steps and of all that moves with them, in words."""
        return lines_told((*self.along, *(each.instruction for each in self.steps)))


def is_late_on_purpose(build: Build, instruction: Instruction) -> bool:
    """Tell whether a comment says that an instruction, or the block of lines that it is in, stands
    where it does for a reason.
    """
    return instruction.index in build.fact(_on_purpose)


def _on_purpose(build: Build) -> frozenset[int]:
    """Return the numbers of those instructions; a fact."""
    file = build.dockerfile
    if not any(_ON_PURPOSE.search(each.text) for each in file.comments):
        return frozenset()
    found: set[int] = set()
    for above, each in pairwise((None, *file.instructions)):
        is_of_block = above and type(above) is type(each) and above.end_line + 1 == each.line
        is_held = is_of_block and above and above.index in found
        if each and (is_held or _ON_PURPOSE.search(file.remarks_on(each))):
            found.add(each.index)
    return frozenset(found)


_ON_PURPOSE = regex(
    r"\b(?:add|cop|do|install|keep|place|put|run)(?:s|y|ied|ed|y?ing|ning)?\b[^#]{0,80}"
    r"\b(?:last|at the (?:end|bottom))\b|\b(?:on purpose|deliberate|intentional)",
    re.IGNORECASE,
)


def lines_told(instructions: Iterable[Instruction]) -> str:
    """Return the lines that instructions begin in, in words."""
    return lines(sorted({each.line for each in instructions}))


def late_steps(build: Build, stage: Stage, is_large: Callable[[Step], bool]) -> Iterator[Late]:
    """Yield the large steps of a stage that surely do without the COPYs right above them, which
    change far more often: the first such step below each COPY, and those after it that stand better
    above the same single one.
    """
    above: list[Early] = []
    found: Late | None = None
    for step in build.steps(stage):
        earlier = [*_single(found), *above]
        late = _late(build, step, earlier) if earlier and is_large(step) else None
        if late and found and late.earlier[0] in _single(found):
            found = _together(found, late)
        elif late:
            yield from filter(None, [found])
            found = late
            above = []
        early = _early(build, step)
        if early and isinstance(step.instruction, Transfer) and step.instruction.link:
            break  # what is below is new with that, whatever else stands above it
        above += [early] if early else []
    yield from filter(None, [found])


def late_on_base(build: Build, stage: Stage, is_large: Callable[[Step], bool]) -> Iterator[Late]:
    """Yield the large COPYs of a stage from other stages that come again with a COPY of the stages
    which it stands on: that changes far more often, and no COPY of its own that does stands above.
    """
    early = build.fact_of(_most_often, stage.base) if stage.base else None
    if early is None:
        return
    from dlint.facts.writing import can_be_linked

    for step in build.steps(stage):
        if _early(build, step):
            return
        copy = step.instruction
        if isinstance(copy, Copy) and copy.from_ and can_be_linked(build, copy) and is_large(step):
            yield from filter(None, [_late_with_link(build, step, early)])


def _most_often(build: Build, stage: Stage) -> Early | None:
    """Return the COPY that changes most often with the source in a stage and those that it stands
    on.
    """
    below = build.fact_of(_most_often, stage.base) if stage.base else None
    found = filter(None, (below, *(_early(build, step) for step in build.steps(stage))))
    return max(found, key=lambda each: share(each.change), default=None)


def _late_with_link(build: Build, step: Step, early: Early) -> Late | None:
    """Return what a COPY comes again with; None where it would as often as a layer of its own, as
    where the stage that it takes from stands on the same files.
    """
    from dlint.facts.deciding import files_taken

    copy = step.instruction
    source = build.origin_of(copy) if isinstance(copy, Copy) else None
    if source is not None and early.step.stage.index in reachable(build.stages, source):
        return None
    needed = files_taken(build, step)
    if needed is None or is_late_on_purpose(build, copy):
        return None
    change = _spared(build, step, early, needed)
    return Late((step,), (early,), change, ()) if change else None


def _early(build: Build, step: Step) -> Early | None:
    """Return a COPY or ADD that changes with the source: one of the context with `--link` stands
    aside.
    """
    transfer = step.instruction
    if not isinstance(transfer, Transfer):
        return None
    if transfer.from_ is not None:
        from dlint.facts.handed_on import change_with_source

        change = change_with_source(build, step)
        return Early(step, change, None) if change else None
    arrival = None if transfer.link else build.fact(arrivals).of(step, transfer)
    change = change_of_source(build, arrival) if arrival else None
    return Early(step, change, arrival) if change else None


def _single(found: Late | None) -> Sequence[Early]:
    """Return the COPY that a finding is about; none where there are several, which nobody compares
    with all that follows.
    """
    return found.earlier if found and len(found.earlier) == 1 else ()


def _together(found: Late, late: Late) -> Late:
    """Return a finding with one more step."""
    along = dict.fromkeys((*found.along, *late.along))
    return found._replace(steps=(*found.steps, *late.steps), along=tuple(along))


def _late(build: Build, step: Step, above: Sequence[Early]) -> Late | None:
    """Return what a large step may stand before; None where it would come again as often there."""
    from dlint.facts.apart import does_without
    from dlint.facts.deciding import files_taken

    needed = files_taken(build, step)
    if needed is None or is_late_on_purpose(build, step.instruction):
        return None
    passed: list[Early] = []
    along: tuple[Instruction, ...] = ()
    for early in reversed(above):
        moved = does_without(build, step, early)
        if moved is None:
            still = _files(build, early)
            if not still:
                return None
            needed |= still
            break
        passed.append(early)
        along = (*_settings(build, step, early), *moved)
    spared = [
        (early, change)
        for early in reversed(passed)
        if (change := _spared(build, step, early, needed))
    ]
    if not spared or _reruns_there(build, step, spared[0][0]):
        return None
    change = max((change for _, change in spared), key=share)
    return Late((step,), tuple(early for early, _ in spared), change, along)


def _reruns_there(build: Build, late: Step, early: Early) -> bool:
    from dlint.facts.volatile_uses import reruns_anyway

    return reruns_anyway(build, late.stage, late.instruction, early.instruction)


def _settings(build: Build, late: Step, early: Early) -> list[Instruction]:
    """Return the settings after a COPY that a later step reads."""
    from dlint.facts.assets import reads_setting

    first, last = early.instruction.index, late.instruction.index
    return [
        each
        for each in late.stage.instructions
        if isinstance(each, Arg | Env) and first < each.index < last
        if reads_setting(build, late.instruction, each)
    ]


def _files(build: Build, early: Early) -> frozenset[str]:
    """Return the context's files by which what stands above is another one; none where they are not
    known.
    """
    from dlint.facts.deciding import files_brought

    if early.change == SOURCE and _has_history(build):
        return frozenset()
    return early.arrival.sources if early.arrival else files_brought(build, early.step)


def _has_history(build: Build) -> bool:
    return build.history is not None and build.history.is_telling


def _spared(build: Build, late: Step, early: Early, needed: frozenset[str]) -> str | None:
    """Tell how often a COPY changes apart from the files that a later step needs; None where that
    is seldom, or seldomer than the step itself does.
    """
    from dlint.facts.apart import is_calmer

    transfer = late.instruction
    arrival = build.fact(arrivals).of(late, transfer) if isinstance(transfer, Transfer) else None
    if arrival and early.arrival and not is_calmer(build, arrival, early.arrival):
        return None
    if not needed:
        return early.change
    if build.is_released and volatile_files(build, needed):
        return None  # a release has another of these steps in any order
    files, rate = _files(build, early), _rate(build, needed)
    if not files:
        return early.change if 2 * rate <= share(early.change) else None
    change = volatile_files(build, files, needed)
    change = change if early.arrival else of_what_is_made(change, early.change)
    return change if change and rate <= share(change) else None


def _rate(build: Build, files: frozenset[str]) -> float:
    """Return the share of commits that change some of the context's files."""
    if build.history is not None and build.history.is_telling:
        return build.history.rate(files) or 0.0
    if any(map(is_source, files)):
        return SOURCE_RATE
    return LISTS_RATE if any(map(is_dependency_list, files)) else OTHERS_RATE

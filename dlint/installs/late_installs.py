"""Installs of system packages that stand below COPYs which they do without, and how much less often
they would run above those.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import comes_anew
from dlint.facts.changing import adds_tools
from dlint.facts.volatility import RELEASE, is_dependency_list, of_one
from dlint.installs.system_installs import Brought, lasting_installs, removed_packages
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import is_system_manager
from dlint.syntax import Copy, Run, Transfer
from dlint.text.units import listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.facts.handed_on import ChangingCopy
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Instruction


_MANY = 3  # packages that a help lists


class LateInstall(NamedTuple):
    """Installs of a RUN that may stand above `copy`. Of the COPYs from that on that they do
    without, `worst` changes most often, as `change` tells; `shared`: other commands of the RUN need
    one of them, or may, so that its layer is pushed in any case; `alone`: they need none of the
    COPYs from `copy` on, whether it changes or not. `base`: the COPYs are those of an image of its
    own that the stage stands on. `gone`: what the RUN takes out again.
    """

    run: Run
    installs: Sequence[Install]
    copy: Instruction
    worst: Instruction
    change: str
    shared: bool
    alone: bool
    base: Stage | None = None
    gone: frozenset[str] = frozenset()

    @property
    def is_part(self) -> bool:
        """Whether other commands of the RUN need something from `copy` on, or may: they stay."""
        return self.shared or not self.alone

    @property
    def names(self) -> list[str]:
        """The packages that are there to stay, as people call them."""
        return [name for name in self._named if name and name not in self.gone]

    @property
    def passing(self) -> str:
        """The packages, in words, that the RUN takes out again: moved without it, they would stay;
        "" for none.
        """
        gone = self.gone if self.is_part else frozenset[str]()
        return listed(dict.fromkeys(f"`{name}`" for name in self._named if name in gone), _MANY)

    @property
    def _named(self) -> list[str]:
        return [name.removeprefix("./") for each in self.installs for name in each.named]


def late_installs(build: Build, stage: Stage) -> Iterator[LateInstall]:
    """Yield the installs of system packages in a stage that run again at least twice as often as
    above COPYs which they do without.
    """
    runs = (each for each in stage.instructions if isinstance(each, Run))
    if build.refuses_cache or not any(lasting_installs(build, each) for each in runs):
        return  # most often: what above them changes need not be told
    above = _Above(build, stage)
    for instruction in stage.instructions:
        late = above.late(instruction) if isinstance(instruction, Run) else None
        if late is not None:
            yield late
        above.pass_by(instruction)


class _Above:
    """What stands above the instructions of a stage, which are passed by in their order."""

    def __init__(self, build: Build, stage: Stage) -> None:
        from dlint.facts.handed_on import changing_copies, changing_copies_below

        self._build, self._stage = build, stage
        self._brought = Brought(build, stage)  # by all COPYs
        self._changing = Brought(build, stage)  # by those of what changes
        self._copies = changing_copies(build, stage)
        self._below = changing_copies_below(build, stage)
        self._numbers = {each.number for each in (*self._copies, *self._below)}
        self._anew: list[Instruction] = []  # come with each push, as an argument tells
        first = stage.instructions[0].index if stage.instructions else 0
        for step in build.chain(stage):
            if step.stage is not stage or step.instruction.index < first:
                self._note(step)

    def pass_by(self, instruction: Instruction) -> None:
        step = self._build.step_of(instruction) if isinstance(instruction, Transfer) else None
        if step is not None:
            self._note(step)

    def _note(self, step: Step) -> None:
        self._brought.add(step)
        if step.instruction.index in self._numbers:
            self._changing.add(step)
        if comes_anew(self._build, step.instruction):
            self._anew.append(step.instruction)

    def late(self, run: Run) -> LateInstall | None:
        """Return the installs of packages in a RUN, if they stand too low."""
        installs = lasting_installs(self._build, run)
        if not installs:
            return None
        own = _split(self._copies, run.index)[0]
        late = self._late_below(run, installs, own, staying=self._below)
        if late or adds_tools(self._stage) or not self._build.is_pushed(self._stage):
            return late
        late = self._late_below(run, installs, self._below)
        base = self._build.stage_of(late.copy) if late and not late.shared else None
        if late is None or base is None or base in self._build.targets:
            return None  # with an image of its own the stage shares layers on purpose
        return late._replace(base=base)

    def _late_below(
        self,
        run: Run,
        installs: Sequence[Install],
        copies: Sequence[ChangingCopy],
        staying: Sequence[ChangingCopy] = (),
    ) -> LateInstall | None:
        """Return the installs of a RUN that stand too low for some of `copies`; `staying` are those
        that they stand below in any case.
        """
        from dlint.facts.late import is_late_on_purpose
        from dlint.facts.volatile_uses import reruns_anyway
        from dlint.installs.early_copies import runs_told

        is_told = run.index in runs_told(self._build, self._stage)
        if is_told or not copies or is_late_on_purpose(self._build, run):
            return None
        script = self._build.script(run)
        last = self._needed_up_to(run, installs[0])
        kept, free = _split(copies, last)
        if not free:
            return None
        worst, first = _worst(self._build, free), self._first(free[0].step.instruction, last)
        most = max(map(attrgetter("share"), (*staying, *kept)), default=0.0)
        if 2 * most > worst.share or reruns_anyway(self._build, self._stage, run, first):
            return None
        shared = self._changing.last_needed(run, script.commands) >= first.index
        alone = self._brought.last_needed(run, script.commands) < first.index
        # the more commands, the more they need: not all of them are asked of each install
        end = bisect_left(installs, first.index, key=lambda each: self._needed_up_to(run, each))
        cause = worst.step.instruction
        change = of_one(worst.change) if len(free) > 1 else worst.change
        effects = self._build.effects(run)
        gone = frozenset[str]().union(*(removed_packages(effects, each) for each in installs[:end]))
        return LateInstall(run, installs[:end], first, cause, change, shared, alone, gone=gone)

    def _first(self, copy: Instruction, last: int) -> Instruction:
        """Return the first COPY behind number `last` that installs have to stand above for those
        from `copy` on to matter: with one that comes anew in each push they would run again, and
        with one right above from an image that an argument names, or from the same stage.
        """
        stage = self._build.stage_of(copy)
        above = (each for each in self._anew if last < each.index < copy.index)
        first = next((each for each in above if self._build.stage_of(each) is stage), copy)
        own = stage.instructions if stage else ()
        before = [each for each in own if last < each.index < first.index]
        origin = self._build.origin_of(first) if isinstance(first, Copy) else None

        def is_beside(instruction: Instruction) -> bool:
            return self._is_of_passed_image(instruction) or (
                origin is not None
                and isinstance(instruction, Copy)
                and self._build.origin_of(instruction) is origin
            )

        beside = [*takewhile(is_beside, before[::-1])]
        return beside[-1] if beside else first

    def _is_of_passed_image(self, instruction: Instruction) -> bool:
        """Tell whether a COPY takes something of an image that an argument names, as it is."""
        origin = self._build.origin_of(instruction) if isinstance(instruction, Copy) else None
        if origin is None or origin.base is not None or origin.instructions[1:]:
            return False
        image = origin.from_.image
        return image is not None and "$" in image.text

    def _needed_up_to(self, run: Run, install: Install) -> int:
        """Return the number of the last whose files the commands up to an install may need: those
        that install a language's packages do nothing for it.
        """
        from dlint.shell.effects import Install

        effects = self._build.effects(run).of(Install)
        others = {each.command.span for each in effects if not is_system_manager(each.manager)}
        commands = self._build.script(run).up_to(install.command)
        needing = [each for each in commands if each.span not in others]
        return self._brought.last_needed(run, needing)


def _split(
    copies: Sequence[ChangingCopy], number: int
) -> tuple[Sequence[ChangingCopy], Sequence[ChangingCopy]]:
    """Return those up to the instruction of a number, and those behind it."""
    at = bisect_right(copies, number, key=attrgetter("number"))
    return copies[:at], copies[at:]


def _worst(build: Build, copies: Sequence[ChangingCopy]) -> ChangingCopy:
    """Return what changes most often: releases are rarer than commits, whose files tell how many.
    Of what other stages hand on as often, what they make changes sooner than the files of the
    context that have arrived there.
    """
    from dlint.facts.handed_on import takes_arrived_files

    by_commits = [each for each in copies if each.change != RELEASE] or copies
    most = max(map(attrgetter("share"), by_commits))
    alike = [each for each in by_commits if each.share == most]
    made = (each for each in alike if not takes_arrived_files(build, each.step))
    return next(made, alike[0])


def only_brings_lists(build: Build, copy: Instruction) -> bool:
    """Tell whether a COPY brings nothing but lists of dependencies, which are installed again with
    it.
    """
    step = build.step_of(copy)
    arrival = build.fact(arrivals).of(step, copy) if step and isinstance(copy, Transfer) else None
    files = arrival.sources if arrival and arrival.known else ()
    return bool(files) and all(map(is_dependency_list, files))

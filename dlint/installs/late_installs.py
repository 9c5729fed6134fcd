"""Installs of system packages that stand below COPYs which they do without, and how much less often
they would run above those.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left, bisect_right
from fnmatch import fnmatchcase
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import comes_anew
from dlint.facts.changing import adds_tools
from dlint.facts.volatility import RELEASE, is_dependency_list
from dlint.installs.system_installs import (
    Brought,
    lasting_installs,
    removed_packages,
    sets_sources,
)
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.shell.managers import is_system_manager
from dlint.syntax import Arg, Env, Run, Shell, Transfer, User
from dlint.text.paths import within
from dlint.text.patterns import VARIABLE, regex
from dlint.text.units import lines
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.facts.handed_on import ChangingCopy
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Install
    from dlint.syntax import Instruction

# Where programs find others, their libraries and their settings without a word of them.
_FOUND_UNNAMED = regex(r"/(?:bin|etc|home|lib\w*|root|sbin|usr|var)/")


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
        named = (name.removeprefix("./") for each in self.installs for name in each.named)
        return [name for name in named if name and name not in self.gone]


def late_installs(build: Build, stage: Stage) -> Iterator[LateInstall]:
    """Yield the installs of system packages in a stage that run again at least twice as often as
    above COPYs which they do without.
    """
    runs = (each for each in stage.instructions if isinstance(each, Run))
    if not any(lasting_installs(build, each) for each in runs):
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
        from dlint.facts.arguments import reruns_anyway
        from dlint.facts.late import is_late_on_purpose
        from dlint.installs.early_copies import numbers_told

        told = numbers_told(self._build, self._stage).get(run.index)
        copies = [each for each in copies if each.number not in told] if told else copies
        if not copies or is_late_on_purpose(self._build, run):
            return None
        script = self._build.script(run)
        last = self._needed_up_to(run, installs[0])
        kept, free = _split(copies, last)
        if not free:
            return None
        worst, first = _worst(free), self._first(free[0].step.instruction, last)
        most = max(map(attrgetter("share"), (*staying, *kept)), default=0.0)
        if 2 * most > worst.share or reruns_anyway(self._build, self._stage, run, first):
            return None
        shared = self._changing.last_needed(run, script.commands) >= first.index
        alone = self._brought.last_needed(run, script.commands) < first.index
        # the more commands, the more they need: not all of them are asked of each install
        end = bisect_left(installs, first.index, key=lambda each: self._needed_up_to(run, each))
        cause = worst.step.instruction
        effects = self._build.effects(run)
        gone = frozenset[str]().union(*(removed_packages(effects, each) for each in installs[:end]))
        return LateInstall(
            run, installs[:end], first, cause, worst.change, shared, alone, gone=gone
        )

    def _first(self, copy: Instruction, last: int) -> Instruction:
        """Return the first COPY behind number `last` that installs have to stand above for those
        from `copy` on to matter: with one that comes anew in each push they would run again.
        """
        stage = self._build.stage_of(copy)
        above = (each for each in self._anew if last < each.index < copy.index)
        return next((each for each in above if self._build.stage_of(each) is stage), copy)

    def _needed_up_to(self, run: Run, install: Install) -> int:
        """Return the number of the last whose files the commands up to an install may need: those
        that install a language's packages do nothing for it.
        """
        from dlint.shell import Install

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


def _worst(copies: Sequence[ChangingCopy]) -> ChangingCopy:
    """Return what changes most often: releases are rarer than commits, whose files tell how
    many.
    """
    by_commits = [each for each in copies if each.change != RELEASE]
    return max(by_commits or copies, key=attrgetter("share"))


def way_above(build: Build, late: Sequence[LateInstall], place: str) -> str:
    """Say how to move installs before a COPY, which `place` names, with what goes along: of several
    RUNs, one may need that, and another prepare it. Or that goes after a RUN that does more.
    """
    if len(late) == 1 and _may_sink(build, late[0]):
        return f"move {place} after this `RUN`, which does not mention the file"
    copy, runs = late[0].copy, [each.run for each in late]
    needed = _moved_along(build, copy, runs)
    user = _user_between(build, copy, runs, needed)
    if needed and len(late) > 1 and not any(each.is_part for each in late):
        rows = sorted(each.line for each in (*needed, *runs))
        return f"move {lines(rows)} before {place}, in this order{user}"
    apart = " in a `RUN` of its own" * late[0].is_part
    named = " and ".join(f"line {each.line}" for each in needed)
    return f"install{apart} before {place}{f', with {named} before it' * bool(needed)}{user}"


def _user_between(
    build: Build, copy: Instruction, runs: Sequence[Run], moved: Sequence[Instruction]
) -> str:
    """Say which user RUNs need that move before a COPY, where a RUN behind the COPY needs the one
    that is set there: a USER that moves along would be that of both.
    """
    own, user = build.state(copy).user, build.state(runs[0]).user
    if own == user or not _is_user_needed(build, copy, runs, moved):
        return ""
    before = f"`USER {own}`" if own else "the base image's user"
    return f", with `USER {user}` before and {before} after {'them' if runs[1:] else 'it'}"


def _is_user_needed(
    build: Build, copy: Instruction, runs: Sequence[Run], moved: Sequence[Instruction]
) -> bool:
    """Tell whether a RUN between a COPY and RUNs that move before it runs as the COPY's user, and
    stays.
    """
    own, staying = build.state(copy).user, frozenset((*runs, *moved))
    return any(
        isinstance(each, Run) and each not in staying and build.state(each).user == own
        for each in _between(build, copy, runs)
    )


def _may_sink(build: Build, late: LateInstall) -> bool:
    """Tell whether a COPY of one file, right before a RUN that does more than install, may rather
    stand after that, which does not mention the file and works elsewhere.
    """
    copy, run = late.copy, late.run
    if not late.is_part or copy is not late.worst or copy.index + 1 != run.index:
        return False
    arrival = _arrived(build, copy)
    places = [*arrival.files] if arrival else []
    return len(places) == 1 and not _may_be_meant(build, run, places[0])


def _may_be_meant(build: Build, run: Run, place: str) -> bool:
    """Tell whether a RUN works where a file stands, or mentions it, or a folder around it, or may
    find it where programs look by themselves.
    """
    name = posixpath.basename(place)
    workdir = build.state(run).workdir or UNKNOWN_WORKDIR
    if _FOUND_UNNAMED.match(place) or within(place, workdir):
        return True
    if any(name in text for text in run.texts):
        return True
    words = {word.form for each in build.script(run).commands for word in each.args}
    around = (each for each in words if each.startswith("/"))
    return any(within(place, each) or fnmatchcase(place, each) for each in around)


def _moved_along(build: Build, copy: Instruction, runs: Sequence[Run]) -> list[Instruction]:
    """Return what stands between a COPY and RUNs that install packages, and goes before those:
    sources of packages, the index that they do not fetch themselves, the settings that they
    mention, and the USERs that they run as, if not as the COPY's and no other RUN's.
    """
    between = [each for each in _between(build, copy, runs) if each not in frozenset(runs)]
    found = [
        each for each in between if isinstance(each, Run) and _is_needed_before(build, each, runs)
    ]
    moved = [*found, *_settings(between, (*found, *runs))]
    if not _is_user_needed(build, copy, runs, moved):
        users = [each for each in between if isinstance(each, User)]
        own = build.state(copy).user
        others = (each for each in runs if build.state(each).user != own)
        last = ([user for user in users if user.index < each.index][-1:] for each in others)
        moved += {*chain.from_iterable(last)}
    return sorted(moved, key=attrgetter("index"))


def _between(build: Build, copy: Instruction, runs: Sequence[Run]) -> list[Instruction]:
    stage = build.stage_of(copy)
    of_stage = stage.instructions if stage else ()
    return [each for each in of_stage if copy.index < each.index < runs[-1].index]


def _settings(between: Sequence[Instruction], runs: Sequence[Run]) -> Iterator[Instruction]:
    """Yield the settings among instructions that RUNs below them mention, or apt looks up, and
    those that these are worked out from.
    """
    used = {"DEBIAN_FRONTEND", *chain.from_iterable(map(_variables, runs))}
    for each in reversed(between):
        match each:
            case Shell():
                yield each
            case Arg() | Env() if not used.isdisjoint(pair.name for pair in each.pairs):
                used.update(_variables(each))
                yield each


def _variables(instruction: Instruction) -> Iterator[str]:
    """Yield the names of the variables that an instruction mentions."""
    return chain.from_iterable(map(VARIABLE.findall, instruction.texts))


def _is_needed_before(build: Build, run: Run, installing: Sequence[Run]) -> bool:
    """Tell whether a RUN names sources of packages, or fetches the index that one of those below
    installs by, which fetches none itself.
    """
    from dlint.shell import Install, Refresh

    if sets_sources(build, run):
        return True
    fetched = {each.manager for each in build.effects(run).of(Refresh)}
    return any(
        install.manager in fetched
        for each in installing
        if each.index > run.index and not build.effects(each).of(Refresh)
        for install in build.effects(each).of(Install)
    )


def only_brings_lists(build: Build, copy: Instruction) -> bool:
    """Tell whether a COPY brings nothing but lists of dependencies, which are installed again with
    it.
    """
    arrival = _arrived(build, copy)
    files = arrival.sources if arrival else ()
    return bool(files) and all(map(is_dependency_list, files))


def _arrived(build: Build, copy: Instruction) -> Arrival | None:
    """Return what a COPY brings of the context; None where not all of it is known."""
    from dlint.reads.arrivals import arrivals

    step = build.step_of(copy)
    arrival = build.fact(arrivals).of(step, copy) if step and isinstance(copy, Transfer) else None
    return arrival if arrival and arrival.known else None

"""Installs below COPYs that bring more than they read."""

from __future__ import annotations

from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.handed_on import is_made_of_source
from dlint.facts.idle_reruns import is_told_of
from dlint.facts.volatile_uses import given_for_nothing, reruns_anyway
from dlint.facts.volatility import (
    SOURCE,
    changing_files,
    is_source,
    is_told,
    of_one,
    of_what_is_made,
    takes_written,
    volatile_files,
    written_by_pushes,
)
from dlint.installs.built_above import built_above
from dlint.installs.comes_first import is_narrow, sources_of
from dlint.installs.declared import as_declared
from dlint.installs.found_there import is_in_own_base
from dlint.installs.installations import installations
from dlint.installs.splitting import EarlyCopies
from dlint.installs.wheels import made_of
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import is_system_manager
from dlint.syntax import Run, Transfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Install
    from dlint.syntax import Instruction


def early_copies(build: Build, stage: Stage) -> Sequence[EarlyCopies]:
    """Return the installs of `stage` itself of which something can be split off, with the COPYs
    above that bring more than that reads: of those below one COPY that which installs most; worked
    out once, since each install of system packages asks, too.
    """
    return build.fact_of(_told, stage)


def _told(build: Build, stage: Stage) -> tuple[EarlyCopies, ...]:
    return tuple(_most_of_each(build, stage))


def _most_of_each(build: Build, stage: Stage) -> Iterator[EarlyCopies]:
    groups: list[list[EarlyCopies]] = []
    by_copy: dict[int, list[EarlyCopies]] = {}  # of the first case of each group
    for case in _early_copies(build, stage):
        group = by_copy.get(case.main.instruction.index)
        if group is None:
            groups.append([case])
            for each in case.copies:
                by_copy.setdefault(each.instruction.index, groups[-1])
        else:
            group.append(case)
    for group in groups:
        yield _beside_built(_with_all_others(_together(max(group, key=_weight), group)))


def _together(most: EarlyCopies, group: Sequence[EarlyCopies]) -> EarlyCopies:
    """Return the case of a group that installs most, with the others: the files that those read
    whose advice is the same, and how often the COPYs change without any of these.
    """
    build, found = most.build, most.found
    others = [each for each in group if each is not most]
    beside = tuple(each.found for each in others if each.found.run is not found.run)
    alike = [each for each in others if each.found.run is not found.run and most.is_moved_as(each)]
    fetched = _of_other_projects(most, others)
    alike += fetched
    with_it = [each for each in others if most.is_told_with(each.found)]
    more = tuple(path for each in (*with_it, *alike) for path in each.first.read_of_these)
    change = most.change
    if alike:
        read = frozenset[str]().union(*(each.found.read_first for each in alike))
        change = _change(build, found, dict.fromkeys(most.copies, change), read) or change
    return most._replace(
        beside=beside, more=more, alike=len(alike), fetched=tuple(fetched), change=change
    )


def _of_other_projects(most: EarlyCopies, others: Iterable[EarlyCopies]) -> list[EarlyCopies]:
    """Return the builds of other RUNs below the COPYs that read manifests of which no other one of
    these reads all: each of them downloads something.
    """
    found = [most]
    for each in others:
        read = frozenset(each.first.read_of_these)
        is_new = not any(read <= one.found.needs.files for one in found)
        if each.found.run is not most.found.run and is_new and most.is_fetched_as(each):
            found.append(each)
    return found[1:]


def runs_told(build: Build, stage: Stage) -> frozenset[int]:
    """Return the numbers of the stage's RUNs with an install that does without COPYs above it:
    whatever else the RUN does comes again with that.
    """
    return build.fact_of(_runs_told, stage)


def _runs_told(build: Build, stage: Stage) -> frozenset[int]:
    return frozenset(case.found.run.index for case in early_copies(build, stage))


def _weight(case: EarlyCopies) -> tuple[bool, bool]:
    """Sort by whether a push is larger, and by whether a project's dependencies come again and not
    a tool's alone.
    """
    return case.uploads, bool(case.install.manifests or case.install.projects)


def _early_copies(build: Build, stage: Stage) -> Iterator[EarlyCopies]:
    if build.refuses_cache or not any(isinstance(each, Run) for each in stage.instructions):
        return
    every = installations(build, stage)
    for each in every:
        if each.step.stage is not stage:
            continue
        found = each._replace(made_of=made_of(build, stage, each))
        case = _case(build, stage, found, every)
        if case is None and (declared := as_declared(build, stage, found)) is not None:
            case = _case(build, stage, declared, [one for one in every if one is not each])
        if case is not None:
            yield case


def _case(
    build: Build, stage: Stage, found: Installation, every: Sequence[Installation]
) -> EarlyCopies | None:
    """Return the COPYs above an install that bring more than it reads; None where none does, or
    nothing could be done about it.
    """
    if not _can_be_split_off(build, stage, found):
        return None
    unneeded = dict(found.unneeded(build, stage))
    if unneeded and not build.fact(arrivals).doubtful:
        unneeded = dict(_apart_from_lists(build, found, every, unneeded))
    unneeded = unneeded or dict(_built_above(build, stage, found))
    change = _change(build, found, unneeded) if unneeded else None
    if change is None or _hardly_adds(build, found):
        return None
    case = EarlyCopies(build, found, [*unneeded], change)
    if case.helps_little:
        built = dict(_built_above(build, stage, found))
        case = case._replace(copies=[*built, *unneeded] if built else ())
    return case if case.can_be_told else None


def _built_above(build: Build, stage: Stage, found: Installation) -> Iterator[tuple[Arrival, str]]:
    """Yield what is built above an install that does without it: nothing where an earlier one of
    the stage's chain has installed by the same manifests, which this one would then do once more.
    """
    if found.covered_from == inf or found.starts_anew(build, stage):
        yield from built_above(build, stage, found)


def _with_all_others(case: EarlyCopies) -> EarlyCopies:
    """Return a case of an install that reads nothing with all COPYs of what changes above it, since
    it could stand above all: but for the lists that others of the stage read. The case itself where
    a COPY of what is built stands among them that it may need.
    """
    build, stage, found = case.build, case.stage, case.found
    if not found.reads_nothing:
        return case
    lists = _listed(installations(build, stage))
    free = [each for each in found.free(build, stage) if not is_narrow(each, lists)]
    free = [each for each in free if any(map(is_source, each.sources))]
    free = [each for each in free if changing_files(build, each.sources)[0]]
    others = dict.fromkeys(free, SOURCE) | dict(built_above(build, stage, found))
    told = (*others.items(), *dict.fromkeys(case.copies, case.change).items())
    by_number = {each.instruction.index: (each, change) for each, change in told}
    above = build.steps_before(stage, found.run)
    rest = (step for step in above if step.instruction.index not in by_number)
    if any(is_made_of_source(build, step) for step in rest):
        return case
    copies = dict(by_number[number] for number in sorted(by_number))
    return case._replace(copies=[*copies], change=_change(build, found, copies) or case.change)


def _beside_built(case: EarlyCopies) -> EarlyCopies:
    """Return a case with how often its COPYs change at least, where another one above the install
    takes what is built and changes, too: that is told once these have moved.
    """
    named = {each.instruction.index for each in case.copies}
    built = _built_above(case.build, case.stage, case.found)
    is_alone = all(each.instruction.index in named for each, _ in built)
    return case if is_alone else case._replace(change=of_one(case.change))


def _listed(every: Iterable[Installation]) -> frozenset[str]:
    """Return the context's files that installs read which go by lists alone."""
    return frozenset[str]().union(*(each.read_first for each in every if _reads_a_list(each)))


def _can_be_split_off(build: Build, stage: Stage, found: Installation) -> bool:
    """Tell whether something of an install can come first, and somebody waits for it: nobody does
    for what an image of tests downloads in its build.
    """
    is_trivial = found.install.hidden and build.stays_local(stage)
    if is_trivial or is_in_own_base(build, stage, found.install):
        return False
    return found.can_be_split_off(build)


def _apart_from_lists(
    build: Build,
    found: Installation,
    every: Iterable[Installation],
    unneeded: Mapping[Arrival, str],
) -> Iterator[tuple[Arrival, str]]:
    """Yield what an install does without, but for the lists that others of the stage read, and
    those from which it was installed before what this one adds to. A COPY of nothing but what
    installs of the stage read is as narrow as can be.
    """
    of_all = frozenset[str]().union(*(each.read_first for each in every))
    listed = _listed(every)
    # what a project is built of is of no use to wheels of what it needs
    narrow = of_all if found.made_of is None else listed
    before = [each for each in found.earlier if each.family == found.family and _reads_a_list(each)]
    kept = found.read_first | listed
    for arrival, change in unneeded.items():
        is_list = any(arrival.sources <= each.needs.files for each in before)
        if (found.install.manifests and is_list) or is_narrow(arrival, narrow):
            continue
        if found.install.hidden or volatile_files(build, arrival.sources, kept):
            yield arrival, change


def _reads_a_list(found: Installation) -> bool:
    """Tell whether an install reads the lists that it is given alone."""
    install = found.install
    return bool(install.manifests) and not install.projects and not install.hidden


def _hardly_adds(build: Build, found: Installation) -> bool:
    """Tell whether an install is one of small tools alone, or in one RUN with one of the system's
    packages, or of the project, which reads what was copied: all run again together, and what is
    installed by name is the small part.
    """
    install = found.install
    if found.made_of is not None or install.manifests or not install.packages:
        return False
    if _SMALL.issuperset(install.names) or install.manager in _OF_TOOLS:
        return True
    from dlint.shell.effects import Install

    others = build.effects(found.run, found.step.state).of(Install)
    return any(is_system_manager(each.manager) or _is_of_project(each) for each in others)


def _is_of_project(install: Install) -> bool:
    return bool(install.manifests or install.projects) and not install.packages


def _change(
    build: Build,
    found: Installation,
    unneeded: Mapping[Arrival, str],
    beside: frozenset[str] = frozenset(),
) -> str | None:
    """Tell how often COPYs change without what the install reads, or others `beside` it, and
    without what stands above them: with that it runs again wherever it stands below. None where
    they hardly do, and where each build makes it run again anyway, for a reason that no other
    finding tells.
    """
    first = min((each.instruction for each in unneeded), key=attrgetter("index"))
    stage = found.step.stage
    if reruns_anyway(build, stage, found.run, first) and not (
        is_told_of(build, stage, first) or _may_come_later(build, stage, found, first)
    ):
        return None
    copied = frozenset[str]().union(*(each.sources for each in unneeded))
    sources = copied.union(*(each.made_of for each in unneeded))
    kept = found.read_first | beside | _staying(build, found, first)
    if not kept.isdisjoint(build.fact(written_by_pushes)):
        return None
    if build.history is None or not sources:
        return next(iter(unneeded.values()))
    change = volatile_files(build, sources, kept)
    if sources != copied:
        change = _with_what_is_made(change, volatile_files(build, copied, kept), unneeded)
    is_new = any(takes_written(build, each) for each in _transfers(unneeded))
    return SOURCE if change and is_new else change  # each build changes it, not so many commits


def _with_what_is_made(
    change: str | None, copied: str | None, unneeded: Mapping[Arrival, str]
) -> str | None:
    """Tell how often COPYs change, of how often that does which they bring or is made of, and that
    which is `copied` as it is.
    """
    if change == copied:
        return change
    untold = next((each for each in unneeded.values() if not is_told(each)), "")
    return of_one(copied) if untold and copied else of_what_is_made(change, untold)


def _transfers(arrivals: Iterable[Arrival]) -> Iterator[Transfer]:
    for each in arrivals:
        if isinstance(each.instruction, Transfer):
            yield each.instruction


def _may_come_later(build: Build, stage: Stage, found: Installation, first: Instruction) -> bool:
    """Tell whether arguments above a COPY alone make an install run again with each build, and
    could be declared below that: the advice says so. A build of the project may read them.
    """
    if found.install.hidden or (found.install.projects and found.made_of is None):
        return False
    given = frozenset(given_for_nothing(build, stage, found.run, first).arguments)
    return bool(given) and not reruns_anyway(build, stage, found.run, first, given)


def _staying(build: Build, found: Installation, first: Instruction) -> frozenset[str]:
    """Return the context's files that arrive above the first of some COPYs, or are mounted there
    or by the install's RUN: it runs again with them wherever it stands below.
    """
    above = [each.arrival for each in found.above if each.arrival.instruction.index < first.index]
    for step in (*build.steps_before(found.step.stage, first), found.step):
        if isinstance(step.instruction, Run):
            above += build.fact(arrivals).mounted(step, step.instruction)
    return sources_of(above)


# Here in a second: what installs packages, or starts programs.
_SMALL = frozenset(
    (
        *("bundler", "corepack", "foreman", "hatch", "npm", "pdm", "pip", "pipenv", "pnpm"),
        *("poetry", "setuptools", "uv", "virtualenv", "wheel", "yarn"),
    )
)
_OF_TOOLS = frozenset(("dotnet",))

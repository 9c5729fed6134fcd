"""Steps that have nothing to do with what another brings: either may stand above the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.bytes.estimate import packed
from dlint.facts.assets import has_tool_above, names_asset_files, only_downloads_assets
from dlint.facts.volatility import is_dependency_list, is_source
from dlint.model.tree import BELOW_USR, within
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import is_system_manager
from dlint.syntax import Run, Transfer, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build, Step
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command, Effects

RATIO = 5  # how many times as often what is volatile must change

# What a download may do besides: unpack, move and clean up.
_DONE_BY_DOWNLOADS = (
    "Fetch",
    "Clone",
    "Extract",
    "Create",
    "Delete",
    "Rewrite",
    "Clean",
    "CacheLeft",
)


def brings_stable(build: Build, step: Step, least: int) -> bool:
    """Tell whether a COPY brings data of at least as many bytes, not compressed, or dependencies
    that were installed of lists alone.
    """
    match step.instruction:
        case Transfer() as transfer if arrival := build.fact(arrivals).of(step, transfer):
            return _brings_data(arrival, least)
    from dlint.facts.handed_on import takes_settled_dependencies

    return takes_settled_dependencies(build, step)


def _brings_data(arrival: Arrival, least: int) -> bool:
    """Tell whether a COPY brings that much, and nothing that a program or a list of dependencies
    consists of.
    """
    selection = arrival.selection
    if selection is None or selection.stable:
        return False
    if sum(landed.entry.size for landed in selection.entries) < least:
        return False
    return not any(is_source(path) or is_dependency_list(path) for path in arrival.sources)


def only_downloads(build: Build, step: Step) -> bool:
    """Tell whether a RUN surely gets something from elsewhere and does nothing but unpack it."""
    from dlint import shell

    run = step.instruction
    if not isinstance(run, Run) or any(mount.type == "bind" for mount in run.mounts):
        return False
    if only_downloads_assets(build, run):
        return True
    effects = build.effects(run, step.state)
    fetches = (each for each in effects.items if isinstance(each, shell.Fetch | shell.Clone))
    certain = any(each.command.certain for each in fetches)
    if not certain or not effects.known:
        return False
    kinds = tuple(getattr(shell, name) for name in _DONE_BY_DOWNLOADS)
    return all(isinstance(each, kinds) for each in effects.items)


def arriving_bytes(build: Build, step: Step) -> int | None:
    """Return the bytes, compressed, of what a COPY brings from the context; modelled, by a sample.
    None where that is not known, and for other steps.
    """
    match step.instruction:
        case Transfer() as transfer if arrival := build.fact(arrivals).of(step, transfer):
            return None if arrival.selection is None else packed(arrival.selection)
    return None


def stands_better_above(build: Build, late: Step, early: Arrival) -> bool:
    """Tell whether a later step surely does without what arrived before it, and changes far less
    often.
    """
    if not _does_without(build, late, early):
        return False
    match late.instruction:
        case Transfer() as transfer if arrival := build.fact(arrivals).of(late, transfer):
            return _is_calmer(build, arrival, early)
    return True


def _does_without(build: Build, late: Step, early: Arrival) -> bool:
    """Tell whether a later step does without what arrived before it, and writes to none of its
    places.
    """
    match late.instruction:
        case Run() as run:
            needs_tool = only_downloads_assets(build, run)
            names = names_asset_files if needs_tool else _names
            commands, workdir = build.script(run).commands, late.state.workdir
            if any(names(each, workdir, early) for each in commands):
                return False
            ties = (_installs_between, _runs_between, _is_prepared_between, _lands_in_a_copy)
            if any(tie(build, late, early) for tie in ties):
                return False
            return not needs_tool or has_tool_above(build, late, early.instruction)
        case Transfer() as transfer if arrival := build.fact(arrivals).of(late, transfer):
            return early.known and _is_other(early, arrival)
    place = late.destination("/?")
    if place is None or not early.known:
        return False
    return not any(within(path, place) for path in early.files)


def _names(command: Command, workdir: str | None, early: Arrival) -> bool:
    return early.named_by(command, workdir)


def _installs_between(build: Build, late: Step, early: Arrival) -> bool:
    """Tell whether packages of the system are installed after something arrived and before a later
    step: what that downloads with may be among them.
    """
    from dlint.shell import Install

    found = (each for _, effects in _between(build, late, early) for each in effects.of(Install))
    return any(is_system_manager(install.manager) for install in found)


def _runs_between(build: Build, late: Step, early: Arrival) -> bool:
    """Tell whether a program that arrived, or one that is given it, runs before a later step: that
    may go on with what nobody can tell it makes.
    """
    from dlint.shell import Unknown

    return any(
        early.named_by(unknown.command, step.state.workdir)
        for step, effects in _between(build, late, early)
        for unknown in effects.of(Unknown)
    )


def _is_prepared_between(build: Build, late: Step, early: Arrival) -> bool:
    """Tell whether a later step is run by a user, or writes below a folder, that something after
    the arrival sets or makes.
    """
    from dlint.shell import Create

    first, last = early.instruction.index, late.instruction.index
    if any(isinstance(i, User) and first < i.index < last for i in late.stage.instructions):
        return True
    between = (each for _, effects in _between(build, late, early) for each in effects.of(Create))
    made = [each.place.path for each in between if each.place.path]
    return any(within(path, folder) for path in _written(build, late) for folder in made)


def _lands_in_a_copy(build: Build, late: Step, early: Arrival) -> bool:
    """Tell whether a later step writes to a folder that stands since something that was copied
    stands there: above the arrival, nothing says that it does.
    """
    first = early.instruction
    standing = build.folders_before(first) | {f"/{each}" for each in BELOW_USR}
    brought = [
        place
        for step in build.steps_before(late.stage, late.instruction)
        if step.instruction.index >= first.index and (place := step.destination("/?"))
    ]
    folders = set(_folders_needed(build, late)) - standing
    return any(within(place, folder) for place in brought for folder in folders)


def _folders_needed(build: Build, step: Step) -> Iterator[str]:
    """Yield the folders that have to stand for a RUN to download and unpack to."""
    from dlint.shell import Extract, Fetch

    for _, effects in build.effects_in([step]):
        unpacked = (each.destination.path for each in effects.of(Extract))
        fetched = (each.output.path for each in effects.of(Fetch) if each.output)
        parents = (path.rpartition("/")[0] for path in fetched if path)
        yield from (path for path in (*unpacked, *parents) if path)


def _written(build: Build, step: Step) -> Iterator[str]:
    """Yield where a RUN puts what it downloads, clones and unpacks, as far as that is known."""
    from dlint.shell import Clone, Extract, Fetch

    for _, effects in build.effects_in([step]):
        for each in effects.items:
            match each:
                case Clone(destination=place) | Extract(destination=place) | Fetch(output=place):
                    if place is not None and place.path is not None:
                        yield place.path


def _between(build: Build, late: Step, early: Arrival) -> Iterator[tuple[Step, Effects]]:
    """Yield the RUNs after something arrived and before a later step, with what they do."""
    for step in build.steps_before(late.stage, late.instruction):
        run = step.instruction
        if isinstance(run, Run) and run.index > early.instruction.index:
            yield step, build.effects(run, step.state)


def _is_other(early: Arrival, late: Arrival) -> bool:
    """Tell whether two COPYs share neither a file of the context nor a place."""
    return early.sources.isdisjoint(late.sources) and early.files.keys().isdisjoint(late.files)


def _is_calmer(build: Build, one: Arrival, other: Arrival) -> bool:
    """Tell whether commits change what one COPY brings far less often than what another does;
    without a history that is long enough it is taken to.
    """
    history = build.history
    if history is None or not history.is_telling:
        return True
    return RATIO * (history.rate(one.sources) or 0) <= (history.rate(other.sources) or 0)

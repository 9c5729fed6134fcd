"""Steps that have nothing to do with what another brings: either may stand above the other."""

from __future__ import annotations

import posixpath

from dlint.facts.assets import has_tool_above, names_asset_files, only_downloads_assets
from dlint.facts.changing import PROGRAMS, landing, takes_dependencies
from dlint.facts.volatility import is_dependency_list, is_source
from dlint.model.tree import BELOW_USR
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import is_system_manager
from dlint.syntax import Copy, Run, Transfer, User
from dlint.text.paths import nested, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.facts.changing import Early
    from dlint.facts.stored import Stored
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Effects

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
    """Tell whether a step brings data of at least as many bytes, not compressed, downloads, or
    dependencies that were installed of lists alone.
    """
    match step.instruction:
        case Run():
            return only_downloads(build, step) and not _is_light(build, step)
        case Transfer(link=False) as transfer if arrival := build.fact(arrivals).of(step, transfer):
            return _brings_data(arrival, least)
    return stays(build, step) and (
        takes_dependencies(build, step) or _brings_downloads(build, step)
    )


def _is_light(build: Build, step: Step) -> bool:
    """Tell whether all that a step stores is small by its name; a script that it runs stores
    more.
    """
    from dlint.facts.installers import only_runs_installers
    from dlint.facts.stored import storage

    run = step.instruction
    if isinstance(run, Run) and only_runs_installers(build.effects(run, step.state)):
        return False
    stored = build.fact(storage).of(step)
    return bool(stored) and all(each.is_light for each in stored)


def stays(build: Build, step: Step) -> bool:
    """Tell whether what a COPY takes from another stage, or an ADD from an address, is known to be
    the same as long as some files of the context are; its layer is another one all the same.

    A new folder below the root is the same blob each time, wherever it comes from.
    """
    transfer, place = step.instruction, step.destination("/?")
    if not isinstance(transfer, Transfer) or transfer.link or place is None:
        return False
    if place.rstrip("/").count("/") <= 1 or build.fact(arrivals).of(step, transfer):
        return False
    from dlint.facts.argument_changes import is_new_with_each_push
    from dlint.facts.deciding import files_taken

    source = build.origin_of(transfer)
    if source is not None and is_new_with_each_push(build, source):
        return False

    return files_taken(build, step) is not None


def _brings_downloads(build: Build, step: Step) -> bool:
    """Tell whether a step brings files that are downloaded: no scripts or settings, by their
    names.
    """
    from dlint.facts.stored import storage

    brought = build.fact(storage).of(step)
    if not brought or not all(each.is_weighty and not each.is_light for each in brought):
        return False
    copy = step.instruction
    if not isinstance(copy, Copy):
        return True
    source = build.origin_of(copy)
    if source is None:
        return False
    paths = (step.state.expand(word.text) for word in copy.sources)
    return all(
        path is not None and _is_downloaded(build, source, posixpath.join("/", path))
        for path in paths
    )


def _is_downloaded(build: Build, stage: Stage, path: str) -> bool:
    """Tell whether what a stage holds at a path was downloaded there, or made by a RUN that
    downloads.
    """
    from dlint.facts.compiled import compiled_download
    from dlint.facts.stored import storage
    from dlint.shell.effects import Clone, Fetch

    for stored in build.fact(storage).nearest(stage, None, path.partition("*")[0].rstrip("/")):
        if stored.how in {"fetch", "clone", "unpack"}:
            return True
        run = stored.instruction
        if stored.filled and isinstance(run, Run):
            items = build.effects(run).items
            if any(isinstance(each, Fetch | Clone) for each in items):
                return True
    return compiled_download(build, build.chain(stage), path) is not None


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
    from dlint.facts.installers import only_runs_installers

    kinds = tuple(getattr(shell, name) for name in _DONE_BY_DOWNLOADS)
    if only_runs_installers(effects):
        kinds = (*kinds, shell.Unknown)
    return all(isinstance(each, kinds) for each in effects.items)


def does_without(build: Build, late: Step, early: Early) -> tuple[Run, ...] | None:
    """Return the RUNs between that prepare a later step and would move with it, where it surely
    does without what arrived before them and writes to none of its places; None where it may not.
    """
    if isinstance(late.instruction, Run):
        needless = _downloads_without(build, late, late.instruction, early)
    elif isinstance(late.instruction, Transfer):
        needless = _lands_apart(build, late, late.instruction, early)
    else:
        needless = False
    return _prepared_between(build, late, early) if needless else None


def _downloads_without(build: Build, late: Step, run: Run, early: Early) -> bool:
    """Tell whether a RUN that downloads does without what arrived before it."""
    needs_tool = only_downloads_assets(build, run)
    commands, workdir = build.script(run).commands, late.state.workdir
    if early.arrival is None and not _lets_tools_stand(early.step):
        return False
    if needs_tool and early.arrival is not None:
        named = any(names_asset_files(each, workdir, early.arrival) for each in commands)
    else:
        named = any(early.named_by(each, workdir) for each in commands)
    ties = (_installs_between, _runs_between, _lands_in_a_copy)
    if named or any(tie(build, late, early) for tie in ties):
        return False
    return not needs_tool or has_tool_above(build, late, early.instruction)


def _lets_tools_stand(step: Step) -> bool:
    """Tell whether a COPY from another stage surely brings nothing that downloads, nor a library
    of it: single programs, known by their names, aside.
    """
    from dlint.facts.writing import base_may_hold

    return all(
        not base_may_hold(place) or posixpath.dirname(place) in PROGRAMS for place in landing(step)
    )


def _lands_apart(build: Build, late: Step, transfer: Transfer, early: Early) -> bool:
    """Tell whether a COPY shares neither a place nor a file of the context with an earlier one."""
    arrival = build.fact(arrivals).of(late, transfer)
    if early.arrival is None:
        places = list(arrival.files) if arrival is not None else landing(late)
        return bool(places) and _brings_nothing_to(build, early.step, places)
    if arrival is not None:
        return early.arrival.known and _is_other(early.arrival, arrival)
    places, folder = landing(late), early.arrival.destination
    if not early.arrival.known:
        return bool(places) and not any(nested(folder, place) for place in places)
    places = [*_files_of_downloads(build, late)] or places
    met = (within(path, place) for path in early.arrival.files for place in places)
    return bool(places) and not any(met)


def _files_of_downloads(build: Build, late: Step) -> Iterator[str]:
    """Yield where the files of a folder arrive that holds nothing but downloads whose names are
    known; none where that is not known.
    """
    from dlint.facts.stored import storage
    from dlint.facts.writing import works_near

    taken, places = _folder_taken(build, late), landing(late)
    if taken is None or len(places) != 1:
        return
    source, folder = taken
    near = build.fact(storage).nearest(source, None, folder)
    fetched = {each.path for each in near if each.how == "fetch"} - {None, folder}
    if any(each.tree or each.path not in {folder, *fetched} for each in near):
        return
    if not any(works_near(build, each.instruction, folder) for each in build.chain(source)):
        for path in sorted(filter(None, fetched)):
            yield posixpath.join(places[0], posixpath.relpath(path, folder))


def _folder_taken(build: Build, step: Step) -> tuple[Stage, str] | None:
    """Return the stage, and the one folder of it, that a COPY takes; None where it takes several,
    or nobody knows which.
    """
    copy = step.instruction
    if not isinstance(copy, Copy) or len(copy.sources) != 1:
        return None
    source, taken = build.origin_of(copy), step.state.expand(copy.sources[0].text)
    if source is None or taken is None or "*" in taken:
        return None
    return source, posixpath.normpath(posixpath.join("/", taken))


def _in_stage(build: Build, step: Step, folder: str, place: str) -> tuple[Stage, str] | None:
    """Return the stage that a COPY takes one folder of to `folder`, and what a place below that is
    in it.
    """
    taken = _folder_taken(build, step)
    if taken is None or not within(place, folder):
        return None
    source, path = taken
    return source, posixpath.normpath(posixpath.join(path, posixpath.relpath(place, folder)))


def _brings_nothing_to(build: Build, step: Step, places: Sequence[str]) -> bool:
    """Tell whether a COPY from another stage surely brings nothing to some places."""
    earlier = landing(step)
    return bool(earlier) and not any(
        _meet(one, other) and not _brings_nothing_at(build, step, one, other)
        for one in earlier
        for other in places
    )


def _brings_nothing_at(build: Build, step: Step, folder: str, place: str) -> bool:
    """Tell whether a COPY of a stage's folder to `folder` surely brings nothing to a place below
    it.
    """
    from dlint.facts.stored import storage
    from dlint.facts.writing import base_may_hold, works_near, writers

    found = _in_stage(build, step, folder, place)
    if found is None:
        return False
    source, path = found
    if base_may_hold(path) or build.fact(writers).before(source, None, path):
        return False
    if any(works_near(build, each.instruction, path) for each in build.chain(source)):
        return False
    near = build.fact(storage).nearest(source, None, path)
    return not any(_may_hold(each, path) for each in near)


def _may_hold(stored: Stored, path: str) -> bool:
    """Tell whether something of what a step has stored may stand at or below a path."""
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    return stored.path is None or nested(stored.path, path)


def _meet(one: str, other: str) -> bool:
    """Tell whether two places may be one, or one of them hold the other; `*` stands for more of a
    name.
    """
    if "*" in one or "*" in other:
        start, begin = one.partition("*")[0], other.partition("*")[0]
        return start.startswith(begin) or begin.startswith(start)
    return nested(one, other)


def _installs_between(build: Build, late: Step, early: Early) -> bool:
    """Tell whether packages of the system are installed after something arrived and before a later
    step: what that downloads with may be among them.
    """
    from dlint.shell.effects import Install

    found = (each for *_, effects in _between(build, late, early) for each in effects.of(Install))
    return any(is_system_manager(install.manager) for install in found)


def _runs_between(build: Build, late: Step, early: Early) -> bool:
    """Tell whether a program that arrived, or one that is given it, runs before a later step: that
    may go on with what nobody can tell it makes.
    """
    from dlint.shell.effects import Unknown

    return any(
        early.named_by(unknown.command, step.state.workdir)
        for _, step, effects in _between(build, late, early)
        for unknown in effects.of(Unknown)
    )


def _prepared_between(build: Build, late: Step, early: Early) -> tuple[Run, ...] | None:
    """Return the RUNs after an arrival that make users and folders for a later step; None where
    another one does, or a user that is set there runs it.
    """
    first, last = early.instruction.index, late.instruction.index
    is_run = isinstance(late.instruction, Run)
    users = (each.index for each in late.stage.instructions if isinstance(each, User))
    set_at = next((index for index in users if index > first), last)
    if is_run and set_at < last:
        return None
    places = [*_written(build, late)] if is_run else landing(late)
    owner = _owner_named(late)
    found: list[Run] = []
    for run, step, effects in _between(build, late, early):
        if not _touches(build, step, effects, places) and not _makes_owner(effects, run, owner):
            continue
        if set_at < run.index or not _only_prepares(build, run, step, early):
            return None
        found.append(run)
    return tuple(found)


def _only_prepares(build: Build, run: Run, step: Step, early: Early) -> bool:
    """Tell whether a RUN makes users and folders alone, none of what arrived before it."""
    commands = build.script(run).commands
    if any(early.named_by(each, step.state.workdir) for each in commands):
        return False
    return all(each.name in _PREPARING and each.certain for each in commands)


# What makes users, groups and folders.
_PREPARING = frozenset(("addgroup", "adduser", "groupadd", "mkdir", "useradd"))


def _owner_named(step: Step) -> str | None:
    """Return the user or group by whose name a COPY or ADD gives its files away."""
    transfer = step.instruction
    owner = transfer.chown if isinstance(transfer, Transfer) else None
    text = step.state.expand(owner) if owner else None
    if owner is None or (text or "").replace(":", "").isdecimal():
        return None
    return next((part for part in (text or "").split(":") if not part.isdecimal()), "")


def _makes_owner(effects: Effects, run: Run, owner: str | None) -> bool:
    """Tell whether a RUN makes the user or group that is called `owner`."""
    from dlint.shell.effects import Create

    if owner is None or owner not in run.value.text:
        return False
    return any(each.place.path == "/etc/passwd" for each in effects.of(Create))


def _touches(build: Build, step: Step, effects: Effects, places: Sequence[str]) -> bool:
    """Tell whether a RUN makes, fills or changes what a later step's `places` are or stand in."""
    from dlint.facts.stored import storage
    from dlint.shell.effects import Create, Delete, Rewrite

    if not effects.known:
        return True
    for each in effects.items:
        match each:
            case Create(place=place) if place.path:
                if any(within(path, place.path) for path in places):
                    return True
            case Delete(place=place) | Rewrite(place=place):
                if place.path is None or any(nested(path, place.path) for path in places):
                    return True
    filled = [each.path for each in build.fact(storage).of(step) if each.path is not None]
    return any(nested(path, folder) for path in places for folder in filled)


def _lands_in_a_copy(build: Build, late: Step, early: Early) -> bool:
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
    from dlint.shell.effects import Extract, Fetch

    for _, effects in build.effects_in([step]):
        unpacked = (each.destination.path for each in effects.of(Extract))
        fetched = (each.output.path for each in effects.of(Fetch) if each.output)
        parents = (path.rpartition("/")[0] for path in fetched if path)
        yield from (path for path in (*unpacked, *parents) if path)


def _written(build: Build, step: Step) -> Iterator[str]:
    """Yield where a RUN puts what it downloads, clones and unpacks, as far as that is known."""
    from dlint.shell.effects import Clone, Extract, Fetch

    for _, effects in build.effects_in([step]):
        for each in effects.items:
            match each:
                case Clone(destination=place) | Extract(destination=place) | Fetch(output=place):
                    if place is not None and place.path is not None:
                        yield place.path


def _between(build: Build, late: Step, early: Early) -> Iterator[tuple[Run, Step, Effects]]:
    """Yield the RUNs after something arrived and before a later step, with what they do."""
    for step in build.steps_before(late.stage, late.instruction):
        run = step.instruction
        if isinstance(run, Run) and run.index > early.instruction.index:
            yield run, step, build.effects(run, step.state)


def _is_other(early: Arrival, late: Arrival) -> bool:
    """Tell whether two COPYs share neither a file of the context nor a place."""
    return early.sources.isdisjoint(late.sources) and early.files.keys().isdisjoint(late.files)


def is_calmer(build: Build, one: Arrival, other: Arrival) -> bool:
    """Tell whether commits change what one COPY brings far less often than what another does;
    without a history that is long enough it is taken to.
    """
    history = build.history
    if history is None or not history.is_telling:
        return True
    return RATIO * (history.rate(one.sources) or 0) <= (history.rate(other.sources) or 0)

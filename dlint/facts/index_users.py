"""Which RUNs use the package index that one of them has fetched, and what these need if it is not
stored any more.
"""

from __future__ import annotations

from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.deletions import emptying
from dlint.facts.installers import installs_no_packages
from dlint.facts.shipping import shipping
from dlint.reads.scripts import installs_at_once, may_install, with_scripts
from dlint.shell import CacheLeft, Install, Refresh, Unknown
from dlint.shell.look import FETCHERS
from dlint.syntax import Arg, Run, Transfer
from dlint.text.units import lines, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command
    from dlint.shell.managers.manager import Manager
    from dlint.syntax import Instruction

_PARTING = Arg | Transfer
_TOLD = 5  # lines that a help names


def last_to_fetch(build: Build, run: Run, filling: Install | Refresh) -> Command:
    """Return the last command of a RUN that fetches an index as its last install or refresh does:
    that, or a program which fetches it once more.
    """
    fetches = filling.managed_by.also_fetch_index
    others = (each for each in build.script(run).commands if each.name in fetches)
    return max((filling.command, *others), key=lambda each: each.span.start)


def installs_packages(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN installs packages by name with a manager."""
    return any(each.packages for each in build.effects(run).of_manager(Install, manager.name))


def asks_index(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN installs packages by name with a manager, or upgrades what is there."""
    calls = build.effects(run).of_manager(Install, manager.name)
    return any(each.packages or each.upgrade for each in calls)


def only_upgrades(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN upgrades what is there by a manager, and installs nothing else with it."""
    calls = build.effects(run).of_manager(Install, manager.name)
    return bool(calls) and all(each.upgrade for each in calls)


def is_index_needed(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN below, or one of an image on top, installs from the index before it, or
    one between, fetches it anew.
    """
    is_needed = next(_needing_index(build, run, manager), None) is not None
    return is_needed or bool(_needing_on_top(build, run, manager))


def _needing_on_top(build: Build, run: Run, manager: Manager) -> list[tuple[str, int]]:
    """Return the RUNs of other Dockerfiles that stand on the image and install from the index which
    `run` leaves there: their paths and lines.
    """
    own, target = build.stage_of(run), build.target
    if build.recipes is None or manager.name != "apt" or own is None or target is None:
        return []
    if not build.stands_on(target, own):
        return []
    for stage in (each for each in build.stages_on(own) if build.stands_on(target, each)):
        for user, installs in _calls_below(build, stage, run, manager):
            if not installs or _deletes_index(build, user, run, manager):
                return []
    from dlint.facts.own_bases import installing_on_top

    return build.fact(installing_on_top)


def _needing_index(build: Build, run: Run, manager: Manager) -> Iterator[Run]:
    """Yield the RUNs of each chain that install from the index which `run` leaves, up to the one
    that renews or deletes it, where their manager does not fetch it by itself.
    """
    own = build.stage_of(run) if manager.needs_index else None
    gone = set[int]()  # the stages in whose chains something renews it, or deletes it
    for stage in build.stages_on(own) if own else ():
        if stage.base is not None and stage.base.index in gone:
            gone.add(stage.index)
            continue
        for user, installs in _calls_below(build, stage, run, manager):
            if installs:
                yield user
            if not installs or _deletes_index(build, user, run, manager):
                gone.add(stage.index)
                break


def _users_of_index(
    build: Build, runs: Sequence[Run], manager: Manager, besides: Run | None = None
) -> list[Run]:
    """Return the RUNs that install from the indexes which some leave, in the file's order, but for
    `besides`.
    """
    users = {user for each in runs for user in _needing_index(build, each, manager)}
    return sorted(users - {besides}, key=attrgetter("index"))


def _deletes_index(build: Build, user: Run, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN deletes the index that another one has left."""
    left = build.effects(run).of_manager(CacheLeft, manager.name)
    effects = build.effects(user)
    return any(each.kind == "index" and emptying(effects, each) is not None for each in left)


def _calls_below(
    build: Build, stage: Stage, run: Run, manager: Manager
) -> Iterator[tuple[Run, bool]]:
    """Yield the steps of `stage` below `run` that use a manager's index, and whether they install
    from the one that is there, and do not fetch it anew: scripts of the context, too.
    """
    is_below = stage is not build.stage_of(run)
    for step in build.steps(stage):
        below = step.instruction
        if is_below and isinstance(below, Run):
            found = build.effects(below, step.state)
            for call in found.calls_of(manager.name):
                yield below, isinstance(call, Install)
            for unknown in found.of(Unknown) if manager.name == "apt" else ():
                installs = installs_at_once(build, unknown.command)
                if installs is not None:
                    yield below, installs
        is_below = is_below or below is run


def is_index_at_hand(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a manager that looks for a new index only when its own is old finds one that a
    RUN directly above has left, or one in a row of RUNs: an hour later it would still take that.
    """
    manager, stage = cache.managed_by, build.stage_of(run)
    effects = build.effects(run)
    if not manager.keeps_index or stage is None or manager.name in effects.by_manager(Refresh):
        return False
    row = (build.effects(each) for each in _row_above(stage, run))
    return any(
        left.certain
        for above in takewhile(lambda each: not emptying(each, cache), row)
        for left in above.of_manager(CacheLeft, manager.name)
    )


def storing_instead(build: Build, run: Run, cache: CacheLeft, fetching: Sequence[Run]) -> list[Run]:
    """Return the RUNs below that would store the index which `run` leaves, if it did not: those
    that are `fetching` it again, and those directly below that use this one, and fetch one by
    themselves where there is none.
    """
    stage = build.stage_of(run) if cache.managed_by.keeps_index else None
    row = _row_below(build, stage, run) if stage else ()
    return [*fetching, *(each for each in row if _has_at_hand(build, each, cache))]


def stored_instead(
    build: Build, run: Run, cache: CacheLeft, fetching: Sequence[Run], how: str = ""
) -> str:
    """Say which RUNs below would store the index that `run` leaves, if it did not; `how` they leave
    none, if not in the way that was said before.
    """
    found = storing_instead(build, run, cache, fetching)
    if not found:
        return ""
    # What installs from those has to fetch it by itself then.
    manager = cache.managed_by
    users, on_top = _users_of_index(build, fetching, manager), _on_top_of(build, fetching, manager)
    again = ""
    if users or on_top:
        cleaned = _cleaned_after(build, run, users, on_top, manager)
        again = f"; fetch it again before {_installs_of(build, users, manager, on_top)}{cleaned}"
    there = f"{how} in" if how else "in"
    return f", and {there} {lines_of(found)}, which would store it instead{again}"


def installs_from(build: Build, runs: Sequence[Run], manager: Manager) -> str:
    """Name the installs that need one of the indexes which some RUNs leave; "" where none does."""
    users, on_top = _users_of_index(build, runs, manager), _on_top_of(build, runs, manager)
    return _installs_of(build, users, manager, on_top)


def _on_top_of(build: Build, runs: Sequence[Run], manager: Manager) -> list[tuple[str, int]]:
    """Return the installs of other Dockerfiles from the indexes which some RUNs leave, in order."""
    return sorted({each for run in runs for each in _needing_on_top(build, run, manager)})


def _has_at_hand(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a RUN uses an index of a cache's manager that one above it has left."""
    left = build.effects(run).of_manager(CacheLeft, cache.manager)
    return any(is_index_at_hand(build, run, each) for each in left)


def _row_above(stage: Stage, run: Run) -> Iterator[Run]:
    """Yield the RUNs of a stage's chain that stand directly above one, nearest first."""
    return _row(
        each
        for owner in stage.ancestors()
        for each in reversed(owner.instructions)
        if each.index < run.index
    )


def _row_below(build: Build, stage: Stage, run: Run) -> Iterator[Run]:
    """Yield the RUNs that stand directly below one, in its stage and in the shipped ones on top of
    it.
    """
    ended = set[int]()  # the stages in whose chains the row ends
    for each in (one for one in build.stages_on(stage) if one is stage or build.shipped(one)):
        if each.base is not None and each.base.index in ended:
            ended.add(each.index)
            continue
        below = [one for one in each.instructions if one.index > run.index]
        yield from _row(below)
        if any(isinstance(one, _PARTING) for one in below):
            ended.add(each.index)


def _row(instructions: Iterable[Instruction]) -> Iterator[Run]:
    """Yield RUNs up to what may rerun those below it alone."""
    for each in instructions:
        if isinstance(each, _PARTING):
            return
        if isinstance(each, Run):
            yield each


def is_fetched_for_nothing(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether nothing of a RUN can use the index that it fetches."""
    effects = build.effects(run)
    calls = effects.calls_of(manager.name)
    if effects.of(Unknown) or any(isinstance(each, Install) for each in calls):
        return False
    fetching = {id(each.command) for each in calls}
    others = {each.name for each in build.script(run).commands if id(each) not in fetching}
    return others.isdisjoint(each.command.name for each in calls)


def may_be_used_by_script(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a later RUN, before the index is fetched again, runs something that may install
    from it.
    """
    return _script_using(build, run, manager) is not None


def _script_using(build: Build, run: Run, manager: Manager) -> tuple[Run, Command] | None:
    """Return the first later RUN, before the index is fetched again, with the command of it that
    may install from it; None where there is none.
    """
    for step in build.fact(shipping).later(run):
        later = step.instruction
        if not isinstance(later, Run):
            continue
        for each in build.effects(later).items:
            match each:
                case Refresh(manager=name) if name == manager.name:
                    return None
                case Unknown(command=command) if may_install(build, command):
                    is_able = _may_be_root(build, step, command)
                    if is_able and not installs_no_packages(build.effects(later)):
                        return later, command
    return None


def _may_be_root(build: Build, step: Step, command: Command) -> bool:
    """Tell whether a command may run as root, or something in it: no other user installs packages
    of the system.
    """
    user = (command.user or step.state.user or "root").partition(":")[0]
    return user in {"root", "0"} or "sudo" in build.fact(with_scripts)


def unless_used_by_script(build: Build, runs: Sequence[Run], manager: Manager) -> str:
    """Say that a script below may install from the lists that some RUNs are to delete; nothing
    where none does, or where its RUN is seen to install, which the advice names by itself.
    """
    used = (_script_using(build, each, manager) for each in runs if manager.shares_index)
    user, command = next(filter(None, used), (None, None))
    if user is None or command is None or user in _users_of_index(build, runs, manager):
        return ""
    return f", unless {command.quoted} in line {user.line} installs from the lists"


def index_left_above(build: Build, run: Run, manager: Manager) -> tuple[Run, CacheLeft] | None:
    """Return the RUN above, and what it left, that fetched the index from which `run` installs,
    where no RUN has installed from it yet.
    """
    stage = build.stage_of(run)
    steps = [*build.steps_before(stage, run)] if stage else []
    for step in reversed(steps):
        above = step.instruction
        if isinstance(above, Run):
            if installs_packages(build, above, manager):
                return None
            effects = build.effects(above, step.state)
            if manager.name in effects.by_manager(Refresh):
                left = effects.of_manager(CacheLeft, manager.name)
                return (above, left[0]) if left else None
    return None


def deleting_lists(build: Build, run: Run, user: Run) -> str:
    """Say that `user`, which is to be one RUN with `run`, deletes the index that this fetches, and
    before which other installs it has to be fetched again.
    """
    managers = {each.manager: each.managed_by for each in build.effects(run).of(Refresh)}
    again = "".join(
        refreshed_for_later(build, [run], each, besides=user) for each in managers.values()
    )
    return f", delete the lists there{again}" if again else ", and delete the lists there"


def refreshed_for_later(
    build: Build,
    runs: Sequence[Run],
    manager: Manager,
    fetching: Sequence[Run] = (),
    *,
    besides: Run | None = None,
) -> str:
    """Say before which installs the index has to be fetched again where the `runs` that fetch it
    delete it, and to delete it there, too, and in RUNs whose scripts are `fetching` it, where it
    would be stored instead; nothing where no RUN below installs from it, `besides` one that fetches
    it by itself.
    """
    fetches = (build.effects(each).of_manager(Refresh, manager.name) for each in runs)
    refresh = next((each for found in fetches for each in found), None)
    users = _users_of_index(build, runs, manager, besides)
    on_top = _on_top_of(build, runs, manager)
    if refresh is None or not (users or on_top):
        return ""
    if fetching:  # which delete theirs as well: what installs from those has to fetch it again, too
        users = _users_of_index(build, [*runs, *fetching], manager, besides)
        on_top = _on_top_of(build, [*runs, *fetching], manager)
    installs = _installs_of(build, users, manager, on_top)
    cleaned = _cleaned_after(build, runs[0], users, on_top, manager)
    again = f", and {_refreshed_by(refresh.command)} again before {installs}{cleaned}"
    others = [each for each in fetching if each not in users]
    return again + f" and in {lines_of(others)}" * bool(cleaned and others)


def _cleaned_after(
    build: Build,
    run: Run,
    users: Sequence[Run],
    on_top: Sequence[tuple[str, int]],
    manager: Manager,
) -> str:
    """Say that installs which are to fetch an index again delete it, as `run` does its own; ""
    where they do so already, or ship in no image.
    """
    if not on_top and not _is_stored(build, users, run, manager):
        return ""
    which = "each" if len(users) + len(on_top) > 1 else "it"
    return f", with the same cleanup after {which}"


def _is_stored(build: Build, users: Sequence[Run], run: Run, manager: Manager) -> bool:
    """Tell whether one of some RUNs that fetch an index again keeps it in an image that ships."""
    shipped = (each for each in users if build.shipped_stage(each))
    return not all(_deletes_index(build, each, run, manager) for each in shipped)


def _refreshed_by(command: Command) -> str:
    """Say how to fetch an index as a command does: the script that one brings does more."""
    return "fetch the lists" if command.name in FETCHERS else f"run {command.quoted}"


def _installs_of(
    build: Build, runs: Sequence[Run], manager: Manager, on_top: Sequence[tuple[str, int]] = ()
) -> str:
    """Name the installs of some RUNs by their first lines, and those of other Dockerfiles; apart
    from these the RUNs that only upgrade.
    """
    upgrading = [each for each in runs if only_upgrades(build, each, manager)]
    installing = [each for each in runs if each not in upgrading]
    named = (_called("install", installing, on_top), _called("upgrade", upgrading))
    return " and ".join(filter(None, named))


def _called(what: str, runs: Sequence[Run], on_top: Sequence[tuple[str, int]] = ()) -> str:
    """Name what RUNs and other Dockerfiles do, and the lines of that; "" where none does."""
    if not runs and not on_top:
        return ""
    here = [f"in {lines_of(runs)}"] if runs else []
    there = [f"in line {line} of `{path}`" for path, line in on_top]
    several = "s" * (len(runs) + len(on_top) > 1)
    return f"the {what}{several} {listed([*here, *there], _TOLD)}"


def lines_of(runs: Sequence[Instruction]) -> str:
    """Name the first lines of some RUNs, or COPYs."""
    return lines((run.line for run in runs), _TOLD)

"""Package lists that scripts of the build context leave in the layer of the RUN that calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.caches import is_emptied_below, is_used_later
from dlint.facts.called_scripts import read, starting
from dlint.facts.index_users import is_index_needed
from dlint.facts.placed import placed
from dlint.facts.shipping import shipping
from dlint.model.mounts import is_stored, may_be_anywhere
from dlint.reads.scripts import clean_up_behind, paths, program_of
from dlint.shell import CacheLeft, Install
from dlint.shell.judge import emptied
from dlint.syntax import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.shell import Command, Effects


def left_by_script(build: Build, run: Run) -> Iterator[CacheLeft]:
    """Yield apt's lists that a script of the context surely fetches and leaves, as those of the
    command that starts it, once for a RUN; none where an earlier step left lists, the RUN or a
    later one deletes them, or may install from them.
    """
    for command, left in _stored(build, run):
        if not _has_lists(build, run):
            yield left._replace(command=command, commands=(command,), span=command.span)
        return


def fetching_below(build: Build, run: Run) -> list[Run]:
    """Return the RUNs that stand on `run` in a shipped image and whose scripts store lists, once
    there are none above: also where something installs from those, which keeps them all the more.
    """
    storing = build.fact(_storing)
    if not storing:
        return []
    later = (step.instruction for step in build.fact(shipping).later(run))
    return [each for each in later if isinstance(each, Run) and each.index in storing]


def _storing(build: Build) -> frozenset[int]:
    """Return the numbers of the RUNs whose scripts store lists that no later one deletes; a
    fact.
    """
    runs = (step.instruction for stage in build.stages for step in build.steps(stage))
    return frozenset(
        each.index for each in runs if isinstance(each, Run) and any(_kept(build, each))
    )


def _stored(build: Build, run: Run) -> Iterator[tuple[Command, CacheLeft]]:
    """Yield the commands of a RUN whose scripts fetch lists that nothing uses or deletes, and
    those.
    """
    for command, left in _kept(build, run):
        if not _is_used(build, run, left):
            yield command, left


def _kept(build: Build, run: Run) -> Iterator[tuple[Command, CacheLeft]]:
    """Yield the commands of a RUN whose scripts fetch lists that nothing deletes, and those."""
    for command, left in _left_in(build, run):
        if not is_emptied_below(build, run, left):
            yield command, left


def _has_lists(build: Build, run: Run) -> bool:
    """Tell whether the RUN, or one above it, leaves lists of its own: those are told there."""
    stage = build.stage_of(run)
    above = [step.instruction for step in build.steps_before(stage, run)] if stage else []
    runs = [each for each in above if isinstance(each, Run)]
    own = (left for each in (run, *runs) for left in build.effects(each).of(CacheLeft))
    return any(left.manager == "apt" for left in own) or any(
        any(_left_in(build, each)) for each in runs
    )


def _left_in(build: Build, run: Run) -> Iterator[tuple[Command, CacheLeft]]:
    """Yield the commands of a RUN whose scripts fetch lists that no mount keeps out of its layer,
    and that the RUN does not delete behind them, and those.
    """
    if may_be_anywhere(build, run, ("cache", "tmpfs")):
        return
    for command in starting(build, run):
        left = _left_by(build, command)
        if left is None or not is_stored(build, run, left.path):
            continue
        if not _is_brought(build, run, command):
            continue
        if not _is_deleted_behind(build, build.effects(run), left, command):
            yield command, left


def _is_deleted_behind(build: Build, effects: Effects, left: CacheLeft, command: Command) -> bool:
    """Tell whether a RUN, or a script, deletes lists behind one of its commands, which stored
    them: itself, or by a script of the context.
    """
    is_emptied = emptied(left, effects, behind=command) is not None
    return is_emptied or clean_up_behind(build, effects, command)


def _is_brought(build: Build, run: Run, command: Command) -> bool:
    """Tell whether the context's file that a command may start stands in the image by then: what
    else has its name there is the base image's, or nothing.
    """
    step = build.step_of(run)
    there = frozenset(build.fact(placed).before(step).values()) if step else frozenset()
    return not there.isdisjoint(paths(build, _name_of(command)))


def _name_of(command: Command) -> str:
    return (program_of(command) or "").rpartition("/")[2]


def _left_by(build: Build, command: Command) -> CacheLeft | None:
    """Return apt's lists that the one script of the context which a command can mean leaves."""
    name = _name_of(command)
    held = build.fact(_by_name)
    if name not in held:
        held[name] = _lists_of(build, name)
    return held[name]


def _by_name(_: Build) -> dict[str, CacheLeft | None]:
    """Return where the lists are kept, by the names of scripts: many steps may call one; a fact."""
    return {}


def _lists_of(build: Build, name: str) -> CacheLeft | None:
    found = paths(build, name)
    called = read(build, found[0]) if len(found) == 1 else None
    if called is None:
        return None
    left = (each for each in called.effects.of(CacheLeft) if each.manager == "apt")
    first = next((each for each in left if each.kind == "index" and each.certain), None)
    is_gone = first is not None and clean_up_behind(build, called.effects, first.command)
    return None if is_gone else first


def _is_used(build: Build, run: Run, left: CacheLeft) -> bool:
    """Tell whether lists are for the rest of the RUN, a later one or an image on top."""
    if any(each.manager == "apt" for each in build.effects(run).of(Install)):
        return True
    return is_used_later(build, run, left) or is_index_needed(build, run, left.managed_by)

"""Edits that keep package managers' caches and indexes out of the layers of RUNs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.cache_fillings import filled_by, told_by
from dlint.facts.caches import (
    cleaning_of,
    in_place_of,
    refreshing_alone,
    refreshing_word,
    where_to_clean,
)
from dlint.facts.index_users import (
    is_fetched_for_nothing,
    is_index_needed,
    last_to_fetch,
    may_be_used_by_script,
)
from dlint.facts.renewed_lists import lists_of_sources
from dlint.facts.tools import knows
from dlint.findings import Fix, Safety
from dlint.fixes.append import append_command, append_last, put_behind
from dlint.fixes.leaving_out_refreshes import without_refresh
from dlint.fixes.moving import fold
from dlint.reads.scripts import may_install
from dlint.shell.effects import CacheLeft, Install, Refresh
from dlint.text.source import Edit
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.model.build import Build
    from dlint.shell.managers.manager import Flag, Manager
    from dlint.shell.script import Command
    from dlint.syntax import Run

_INDEX = Refresh | CacheLeft


class _Part(NamedTuple):
    """How one RUN leaves nothing: its edits, and whether they surely change nothing else."""

    title: str = ""
    edits: tuple[Edit, ...] = ()
    safe: bool = True


_NONE = _Part()
_DELETED = "delete line"


def keep_none(
    build: Build, run: Run, cache: CacheLeft, others: Sequence[Run]
) -> tuple[Fix, str] | None:
    """Return a fix after which a RUN leaves nothing in a cache, nor do `others`, which would store
    the same instead, and how those leave none, if not as its title says; None where one of them has
    no place for it.
    """
    lefts = [(run, cache), *((each, _same_of(build, each, cache)) for each in others)]
    parts = [
        _part(build, each, left) if left else _behind_sources(build, each, cache)
        for each, left in lefts
    ]
    if not all(part.edits for part in parts):
        return None
    edits = tuple(edit for part in parts for edit in part.edits)
    safety = Safety.SAFE if all(part.safe for part in parts) else Safety.UNSAFE
    return Fix(parts[0].title, edits, safety), _how_otherwise(*parts)


def _how_otherwise(first: _Part, *others: _Part) -> str:
    """Say how other RUNs leave nothing, if not in the way that the title of the first ends with."""
    titles = {each.title for each in others if not first.title.endswith(each.title)}
    is_one_way = len(titles) == len({each.title for each in others}) == 1
    title = min(titles, default="")
    return title if is_one_way and not title.startswith(_DELETED) else "keep none" * bool(titles)


def _same_of(build: Build, run: Run, cache: CacheLeft) -> CacheLeft | None:
    """Return what another RUN leaves of the same kind and manager."""
    left = build.effects(run).of_manager(CacheLeft, cache.manager)
    return next((each for each in left if each.kind == cache.kind), None)


def _part(build: Build, run: Run, cache: CacheLeft) -> _Part:
    manager, flag = cache.managed_by, cache.managed_by.no_cache
    if is_index_needed(build, run, manager):
        return _NONE
    if manager.packaged and filled_by(build, run, cache) != cache.commands:
        return _NONE  # one of them is too old for the flag
    if part := _without_run(build, run, manager):
        return part
    if flag and knows(build, run, manager, flag):
        if not refreshing_alone(build, run, manager):
            return _without(build, run, cache, flag)
        if part := _fetching_itself(build, run, cache, flag):
            return part
    return _cleaned_up(build, run, cache)


def _without_run(build: Build, run: Run, manager: Manager) -> _Part | None:
    """Delete a RUN that does nothing but fetch an index which every install fetches by itself."""
    below, effects = build.dockerfile.instructions[run.index + 1 :], build.effects(run)
    is_only = effects.are_all(_INDEX) and len(build.script(run).commands) == 1
    is_all = is_only and manager.name in effects.by_manager(Refresh) and not run.mounts
    if manager.reuses_index or not is_all or not below:
        return None
    is_used = may_be_used_by_script(build, run, manager)
    edits = fold(build.dockerfile.source, run, below[0])
    return _Part(f"{_DELETED} {run.line}", edits, not is_used)


def _fetching_itself(build: Build, run: Run, cache: CacheLeft, flag: Flag) -> _Part | None:
    """Leave the update out, and have each install fetch the index, and keep none."""
    manager = cache.managed_by
    edit = without_refresh(build, run, manager.name)
    if edit is None or is_fetched_for_nothing(build, run, manager):
        return None
    installs = build.effects(run).of_manager(Install, manager.name)
    edits = _flagging(build, run, installs, flag)
    if not installs or edits is None:
        return None
    title = f"leave `{manager.name} update` out" + f", and add `{flag.name}`" * bool(edits)
    is_used = may_be_used_by_script(build, run, manager)
    return _Part(title, (edit, *edits), not is_used)


def _without(build: Build, run: Run, cache: CacheLeft, flag: Flag) -> _Part:
    """Add the flag that disables the cache to each command that lacks it."""
    installs = build.effects(run).of_manager(Install, cache.manager)
    edits = _flagging(build, run, installs, flag)
    how = f"add `{flag.name}`{in_place_of(build, run, cache.managed_by)}"
    return _NONE if edits is None else _Part(how, tuple(edits))


def _flagging(build: Build, run: Run, installs: Iterable[Install], flag: Flag) -> list[Edit] | None:
    """Return the edits that add a flag to the commands that keep a cache, in the place of one that
    is for nothing with it; None where one of them has no place for it.
    """
    edits = []
    for each in installs:
        if each.managed_by.keeps_no_cache(each.command.raw_args):
            continue
        if idle := refreshing_word(each):
            edits.append(Edit(idle.span, flag.name))
            continue
        verb = each.command.first_of(flag.verbs)
        if verb is None:
            return None
        edits.append(put_behind(build, run, verb, flag.name))
    return edits


def _cleaned_up(build: Build, run: Run, cache: CacheLeft) -> _Part:
    """Empty the cache after the last command that fills it, or the last script that may."""
    manager, command = cache.managed_by, told_by(build, run, cache)
    cleaning = cleaning_of(build, run, cache, command)
    # A launcher's first argument is the program that fills the cache; npx starts any program.
    is_started = command.name in {*manager.launchers, "npx"}
    if is_started or not cleaning or is_fetched_for_nothing(build, run, manager):
        return _NONE
    if manager.shares_index and may_be_used_by_script(build, run, manager):
        return _NONE  # which would find no lists
    filling = build.effects(run).calls_of(cache.manager)
    if not filling:
        return _NONE
    edit, is_last = _put_last(build, run, filling[-1], cleaning)
    title = f"run `{cleaning}` {where_to_clean(build, run, cache, command)}"
    return _Part(title, (edit,), is_last) if edit else _NONE


def _behind_sources(build: Build, run: Run, lists: CacheLeft) -> _Part:
    """Empty the lists that a RUN fetches by adding a source of packages."""
    manager = lists.managed_by
    left = lists_of_sources(build, run) if manager.also_fetch_index else None
    if left is None or may_be_used_by_script(build, run, manager):
        return _NONE
    edit = append_command(build, run, left.command, manager.cleanup)
    return _Part(f"run `{manager.cleanup}` in the same `RUN`", (edit,)) if edit else _NONE


def delete_index(build: Build, run: Run, index: CacheLeft) -> Edit | None:
    """Return an edit by which a RUN deletes an index that another one fetched, behind its last
    install from that; None where something else may install from it, or no place is safe.
    """
    manager, calls = index.managed_by, build.effects(run).calls_of(index.manager)
    cleaning = cleaning_of(build, run, index, calls[-1].command) if calls else ""
    is_used = is_index_needed(build, run, manager) or may_be_used_by_script(build, run, manager)
    if not cleaning or is_used:
        return None
    edit, is_last = _put_last(build, run, calls[-1], cleaning)
    return edit if is_last else None


def _put_last(
    build: Build, run: Run, filling: Install | Refresh, cleaning: str
) -> tuple[Edit | None, bool]:
    """Return the edit that adds a command after everything that may install, of which `filling` is
    the last that surely does, and whether it does come after all of that.
    """
    last = last_to_fetch(build, run, filling)
    edit = append_command(build, run, last, cleaning)
    scripts = build.effects(run).unknown_after(last)
    if edit is None and last.user is None and cleaning.startswith("rm "):
        return append_last(build, run, cleaning), True
    if not filling.managed_by.is_system or not scripts:
        return edit, True
    if not _is_repeated(build, run, scripts[-1]):
        edit = append_command(build, run, scripts[-1], cleaning) or edit
    is_behind = edit is not None and edit.span.start > scripts[-1].span.start
    return edit, is_behind or not any(may_install(build, each) for each in scripts)


def _is_repeated(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of a RUN stands in a loop, or is several commands."""
    return [each.span for each in build.script(run).commands].count(command.span) > 1

"""Which caches of package managers stay in layers, who uses them, and what keeps them out."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dlint.facts.cache_fillings import (
    filled_by,
    holds_what_is_fetched_ahead,
    installs_list,
    surely_runs,
    told_by,
)
from dlint.facts.cache_places import (
    folder_of,
    is_home_of_another,
    is_of_system_user,
    may_move_cache,
)
from dlint.facts.deletions import CLEANING, clearing, deleting, emptying
from dlint.facts.index_users import (
    asks_index,
    installs_packages,
    is_fetched_for_nothing,
    is_index_needed,
    may_be_used_by_script,
    only_upgrades,
    refreshed_for_later,
    stored_instead,
    unless_used_by_script,
)
from dlint.facts.placed import placed
from dlint.facts.pnpm_stores import missed_store
from dlint.facts.prefixes import at_prefix
from dlint.facts.shipping import shipping
from dlint.facts.yarns import is_newer_yarn, missed_cache
from dlint.model.mounts import may_be_anywhere, mounts_of, names_no_home
from dlint.reads.scripts import clean_up
from dlint.reads.starts import starting_scripts
from dlint.shell import CacheKept, CacheLeft, Clean, Delete, Install, Refresh, Unknown
from dlint.shell.judge import emptied
from dlint.shell.managers import is_system_manager
from dlint.syntax import Cmd, Entrypoint, Onbuild, Run
from dlint.text.paths import nested, within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.mounts import Mounted
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects, ShellWord
    from dlint.shell.managers.manager import Manager
    from dlint.syntax import Copy, Instruction

_BUILDERS = regex(r"(?:g?make|just|bazel|task)\Z|.*\.sh\Z")  # programs that may build with them
_TASKS = regex(r"\b(?:rails|rake)\b")  # whose tasks install for a front end, too


def missed(build: Build, run: Run, mounted: Mounted) -> CacheLeft | None:
    """Return the cache that a mount of `run` is for, where it went into the layer and the mount
    took nothing.
    """
    effects = build.effects(run)
    used = {kept.mount for kept in effects.of(CacheKept)}
    if not effects.known:
        return None
    if mounted.target in used:
        return missed_cache(build, run, mounted) or missed_store(build, run, mounted)
    left = effects.by_manager(CacheLeft)
    meant = [name for name in sorted(left) if _is_for(mounted, left[name])]
    cache = left.get(next(iter(meant or _stood_in_for(effects, mounted)), ""))
    return None if cache is None or _may_be_in(build, run, mounted, cache) else cache


def _is_for(mounted: Mounted, cache: CacheLeft) -> bool:
    """Tell whether a mount is for a cache: for the manager's, or for what lies where it is meant to
    be.
    """
    return mounted.is_for(cache.manager) or within(cache.path, mounted.meant)


def _may_be_in(build: Build, run: Run, mounted: Mounted, cache: CacheLeft) -> bool:
    """Tell whether a manager may keep its cache in a mount after all: the base's own user may have
    its home there, or a configuration file name it.
    """
    is_own_home = build.state(run).user is not None or mounted.target.startswith("/root/")
    is_told = is_own_home or names_no_home(build, run, mounted)
    is_in_home = not cache.managed_by.is_system
    return (is_in_home and not is_told) or may_move_cache(build, run, cache)


def missed_by_mounts(build: Build, run: Run, manager: str) -> bool:
    """Tell whether a mount of `run` is for the cache that a manager leaves in the layer."""
    found = (missed(build, run, mounted) for mounted in mounts_of(build, run))
    return any(cache is not None and cache.manager == manager for cache in found)


def _stood_in_for(effects: Effects, mounted: Mounted) -> list[str]:
    """Return the managers of a RUN that leave caches, where a mount is for their kin alone, none of
    which it calls: apt's folders in a RUN of dnf, `/root/.cache` in one of npm.
    """
    meant = {name: is_system_manager(name) for name in mounted.managers}
    called = {*effects.by_manager(Install), *effects.by_manager(Refresh)}
    if effects.of(Unknown) or not called.isdisjoint(meant):
        return []
    kinds = set(meant.values())
    left = effects.by_manager(CacheLeft)
    return [name for name in sorted(left) if is_system_manager(name) in kinds]


def each_folder_once(build: Build, run: Run, caches: Iterable[CacheLeft]) -> Iterable[CacheLeft]:
    """Return caches of a RUN, of a folder that no command empties one alone, whoever fills it: what
    installs a list, if any does.
    """
    once: dict[tuple[str, str], CacheLeft] = {}
    for each in caches:
        place = each.manager * bool(each.managed_by.cleanup), each.path
        if place not in once or installs_list(build, run, told_by(build, run, each)):
            once[place] = each
    return once.values()


def wasted_caches(build: Build, run: Run) -> Iterator[CacheLeft]:
    """Yield the caches that a RUN surely leaves something in that takes up bytes, that nothing
    later uses and that no script of the context empties.
    """
    if may_be_anywhere(build, run, ("cache", "tmpfs")):
        return
    effects = build.effects(run)
    for left in effects.of(CacheLeft):
        cache = at_prefix(build, run, left)
        if cache is not left and emptied(cache, effects, behind=cache.command):
            continue
        is_left = not cache.linked and is_surely_filled(build, run, cache)
        if is_left and not is_used_later(build, run, cache) and not clean_up(build, run, cache):
            yield cache


def carrier_of_cache(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> Copy | None:
    """Return the COPY that takes a cache out of a stage so that it gets into a pushed image; None
    where a later RUN of the stage wastes the same folder: one that empties it there does for both.
    """
    carrier = build.fact(shipping).carrier(stage, cache.path)
    is_last = carrier and build.fact(_wasted_last)[stage.index, cache.path] == run.index
    return carrier if is_last else None


def _wasted_last(build: Build) -> dict[tuple[int, str], int]:
    """Return the number of the last RUN that wastes a folder, by its stage's and the folder; a
    fact.
    """
    return {
        (stage.index, left.path): run.index
        for stage in build.stages
        for run in stage.instructions
        if isinstance(run, Run)
        for left in wasted_caches(build, run)
    }


def is_surely_filled(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a cache is surely filled, and nothing that was deleted may have been it after
    all.
    """
    commands, manager = filled_by(build, run, cache), cache.managed_by
    if manager.own_home and is_home_of_another(build, run, cache):
        return False
    if is_of_system_user(build, run, cache):
        return False
    is_certain = cache.certain and commands == cache.commands
    if not is_certain and not any(surely_runs(build, run, each) for each in commands):
        return False
    if manager.off_setting and manager.off_setting.search(build.dockerfile.source.text):
        return False
    if not manager.cache(cache.kind).below_version:
        return True
    folder = _named_folder(build, run, cache)
    return not any(_may_be_of(each, folder) for each in build.effects(run).of(Delete))


def _named_folder(build: Build, run: Run, cache: CacheLeft) -> str | None:
    """Return the folder that a variable, known to be set, names for what the cache belongs to."""
    values = build.state(run).values
    variables = cache.managed_by.cache(cache.kind).variables
    named = (values[each] for each in sorted(variables) if values.get(each))
    return next((each for each in named if each and within(cache.path, each)), None)


def _may_be_of(delete: Delete, folder: str | None) -> bool:
    """Tell whether a deletion may be that of a cache, in a folder if that is known: by its path, or
    by what a `find` looks for.
    """
    if "cache" not in (delete.names if delete.partial else delete.place.form):
        return False
    start = (delete.place.path or "").partition("*")[0].rstrip("/")
    return not (folder and start) or nested(start, folder)


def is_used_later(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a later step, or the image's command, uses what `run` leaves in a cache."""
    manager = cache.managed_by
    if manager.shares_index:
        return _is_index_used(build, run, manager)
    if manager.loading is not None:
        return _is_loaded_from(build, run, manager, cache)
    if manager.cache(cache.kind).linked:
        return _may_install_later(build, run, manager)
    return manager.library_users != "" and _is_library(build, run, manager)


def _is_index_used(build: Build, run: Run, manager: Manager) -> bool:
    if installs_packages(build, run, manager):
        return False
    if manager.name in build.effects(run).by_manager(Install):  # it upgrades
        return is_index_needed(build, run, manager)
    later = (step.instruction for step in build.fact(shipping).later(run))
    if not any(isinstance(each, Run) and asks_index(build, each, manager) for each in later):
        return False
    return is_index_needed(build, run, manager) or may_be_used_by_script(build, run, manager)


def _is_loaded_from(build: Build, run: Run, manager: Manager, cache: CacheLeft) -> bool:
    """Tell whether a project of the context has its programs load packages from the cache, or may
    have, as its settings tell, its commands, or which Yarn it is for; or that another RUN installs
    as well, for which that Yarn fetches all that is not in the cache.

    Settings that are not there when the RUN begins cannot keep its install from that.
    """
    loading, step = manager.loading, build.step_of(run)
    if loading is None or step is None:
        return False
    names = (posixpath.basename(each) for each in build.context.entries)
    if loading.file not in names:
        return any(is_newer_yarn(build, run, each) for each in cache.commands)
    there = _settings_above(build, run, step, cache, loading.file)
    if there is None or loading.not_if not in build.context.read(there):
        return True
    above = build.effects_above(Install, step.stage, run)
    if any(install.manager == manager.name for _, install in above):
        return True
    return _may_install_later(build, run, manager)


def _may_install_later(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a later RUN may install by a manager as well, from what is there."""
    later = (each.instruction for each in build.fact(shipping).later(run))
    return any(_may_install(build, each, manager) for each in later if isinstance(each, Run))


def _may_install(build: Build, run: Run, manager: Manager) -> bool:
    is_task = _TASKS.search(run.value.text) is not None
    return is_task or _installs_or_builds(build, run, manager, builds=True)


def _settings_above(build: Build, run: Run, step: Step, cache: CacheLeft, name: str) -> str | None:
    """Return the context's file of settings that the installs of a RUN read, by its `name`: of
    those in or above the folders of their projects, where these are known, the nearest.
    """
    installs = build.effects(run).of_manager(Install, cache.manager)
    folders = [at for each in installs for at in each.folders]
    found = {
        posixpath.dirname(place): source
        for place, source in build.fact(placed).before(step).items()
        if posixpath.basename(place) == name
    }
    above = [at for at in found if not folders or any(within(each, at) for each in folders)]
    return found[max(above, key=len)] if above else None


def _is_library(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a later step, or the image's command, builds or runs with the libraries in the
    cache.
    """
    installs = build.effects(run).of_manager(Install, manager.name)
    if not any(each.hidden or each.packages for each in installs):
        return True
    later = [step.instruction for step in build.fact(shipping).later(run)]
    if _is_started_by_base(build, run, manager, later) or _builds_later(build, run, manager, later):
        return True
    tools = all(
        each.command.args[:1] and each.command.args[0].raw == "install" for each in installs
    )
    return any(_uses_libraries(build, each, manager, tools=tools) for each in later)


def _is_started_by_base(build: Build, run: Run, manager: Manager, later: list[Instruction]) -> bool:
    """Tell whether the image starts the manager of itself, as those do that are called as it is."""
    stage = build.stage_of(run)
    base = (stage.outermost.image if stage else None) or ""
    is_its_image = manager.starts_images and manager.name in base
    return is_its_image and not any(isinstance(each, Cmd | Entrypoint) for each in later)


def _builds_later(build: Build, run: Run, manager: Manager, later: list[Instruction]) -> bool:
    """Tell whether an image is there to build in: other images stand on it, or it is started by a
    script of the context that calls the manager.
    """
    if any(isinstance(each, Onbuild) for each in later):
        return True
    stage = build.stage_of(run)
    calls = _calling(manager.library_users)
    return stage is not None and any(map(calls.search, starting_scripts(build, stage)))


@lru_cache(maxsize=64)
def _calling(programs: str) -> re.Pattern[bytes]:
    return re.compile(rf"(?<![\w/.-])(?:{programs})(?![\w-])".encode())


def _uses_libraries(
    build: Build, instruction: Instruction, manager: Manager, *, tools: bool
) -> bool:
    """Tell whether an instruction installs with the manager again, builds, or starts one of the
    programs that use libraries; of `tools`, which were installed ready to run, none needs a build.
    """
    match instruction:
        case Run() as run:
            return _installs_or_builds(build, run, manager, builds=not tools)
        case Cmd() | Entrypoint():
            programs = rf"(?<![\w/.-])(?:\S*/)?(?:{manager.library_users})(?![\w-])"
            return bool(re.search(programs, instruction.value.text.replace('"', " ")))
    return False


def _installs_or_builds(build: Build, run: Run, manager: Manager, *, builds: bool) -> bool:
    effects = build.effects(run)
    if not all(map(_is_of_tool, effects.of_manager(Install, manager.name))):
        return True
    programs = (each.command.word.form.rpartition("/")[2] for each in effects.of(Unknown))
    return builds and any(_BUILDERS.match(program) for program in programs)


def _is_of_tool(install: Install) -> bool:
    """Tell whether programs are built apart from any project, each of a version that is named: `go
    install x@v1`. Of what others left in the cache they need little.
    """
    is_apart = install.managed_by.outside and install.command.forms[:1] == ["install"]
    is_named = bool(install.packages) and all(each.version for each in install.packages)
    return is_apart and is_named and not install.projects


def is_emptied_below(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a later RUN of the image surely empties a cache that `run` leaves; of a stage
    that does not ship, before a COPY --from takes what is there in the end.
    """
    found, stage = build.fact(deleting), build.stage_of(run)
    if not found or stage is None:
        return False
    if not build.shipped(stage):
        return _is_gone_in_the_end(build, stage, run, cache)
    later = [step.instruction.index for step in build.fact(shipping).later(run)]
    return any(emptying(found[each], cache) for each in later if each in found)


def _is_gone_in_the_end(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> bool:
    """Tell whether later RUNs empty a cache of a stage wherever COPYs take it from: from the stage,
    or from those on top of it. One that fills it again empties it all the same.
    """
    clearers = [
        owner
        for at, effects in build.fact(deleting).items()
        if at > run.index
        and (owner := build.stage_of(build.dockerfile.instructions[at])) is not None
        and build.stands_on(owner, stage)
        and clearing(effects, cache) is not None
    ]
    carried = build.fact(shipping).carried if clearers else {}
    sources = [
        other
        for other in build.stages_on(stage)
        if any(within(cache.path, each.source) for each in carried.get(other.index, ()))
    ]
    return all(
        any(build.stands_on(source, owner) for owner in clearers) for source in sources or [stage]
    )


def cleaning_of(build: Build, run: Run, cache: CacheLeft, command: Command) -> str:
    """Return what empties a cache that `command` of a RUN fills; "" where there is no such command,
    and where a flag of this one puts the cache elsewhere, of which that would not know.
    """
    manager = cache.managed_by
    if cache.is_placed_by(command):
        return ""
    if own := manager.cache(cache.kind).cleanup:
        return own
    return manager.empties(command.word.raw) + " --all" * is_newer_yarn(build, run, command)


def way_out(
    build: Build, run: Run, cache: CacheLeft, command: Command, fetching: Sequence[Run] = ()
) -> str:
    """Say how a RUN leaves nothing of a cache that a command of it fills; `fetching` are the RUNs
    below whose scripts would fill it then.
    """
    if variable := _variable_of_recipe(build, run, cache):
        return f"set `ENV {variable}=1` before this `RUN`"
    how = _way_out(build, run, cache, command, fetching)
    is_index = cache.kind == "index" and not is_index_needed(build, run, cache.managed_by)
    runs = (run, *fetching) if is_index else ()
    return how + unless_used_by_script(build, runs, cache.managed_by)


def _way_out(
    build: Build, run: Run, cache: CacheLeft, command: Command, fetching: Sequence[Run]
) -> str:
    from dlint.facts.quoted import quoted_cleanup

    manager = cache.managed_by
    if quoted := quoted_cleanup(build, run, cache):
        return quoted + refreshed_for_later(build, [run], manager, fetching)
    if is_fetched_for_nothing(build, run, manager):
        return _without(build, run, cache, command, fetching)
    if flag := _known_flag(build, run, manager):
        how = f"add {flag}{in_place_of(build, run, manager)}"
        if command in refreshing_alone(build, run, manager):
            does = "upgrade" if only_upgrades(build, run, manager) else "install"
            how = f"leave it out, and {does} with {flag}"
        return how + stored_instead(build, run, cache, fetching)
    cleaning = cleaning_of(build, run, cache, command)
    if cleaning and (command.name in manager.commands or cleaning.startswith("rm ")):
        leaves_lists = bool(manager.cache(cache.kind).cleanup)
        more = "" if leaves_lists else refreshed_for_later(build, [run], manager, fetching)
        more = more or stored_instead(build, run, cache, fetching)
        return f"run `{cleaning}` {where_to_clean(build, run, cache, command)}{more}"
    return _deletion(build, run, cache)


def _deletion(build: Build, run: Run, cache: CacheLeft) -> str:
    """Say to delete a cache that no command empties, to mount one, or either."""
    folder, stage = folder_of(build, run, cache), build.stage_of(run)
    built = _built_beside(build, run, cache)
    if holds_what_is_fetched_ahead(build, run, cache):
        mounted = f"mount a cache for the {cache.managed_by.cache(cache.kind).content}"
        return f"delete {built} in the same `RUN`, and {mounted}" if built else mounted
    if built:
        return f"delete {folder} and {built} in the same `RUN`, or mount a cache in each"
    is_hiding = stage is not None and own_projects_in(build, stage, run, cache)
    return f"delete {folder} in the same `RUN`" + ", or mount a cache there" * (not is_hiding)


def _variable_of_recipe(build: Build, run: Run, cache: CacheLeft) -> str:
    """Return the variable that keeps a cache away which a recipe fills, or a script: flags for that
    stand in other files; "" where there is none, or commands of the RUN fill it.
    """
    is_own = cache.manager in build.effects(run).by_manager(Install)
    variables = cache.managed_by.cache(cache.kind).off_variables
    return variables[0] if variables and not is_own else ""


def own_projects_in(
    build: Build, stage: Stage, run: Run, cache: CacheLeft
) -> Sequence[tuple[Run, CacheLeft]]:
    """Return the RUNs above that put projects of one's own beside what a manager downloads, which
    a mount in its place hides: `mvn install`. What else is kept there is fetched again.
    """
    if not cache.managed_by.goals:
        return ()
    above = build.effects_above(CacheLeft, stage, run)
    return [
        (at, left)
        for at, left in above
        if left.manager == cache.manager
        and left.paths == cache.paths
        and left.command.first_of(_INSTALLING)
    ]


def own_projects_for(
    build: Build, stage: Stage, run: Run, manager: str
) -> Sequence[tuple[Run, CacheLeft]]:
    """Return what `own_projects_in` does, of the first cache of a manager that a RUN leaves."""
    caches = build.effects(run).of_manager(CacheLeft, manager)
    found = (own_projects_in(build, stage, run, each) for each in caches)
    return next(filter(None, found), ())


_INSTALLING = frozenset(("install", "install:install-file"))  # as Maven's goals


def where_to_clean(build: Build, run: Run, cache: CacheLeft, command: Command) -> str:
    """Say where a RUN is to empty a cache that a command of it fills: one that does so already, but
    before that, is to do it later.
    """
    early = emptied(cache, build.effects(run))
    if early is None or not early.certain or early.span.start > command.span.start:
        return "in the same `RUN`"
    return f"at the end of the same `RUN`, not only before {command.quoted}"


def _built_beside(build: Build, run: Run, cache: CacheLeft) -> str:
    """Name the cache of what a manager compiles that a RUN leaves beside that of its downloads; ""
    where there is none, or nobody knows where it is.
    """
    for each in wasted_caches(build, run):
        if each.manager == cache.manager and each.kind == "build" != cache.kind:
            folder = folder_of(build, run, each)
            if folder.startswith("`"):
                return f"the {each.managed_by.cache(each.kind).content} {folder}"
    return ""


def _known_flag(build: Build, run: Run, manager: Manager) -> str:
    """Return the flag, quoted, that keeps a manager from filling its caches; "" where there is
    none, or the one that `run` finds may be too old for it.
    """
    from dlint.facts.tools import knows

    flag = manager.no_cache
    return f"`{flag.name}`" if flag and knows(build, run, manager, flag) else ""


def refreshing_alone(build: Build, run: Run, manager: Manager) -> list[Command]:
    """Return the commands of a RUN that fetch a manager's index and install nothing."""
    effects = build.effects(run)
    commands = [each.command for each in effects.of_manager(Refresh, manager.name)]
    return [each for each in commands if not effects.of_command(Install, each)]


def refreshing_word(install: Install) -> ShellWord | None:
    """Return the flag by which an install fetches the index on the way, as it is written there:
    `apk add --update`. A command that keeps no index fetches it in any case.
    """
    flags = install.managed_by.refreshing
    words = (each for each in install.command.args if each.form in flags)
    return next((each for each in words if each.raw.strip("\"'") == each.form), None)


def in_place_of(build: Build, run: Run, manager: Manager) -> str:
    """Say which installs of a RUN need a flag that keeps no index, where one alone would not do,
    and what it replaces; "" if neither.
    """
    installs = build.effects(run).of_manager(Install, manager.name)
    filling = [each for each in installs if not manager.keeps_no_cache(each.command.raw_args)]
    count = len({each.command.span for each in filling}) if manager.is_system else 1
    words = filter(None, map(refreshing_word, filling))
    names = dict.fromkeys(f"`{each.form}`" for each in words)
    to = f" to {count} installs" * (count > 1)
    return to + " instead of " * bool(names) + " and ".join(names)


def _without(
    build: Build, run: Run, cache: CacheLeft, command: Command, fetching: Sequence[Run]
) -> str:
    """Say to leave out a command that fetches an index which nothing in its RUN uses, and what to
    do in RUNs below that would store it then.
    """
    flag = _known_flag(build, run, cache.managed_by)
    how = f"add {flag}" if flag else f"run `{cleaning_of(build, run, cache, command)}`"
    others = stored_instead(build, run, cache, fetching, how)
    return f"leave {command.quoted} out{others or ': nothing in this `RUN` uses what it fetches'}"


def archives_cleaned(build: Build, stage: Stage, run: Run) -> tuple[Command, Run] | None:
    """Return the command of a RUN that only cleans which removes apt's archives, and the first RUN
    above that has left some.
    """
    effects = build.effects(run)
    cleans = [each for each in effects.of(Clean) if each.manager == "apt"]
    command = next((each.command for each in cleans if each.command.certain), None)
    if command is None or not effects.are_all(CLEANING):
        return None
    above = build.effects_in(build.steps_before(stage, run))
    return next(((command, each) for each, done in above if _keeps_archives(done)), None)


def _keeps_archives(effects: Effects) -> bool:
    """Tell whether a RUN installs by apt, and neither cleans nor has its cache in a mount."""
    is_kept = not effects.of(Clean) and not effects.of(CacheKept)
    return is_kept and any(each.packages for each in effects.of_manager(Install, "apt"))

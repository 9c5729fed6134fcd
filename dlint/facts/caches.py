"""What is known of a package manager's cache that a RUN fills: where it is, and who uses it."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from itertools import takewhile
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.deletions import CLEANING, emptying
from dlint.facts.placed import placed
from dlint.facts.pnpm_stores import missed_store
from dlint.facts.prefixes import at_prefix
from dlint.facts.shipping import shipping
from dlint.facts.uses import base_reference, likely_base
from dlint.facts.yarns import is_newer_yarn, missed_cache
from dlint.model.mounts import may_be_anywhere, mounts_of
from dlint.reads.arrivals import arrivals
from dlint.reads.scripts import clean_up, installs_at_once, may_install
from dlint.reads.starts import starting_scripts
from dlint.shell import (
    CacheKept,
    CacheLeft,
    Clean,
    Create,
    Delete,
    Install,
    Refresh,
    Unknown,
)
from dlint.shell.judge import emptied
from dlint.shell.look import FETCHERS
from dlint.shell.managers import is_system_manager
from dlint.shell.managers.manager import Call
from dlint.syntax import Cmd, Entrypoint, Onbuild, Run, Transfer, User
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.units import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.mounts import Mounted
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command, Effects
    from dlint.shell.effects import Effect
    from dlint.shell.managers.manager import AtHand, Manager, Packaged
    from dlint.syntax import Copy, Instruction

_BUILDERS = regex(r"(?:g?make|just|bazel|task)\Z|.*\.sh\Z")  # programs that may build with them

_TOLD = 5  # lines that a help names
_SUDO = regex(r"(?:\A|[;&|({\n])[ \t]{0,200}+sudo\s")  # called, not installed
_MOVING = ("config set", "cache-dir", "cache_dir", "cacheFolder", "store-dir")


def may_move_cache(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a file that may move the cache is in the context, or `run` or a step above it
    speaks of such a setting.
    """
    if any(name in build.context.entries for name in cache.managed_by.configured_by):
        return True
    stage = build.stage_of(run)
    steps = build.chain(stage) if stage else ()
    above = (step.instruction.value.text for step in steps if step.instruction.index <= run.index)
    return any(word in text for text in above for word in _MOVING)


def filled_by(build: Build, run: Run, cache: CacheLeft) -> tuple[Command, ...]:
    """Return those commands of `run` that surely leave something in a cache."""
    return tuple(each for each in cache.commands if _leaves(build, run, cache, each))


def told_by(build: Build, run: Run, cache: CacheLeft) -> Command:
    """Return the command of `run` that says most of what is left in a cache: the last that
    certainly installs a project's list, rather than packages by their names.
    """
    commands = reversed(filled_by(build, run, cache))
    return max(commands, key=lambda each: (each.certain, installs_list(build, run, each)))


def installs_list(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of `run` installs what a project's list names."""
    installs = build.effects(run).of_command(Install, command)
    return any(each.manifests and not each.packages for each in installs)


def last_to_fetch(build: Build, run: Run, filling: Install | Refresh) -> Command:
    """Return the last command of a RUN that fetches an index as its last install or refresh does:
    that, or a program which fetches it once more.
    """
    fetches = filling.managed_by.also_fetch_index
    others = (each for each in build.script(run).commands if each.name in fetches)
    return max((filling.command, *others), key=lambda each: each.span.start)


def _leaves(build: Build, run: Run, cache: CacheLeft, command: Command) -> bool:
    from dlint.facts.tools import version_of

    manager, stage = cache.managed_by, build.stage_of(run)
    if stage is None:
        return False
    is_fetched = manager.name == "go" and cache.kind == "cache"
    if is_fetched and (
        _is_without_module(build, stage, run, command)
        or _is_fetched_above(build, stage, run, cache, command)
    ):
        return False
    if manager.leaves is not None:
        words = tuple(word.form for word in command.args)
        variables = {**command.assignments, **_values(build, run)}
        return manager.leaves(Call(cache.kind, words, variables, version_of(stage, manager.image)))
    if manager.at_hand and _takes_all_at_hand(build, run, command, manager.at_hand):
        return False
    return not (manager.packaged and _is_old(build, stage, command, manager))


def _is_fetched_above(
    build: Build, stage: Stage, run: Run, cache: CacheLeft, command: Command
) -> bool:
    """Tell whether a RUN above has downloaded what a project's manifests name, for this command as
    well, and its layer keeps that: nothing is left to download.
    """
    own = next(iter(build.effects(run).of_command(Install, command)), None)
    if own is None or own.packages:
        return False
    ahead = build.fact(_prefetching).get((own.manager, own.folders), ())
    return any(
        cache.paths in paths and not _is_emptied_from(build, stage, at, run, cache)
        for at, paths in ahead
        if at < run.index and _is_in_chain(build, stage, at)
    )


def _is_emptied_from(build: Build, stage: Stage, first: int, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a RUN of a stage's chain empties a cache, from the one numbered `first` on and
    above `run`.
    """
    return any(
        emptying(effects, cache) is not None
        for at, effects in build.fact(_deleting).items()
        if first <= at < run.index and _is_in_chain(build, stage, at)
    )


def _is_in_chain(build: Build, stage: Stage, number: int) -> bool:
    owner = build.stage_of(build.dockerfile.instructions[number])
    return owner is not None and build.stands_on(stage, owner)


def _prefetching(
    build: Build,
) -> dict[tuple[str, frozenset[str]], list[tuple[int, set[tuple[str, ...]]]]]:
    """Return by manager and projects the RUNs that download ahead all that those need: their
    numbers, and where they leave it.
    """
    found: dict[tuple[str, frozenset[str]], list[tuple[int, set[tuple[str, ...]]]]] = {}
    for run in build.dockerfile.instructions:
        effects = build.effects(run) if isinstance(run, Run) else None
        ahead = [*filter(_prefetches, effects.of(Install))] if effects else []
        paths = {each.paths for each in effects.of(CacheLeft)} if effects and ahead else set()
        for install in ahead:
            found.setdefault((install.manager, install.folders), []).append((run.index, paths))
    return found


def _prefetches(install: Install) -> bool:
    """Tell whether a command surely downloads ahead all that a project needs."""
    words, asked = install.managed_by.prefetch.split()[1:], install.command.forms
    # Names behind it are some of the modules.
    is_all = all(each.startswith("-") for each in asked[len(words) :])
    return words != [] and asked[: len(words)] == words and is_all and install.command.certain


def _is_without_module(build: Build, stage: Stage, run: Run, command: Command) -> bool:
    """Tell whether Go compiles files outside of any module, which can use its own library alone: no
    COPY above brings a `go.mod`, and no RUN may have made one.
    """
    if not any(word.form.endswith(".go") for word in command.args):
        return False
    above = [step for step in build.steps_before(stage, run) if step.stage is stage]
    brought = [
        build.fact(arrivals).of(step, step.instruction)
        for step in above
        if isinstance(step.instruction, Transfer)
    ]
    if not brought or any(isinstance(step.instruction, Run) for step in above):
        return False
    return all(each is not None and each.known and not _has_module(each) for each in brought)


def _has_module(arrival: Arrival) -> bool:
    return any(posixpath.basename(place) in {"go.mod", "go.work"} for place in arrival.files)


def _values(build: Build, run: Run) -> dict[str, str]:
    """Return the variables that are set above a RUN, to other than nothing."""
    return {name: value for name, value in build.state(run).values.items() if value}


def _takes_all_at_hand(build: Build, run: Run, command: Command, at_hand: AtHand) -> bool:
    """Tell whether it installs what was made with all that it needs, such as a folder's wheels."""
    own = build.effects(run).of_command(Install, command)
    install = next((each for each in own if not each.manifests), None)
    return _names_folder(command, at_hand) or (
        install is not None and _is_at_hand(build, run, install, at_hand)
    )


def _is_at_hand(build: Build, run: Run, install: Install, at_hand: AtHand) -> bool:
    is_alone = _is_alone(install.command, at_hand)
    ends = at_hand.package if is_alone else "*"
    names = [package.name if package.kind == "path" else "" for package in install.packages]
    patterns = _patterns(install, names)
    taken = [name in patterns or name.endswith(ends) for name in names]
    taken += [place.form in patterns for place in install.projects]
    # A wheel that a pattern names (`shop-*.whl`) is the project's own as well, unless a list was
    # installed before.
    is_own = any(map(_names_one, patterns)) and not _installs_a_list(build, run, install)
    return bool(taken) and all(taken) and (is_alone or not is_own)


def _patterns(install: Install, names: Sequence[str]) -> list[str]:
    """Return the patterns by which an install names what it takes."""
    # A wheel whose extras are asked for (`*.whl[web]`) is the project's own, without what it needs.
    asks = any(word.form.endswith("]") for word in install.command.args)
    of_projects = [place.form for place in install.projects if place.glob and not asks]
    return [name for name in names if "*" in name] + of_projects


def _names_one(pattern: str) -> bool:
    """Tell whether a pattern names a package of which it takes any version."""
    name = pattern.rpartition("/")[2]
    return name[:1].isalnum() and name.endswith(".whl")


def _installs_a_list(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a list of dependencies, or a project, is installed in a RUN or above it."""
    stage = build.stage_of(run)
    above = build.effects_above(Install, stage, run) if stage else ()
    installs = (*(each for _, each in above), *build.effects(run).of(Install))
    alike = (each for each in installs if each.manager == install.manager and each is not install)
    return any(each.manifests for each in alike)


def _is_alone(command: Command, at_hand: AtHand) -> bool:
    return at_hand.alone in [word.form for word in command.args]


def _names_folder(command: Command, at_hand: AtHand) -> bool:
    """Tell whether it is given a folder of packages (`--find-links=/wheels`)."""
    words = [word.form for word in command.args]
    for word, after in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in at_hand.folders and "://" not in (value if equals else after):
            return True
    return False


def _is_old(build: Build, stage: Stage, command: Command, manager: Manager) -> bool:
    """Tell whether a command is of the distribution's manager, from before it had a cache."""
    packaged = manager.packaged
    if packaged is None or not _is_old_distribution(stage, packaged):
        return False
    is_packaged = False
    for install in _installs_above(build, stage, packaged):
        if install.command is command:
            return is_packaged
        names = {package.name for package in install.packages}
        if install.manager == manager.name and manager.name in names:
            return False
        is_packaged |= install.manager == "apt" and not names.isdisjoint(packaged.names)
    return False


def _installs_above(build: Build, stage: Stage, packaged: Packaged) -> Iterator[Install]:
    """Yield the installs of a stage's chain, up to a RUN that replaces the distribution's own."""
    for step in build.chain(stage):
        run = step.instruction
        if isinstance(run, Run):
            if packaged.replaced.search(run.value.text):
                return
            yield from build.effects(run, step.state).of(Install)


def _is_old_distribution(stage: Stage, packaged: Packaged) -> bool:
    from dlint.facts.tools import version_of

    for distribution, first in packaged.cached_since.items():
        version = version_of(stage, distribution)
        if version:
            return version < first
    return False


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
    meant = [name for name in sorted(left) if mounted.is_for(name)]
    cache = left.get(next(iter(meant or _stood_in_for(effects, mounted)), ""))
    return None if cache is None or _may_be_in(build, run, mounted, cache) else cache


def _may_be_in(build: Build, run: Run, mounted: Mounted, cache: CacheLeft) -> bool:
    """Tell whether a manager may keep its cache in a mount after all: the base's own user may have
    its home there, or a configuration file name it.
    """
    is_own_home = build.state(run).user is not None or mounted.target.startswith("/root/")
    is_in_home = not cache.managed_by.is_system
    return (is_in_home and not is_own_home) or may_move_cache(build, run, cache)


def place_of(build: Build, run: Run, cache: CacheLeft) -> str:
    """Say where a cache is. Of a user by number only the base image tells the home."""
    made = _in_made_folder(build, run, cache)
    if made:
        return f"in {made}"
    user = (build.state(run).user or "").partition(":")[0]
    is_at_home = cache.path.startswith(f"/home/{user}/")
    if is_at_home and (user.isdecimal() or _has_other_home(build, run, user)):
        return f"in the home of user `{user}`"
    return cache.managed_by.cache(cache.kind).located or f"in {cache.path}"


def _in_made_folder(build: Build, run: Run, cache: CacheLeft) -> str | None:
    """Return the one of the places where a cache may be whose folder holds the program itself that
    fills it, or is made by a step above, as that of a toolchain is.
    """
    folders = {posixpath.dirname(path): path for path in cache.paths}
    if len(folders) == 1:
        return None
    own = posixpath.dirname(posixpath.dirname(cache.command.word.form))
    if own in folders:
        return folders[own]
    beside = cache.managed_by.cache(cache.kind).beside
    if beside and own.startswith("/") and own not in _OF_THE_SYSTEM:
        return posixpath.join(own, beside)
    stage = build.stage_of(run)
    above = build.effects_of(Create, build.steps_before(stage, run)) if stage else ()
    made = (each.place.path for _, each in above if each.tree)
    return next((folders[place] for place in made if place in folders), None)


_OF_THE_SYSTEM = frozenset(("/", "/usr", "/usr/local"))


def _has_other_home(build: Build, run: Run, user: str) -> bool:
    """Tell whether a RUN above gives a user a home that it names."""
    stage = build.stage_of(run)
    for step in build.steps_before(stage, run) if stage else ():
        if isinstance(step.instruction, Run) and user in step.instruction.value.text:
            for command in build.script(step.instruction).commands:
                words = {word.form.partition("=")[0] for word in command.args}
                if command.name in _HOMES and _HOMES[command.name] & words and user in words:
                    return True
    return False


_HOMES = {
    "useradd": frozenset(("-d", "--home", "--home-dir")),
    "adduser": frozenset(("-h", "--home")),
}


def who_fills(command: Command) -> str:
    """Name what fills a cache: of a program that fetches it is the script that it brings."""
    return f"the script of {command.quoted}" if command.name in FETCHERS else command.quoted


def described(build: Build, run: Run, cache: CacheLeft) -> str:
    """Say what a RUN leaves, where as far as that is known, and what that leads to."""
    content = cache.managed_by.cache(cache.kind).content
    them = "them" if content.endswith("s") else "it"
    return f"leaves its {_located(build, run, cache, content)}, so the layer contains {them}"


def _located(build: Build, run: Run, cache: CacheLeft, content: str) -> str:
    """Say what a cache is, and where as far as that is known."""
    place = place_of(build, run, cache)
    if not _is_place_known(build, run, cache):
        return content
    if _in_made_folder(build, run, cache):
        return f"{content} {place}"
    return cache.described if place == f"in {cache.path}" else f"{content} {place}"


def _is_place_known(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a cache is surely where its manager has it by default: an image made for the
    manager has it elsewhere than others, and where the user is not known, the home is not either.
    """
    stage, manager = build.stage_of(run), cache.managed_by
    if is_newer_yarn(build, run, cache.command):
        return False  # it may keep one in the project, too
    defaults = manager.cache(cache.kind).defaults
    if manager.image and cache.path in defaults and stage is not None:
        base = stage.outermost
        return manager.image in (base.image or base.from_.value.text)
    is_roots = cache.path.startswith("/root/") or f"root:{cache.path}" in defaults
    return not is_roots or _is_run_by_root(build, run, cache)


def _is_run_by_root(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether nothing speaks against root: no USER that a variable names, and no `sudo` on a
    base that may have a user of its own.
    """
    state, stage = build.state(run), build.stage_of(run)
    if cache.command.user is not None or state.user is not None or stage is None:
        return True
    first = build.fact(_first_users)
    if any(first[each.index] < count for each, count in build.parts_before(stage, run)):
        return False
    base = base_reference(build, stage)
    if base is not None and (base.is_official or _STARTS_AS_ROOT.search(base.repository)):
        return True
    return not _becomes_root(build, stage) and _does_as_root(build, stage, run)


# Of other publishers than Docker's: images whose Dockerfiles set no user.
_STARTS_AS_ROOT = regex(
    r"\Anvidia/cuda\Z|\Adotnet/|\Aubi\d+(?:/ubi)?(?:-minimal|-init)?\Z|\Aastral-sh/uv\Z"
    r"|\A(?:continuumio|condaforge|rocker)/|cargo-chef\Z|\Apytorch/pytorch\Z|\Adocker/library/"
)


def _does_as_root(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether a RUN down to `run` does what takes root: it installs packages of the system, or
    adds accounts.
    """
    done = (
        each
        for step in build.steps_before(stage, run)
        if isinstance(step.instruction, Run)
        for each in build.effects(step.instruction, step.state).items
    )
    return any(_takes_root(each) for each in (*done, *build.effects(run).items))


def _takes_root(effect: Effect) -> bool:
    match effect:
        case Install() | Refresh():
            return is_system_manager(effect.manager)
        case Create():
            return effect.place.path == "/etc/group"
    return False


def _becomes_root(build: Build, stage: Stage) -> bool:
    """Tell whether a RUN of a stage's chain calls `sudo` where no USER has changed who runs it."""
    return build.fact(_becoming_root)[stage.index]


def _first_users(build: Build) -> list[float]:
    """Return the number of the first USER among the steps of each stage; infinite for none."""
    return [
        next(
            (
                at
                for at, each in enumerate(build.steps(stage))
                if isinstance(each.instruction, User)
            ),
            inf,
        )
        for stage in build.stages
    ]


def _becoming_root(build: Build) -> list[bool]:
    found: list[bool] = []
    for stage in build.stages:
        own = any(
            isinstance(step.instruction, Run) and _SUDO.search(step.instruction.value.text)
            for step in build.steps(stage)
            if step.state.user is None
        )
        found.append(own or (stage.base is not None and found[stage.base.index]))
    return found


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
    if manager.own_home and _is_home_of_another(build, run, cache):
        return False
    is_certain = cache.certain and commands == cache.commands
    if not is_certain and not any(each.certain for each in commands):
        return False
    if manager.off_setting and manager.off_setting.search(build.dockerfile.source.text):
        return False
    if not manager.cache(cache.kind).below_version:
        return True
    folder = _named_folder(build, run, cache)
    return not any(_may_be_of(each, folder) for each in build.effects(run).of(Delete))


# Images whose `ENV HOME` is the home of their own user.
_SETS_HOME = regex(r"(?:quay\.io/)?jupyter/")


def _is_home_of_another(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether root runs a RUN with a home that a RUN above may have made for somebody else, or
    that the base sets for everybody: `USER root` leaves `HOME` as it is.
    """
    user = (build.state(run).user or "root").partition(":")[0]
    if user not in {"root", "0"}:
        return False
    if cache.path.startswith("/home/"):
        return bool(_accounts_above(build, run))
    stage = build.stage_of(run)
    base = likely_base(build, stage) if stage is not None else None
    is_set = "HOME" in build.state(run).values
    return base is not None and not is_set and _SETS_HOME.match(base.familiar) is not None


def _accounts_above(build: Build, run: Run) -> list[Command]:
    """Return the commands above a RUN that make accounts."""
    stage = build.stage_of(run)
    steps = (step.instruction for step in build.steps_before(stage, run)) if stage else ()
    scripts = (build.script(each) for each in steps if isinstance(each, Run))
    return [each for script in scripts for each in script.commands if each.name in _HOMES]


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
    return manager.library_users != "" and _is_library(build, run, manager)


def _is_index_used(build: Build, run: Run, manager: Manager) -> bool:
    if installs_packages(build, run, manager):
        return False
    if manager.name in build.effects(run).by_manager(Install):  # it upgrades
        return is_index_needed(build, run, manager)
    later = (step.instruction for step in build.fact(shipping).later(run))
    if not any(isinstance(each, Run) and installs_packages(build, each, manager) for each in later):
        return False
    return is_index_needed(build, run, manager) or may_be_used_by_script(build, run, manager)


def installs_packages(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN installs packages by name with a manager."""
    return any(each.packages for each in build.effects(run).of_manager(Install, manager.name))


def _is_loaded_from(build: Build, run: Run, manager: Manager, cache: CacheLeft) -> bool:
    """Tell whether a project of the context has its programs load packages from the cache, or may
    have, as its settings tell, its commands, or which Yarn it is for.

    Settings that are not there when the RUN begins cannot keep its install from that.
    """
    loading, step = manager.loading, build.step_of(run)
    if loading is None or step is None:
        return False
    names = (posixpath.basename(each) for each in build.context.entries)
    if loading.file not in names:
        return any(is_newer_yarn(build, run, each) for each in cache.commands)
    there = _settings_above(build, run, step, cache, loading.file)
    return there is None or loading.not_if not in build.context.read(there)


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
    if manager.name in effects.by_manager(Install):
        return True
    programs = (each.command.word.form.rpartition("/")[2] for each in effects.of(Unknown))
    return builds and any(_BUILDERS.match(program) for program in programs)


def is_index_needed(build: Build, run: Run, manager: Manager) -> bool:
    """Tell whether a RUN below installs from the index before it, or one between, fetches it
    anew.
    """
    return next(_needing_index(build, run, manager), None) is not None


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


def is_emptied_below(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a later RUN of the image surely empties a cache that `run` leaves; of a stage
    that does not ship, one of the stage, before a COPY --from takes what is there in the end.
    """
    deleting, stage = build.fact(_deleting), build.stage_of(run)
    if not deleting or stage is None:
        return False
    if build.shipped(stage):
        later = [step.instruction.index for step in build.fact(shipping).later(run)]
    else:
        later = [each.index for each in stage.instructions if each.index > run.index]
    return any(emptying(deleting[each], cache) for each in later if each in deleting)


def _deleting(build: Build) -> dict[int, Effects]:
    """Return what the RUNs do that delete anything, by their numbers: few of many do."""
    runs = (each for each in build.dockerfile.instructions if isinstance(each, Run))
    found = ((run.index, build.effects(run)) for run in runs)
    return {at: each for at, each in found if any(map(each.of, (Delete, Clean)))}


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
    row = _row_below(stage, run) if stage else ()
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
    users = _users_of_index(build, fetching, cache.managed_by)
    again = f"; fetch it again before {_installs_of(users)}" if users else ""
    there = f"{how} in" if how else "in"
    return f", and {there} {lines_of(found)}, which would store it instead{again}"


def _has_at_hand(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a RUN uses an index of a cache's manager that one above it has left."""
    left = build.effects(run).of_manager(CacheLeft, cache.manager)
    return any(is_index_at_hand(build, run, each) for each in left)


def _row_above(stage: Stage, run: Run) -> Iterator[Run]:
    """Yield the RUNs of a stage that stand directly above one, nearest first."""
    return _row(each for each in reversed(stage.instructions) if each.index < run.index)


def _row_below(stage: Stage, run: Run) -> Iterator[Run]:
    """Yield the RUNs of a stage that stand directly below one, nearest first."""
    return _row(each for each in stage.instructions if each.index > run.index)


def _row(instructions: Iterable[Instruction]) -> Iterator[Run]:
    for each in instructions:
        if not isinstance(each, Run):
            return
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
    for step in build.fact(shipping).later(run):
        later = step.instruction
        for each in build.effects(later).items if isinstance(later, Run) else ():
            match each:
                case Refresh(manager=name) if name == manager.name:
                    return False
                case Unknown(command=command) if may_install(build, command):
                    return True
    return False


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


def cleaning_of(build: Build, run: Run, cache: CacheLeft, command: Command) -> str:
    """Return what empties a cache that `command` of a RUN fills; "" where there is no such command,
    and where a flag of this one puts the cache elsewhere, of which that would not know.
    """
    manager = cache.managed_by
    flags = manager.cache(cache.kind).flags
    if any(word.partition("=")[0] in flags for word in command.forms):
        return ""
    return manager.empties(command.word.raw) + " --all" * is_newer_yarn(build, run, command)


def way_out(
    build: Build, run: Run, cache: CacheLeft, command: Command, fetching: Sequence[Run] = ()
) -> str:
    """Say how a RUN leaves nothing of a cache that a command of it fills; `fetching` are the RUNs
    below whose scripts would fill it then.
    """
    manager = cache.managed_by
    if is_fetched_for_nothing(build, run, manager):
        return _without(build, run, cache, command, fetching)
    if flag := _known_flag(build, run, manager):
        is_refresh = bool(build.effects(run).of_command(Refresh, command))
        how = f"leave it out, and install with {flag}" if is_refresh else f"add {flag}"
        return how + stored_instead(build, run, cache, fetching)
    cleaning = cleaning_of(build, run, cache, command)
    if cleaning and (command.name in manager.commands or cleaning.startswith("rm ")):
        more = refreshed_for_later(build, run, manager, fetching)
        more = more or stored_instead(build, run, cache, fetching)
        return f"run `{cleaning}` in the same `RUN`{more}"
    return f"delete {_folder_of(build, run, cache)} in the same `RUN`, or mount a cache there"


def _folder_of(build: Build, run: Run, cache: CacheLeft) -> str:
    """Name the folder of a cache whose place has been told, as far as that is known."""
    if not _is_place_known(build, run, cache):
        return "the cache's folder"
    path = _in_made_folder(build, run, cache) or cache.path
    is_told = path.startswith("/") and place_of(build, run, cache) == f"in {path}"
    return f"`{path}`" if is_told else "that folder"


def _known_flag(build: Build, run: Run, manager: Manager) -> str:
    """Return the flag, quoted, that keeps a manager from filling its caches; "" where there is
    none, or the one that `run` finds may be too old for it.
    """
    from dlint.facts.tools import knows

    flag = manager.no_cache
    return f"`{flag.name}`" if flag and knows(build, run, manager, flag) else ""


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


def deleting_lists(build: Build, run: Run, user: Run) -> str:
    """Say that `user`, which is to be one RUN with `run`, deletes the index that this fetches, and
    before which other installs it has to be fetched again.
    """
    managers = {each.manager: each.managed_by for each in build.effects(run).of(Refresh)}
    again = "".join(
        refreshed_for_later(build, run, each, besides=user) for each in managers.values()
    )
    return f", delete the lists there{again}" if again else ", and delete the lists there"


def refreshed_for_later(
    build: Build,
    run: Run,
    manager: Manager,
    fetching: Sequence[Run] = (),
    *,
    besides: Run | None = None,
) -> str:
    """Say before which installs the index has to be fetched again where `run` deletes it, and to
    delete it there, too, and in RUNs whose scripts are `fetching` it, where it would be stored
    instead; nothing where no RUN below installs from it, `besides` one that fetches it by itself.
    """
    refresh = next(iter(build.effects(run).of_manager(Refresh, manager.name)), None)
    users = _users_of_index(build, [run], manager, besides)
    if refresh is None or not users:
        return ""
    if fetching:  # which delete theirs as well: what installs from those has to fetch it again, too
        users = _users_of_index(build, [run, *fetching], manager, besides)
    which = "each" if len(users) > 1 else "it"
    again = f", and {_refreshed_by(refresh.command)} again before {_installs_of(users)}"
    stored = (each for each in users if build.shipped_stage(each))
    is_stored = not all(_deletes_index(build, each, run, manager) for each in stored)
    others = [each for each in fetching if each not in users]
    in_others = f" and in {lines_of(others)}" if others else ""
    return again + f", with the same cleanup after {which}{in_others}" * is_stored


def _refreshed_by(command: Command) -> str:
    """Say how to fetch an index as a command does: the script that one brings does more."""
    return "fetch the lists" if command.name in FETCHERS else f"run {command.quoted}"


def _installs_of(runs: Sequence[Run]) -> str:
    """Name the installs of some RUNs by their first lines."""
    return f"the install{'s' * (len(runs) > 1)} in {lines_of(runs)}"


def lines_of(runs: Sequence[Instruction]) -> str:
    """Name the first lines of some RUNs, or COPYs."""
    return lines((run.line for run in runs), _TOLD)


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

"""Where the caches are that RUNs fill: whose home that is, and how it is told."""

from __future__ import annotations

import posixpath
from math import inf
from typing import TYPE_CHECKING

from dlint.facts.base_settings import may_be_moved_by_base
from dlint.facts.cache_fillings import filled_by, installs_list, told_by
from dlint.facts.uses import base_reference, likely_base
from dlint.facts.yarns import is_newer_yarn
from dlint.shell import CacheLeft, Create, Install, Refresh, Rewrite
from dlint.shell.look import FETCHERS
from dlint.shell.managers import is_system_manager
from dlint.syntax import Run, User
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.units import plural

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command
    from dlint.shell.effects import Effect

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


def place_of(build: Build, run: Run, cache: CacheLeft) -> str:
    """Say where a cache is. Of a user by number only the base image tells the home."""
    made = _in_made_folder(build, run, cache)
    if made:
        return f"in {made}"
    user = (build.state(run).user or "").partition(":")[0]
    if cache.path.startswith(f"/home/{user}/") and _may_be_elsewhere(build, run, user):
        return f"in the home of user `{user}`"
    return cache.located or f"in {cache.path}"


def _may_be_elsewhere(build: Build, run: Run, user: str) -> bool:
    """Tell whether the home of a user need not be the one below /home that has its name."""
    return user.isdecimal() or user in _OF_SYSTEM or _has_other_home(build, run, user)


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
    """Say what a RUN leaves, where as far as that is known, and what that leads to; its subject is
    the command that is told.
    """
    content = cache.managed_by.cache(cache.kind).content
    them = "them" if content.endswith("s") else "it"
    others = _others_filling(build, run, cache)
    whose = f"{cache.manager}'s" if cache.command.name == "make" else "its"
    leaves = f"and {plural(others, 'more command')} leave their" if others else f"leaves {whose}"
    return f"{leaves} {_located(build, run, cache, content)}, so the layer contains {them}"


def _others_filling(build: Build, run: Run, cache: CacheLeft) -> int:
    """Return how many commands leave as much in a cache as that which is told: none leaves as much
    as the install of a project's list, and an index is the same whoever fetches it. What a loop
    repeats stands there once.
    """
    if cache.kind == "index" or installs_list(build, run, told_by(build, run, cache)):
        return 0
    return len({each.span for each in filled_by(build, run, cache)}) - 1


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
    if may_be_moved_by_base(build, run, cache):
        return False
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


# Images whose `ENV HOME` is the home of their own user.
_SETS_HOME = regex(r"(?:quay\.io/)?jupyter/")


def is_home_of_another(build: Build, run: Run, cache: CacheLeft) -> bool:
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


# Those of Debian's base-passwd and of Alpine's baselayout whose homes are elsewhere than in /home,
# mostly absent, or of root (read in /etc/passwd of debian:12 and alpine:3.20): nothing is stored.
_OF_SYSTEM = frozenset(
    "backup bin daemon games irc lp mail man news nobody proxy sync sys uucp www-data _apt".split()
)


# That of web servers has a home which is there, of root, and its own once a step gives it away.
# Official images on Alpine make it by `adduser`, with a home below /home.
_OF_WEB, _HOME_OF_WEB = "www-data", "/var/www"
_FOR_ALL = regex(r"0?[0-7]{2}[2367]|(?:a|[ug]{0,2}o[ug]{0,2})?\+[rxX]{0,2}w[rxX]{0,2}")


def is_of_system_user(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a cache is looked for in the home of a user of the system, which no step above
    has set or made writable.
    """
    user = (cache.command.user or build.state(run).user or "").partition(":")[0]
    if user not in _OF_SYSTEM or not within(cache.path, f"/home/{user}"):
        return False
    if user == _OF_WEB and _has_home_of_web(build, run):
        return False
    accounts = _accounts_above(build, run)
    return not any(word.form == user for each in accounts for word in each.args)


def _has_home_of_web(build: Build, run: Run) -> bool:
    """Tell whether the user of web servers has a home that it can write to."""
    stage = build.stage_of(run)
    base = likely_base(build, stage) if stage is not None else None
    if stage is None or (base is not None and "alpine" in (base.tag or "")):
        return stage is not None
    return any(
        each.place.path == _HOME_OF_WEB and each.command.certain and _opens_to_web(each)
        for _, each in build.effects_above(Rewrite, stage, run)
    )


def _opens_to_web(rewrite: Rewrite) -> bool:
    value = rewrite.value or ""
    if rewrite.how == "chown":
        return value.partition(":")[0] == _OF_WEB
    return rewrite.how == "chmod" and _FOR_ALL.fullmatch(value) is not None


def _accounts_above(build: Build, run: Run) -> list[Command]:
    """Return the commands above a RUN that make accounts."""
    stage = build.stage_of(run)
    steps = (step.instruction for step in build.steps_before(stage, run)) if stage else ()
    scripts = (build.script(each) for each in steps if isinstance(each, Run))
    return [each for script in scripts for each in script.commands if each.name in _HOMES]


def folder_of(build: Build, run: Run, cache: CacheLeft) -> str:
    """Name the folder of a cache whose place has been told, as far as that is known."""
    if not _is_place_known(build, run, cache):
        return "the cache's folder"
    path = _in_made_folder(build, run, cache) or cache.path
    is_told = path.startswith("/") and place_of(build, run, cache) == f"in {path}"
    return f"`{path}`" if is_told else "that folder"

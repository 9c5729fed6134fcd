"""Package indexes that one RUN fetches and another installs from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.arguments import renewed_above
from dlint.facts.volatility import built_stages, own_path
from dlint.reads.arrivals import arrivals
from dlint.shell import CacheKept, Delete, Install, Refresh, Unknown
from dlint.shell.judge import deletes
from dlint.shell.managers import manager_named
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects

_LISTS = "/var/lib/apt/lists/*"
_VARIED = regex(r"[$*`]")  # what may stand for other packages, or none


def split_refresh(build: Build, run: Run) -> tuple[Refresh, Run] | None:
    """Return the command of a RUN that fetches an index for later RUNs alone, and the first of
    these; None where there is none, or nobody builds the stage.
    """
    # many RUNs may empty what one has fetched
    return build.keep((split_refresh, run.index), lambda: _split_refresh(build, run))


def _split_refresh(build: Build, run: Run) -> tuple[Refresh, Run] | None:
    stage = build.stage_of(run)
    if stage is None or stage.index not in build.fact(built_stages):
        return None
    if _is_new_with_each_edit(build, stage, run):
        return None
    refresh = _refresh_for_later(build, run)
    user = _first_user(build, run, refresh) if refresh else None
    return (refresh, user) if refresh and user else None


def _first_user(build: Build, run: Run, refresh: Refresh) -> Run | None:
    """Return the first RUN that installs from what `run` fetched, or else the first that upgrades
    from it, where `run` does not do so itself.
    """
    user = next(_users_of_index(build, run, refresh, upgrade=False), None)
    if user is not None or build.effects(run).of_manager(Install, refresh.manager):
        return user
    return next(_users_of_index(build, run, refresh, upgrade=True), None)


def install_without_lists(build: Build, run: Run) -> tuple[Install, Run] | None:
    """Return an install of a RUN for which apt has no package lists, and the RUN above that deleted
    them; None where something between may have fetched them.
    """
    stage = build.stage_of(run)
    if stage is None or run.mounts or stage.index not in build.fact(built_stages):
        return None
    return build.fact(_installs_without_lists).get(run.index)


def _installs_without_lists(build: Build) -> dict[int, tuple[Install, Run]]:
    """Return the installs without package lists, by the RUN's place in the file: each stage is
    walked through once, from where its base ends.
    """
    found: dict[int, tuple[Install, Run]] = {}
    ends: dict[int, tuple[Run | None, frozenset[str]]] = {}
    for stage in build.stages:
        deleting, below = ends[stage.base.index] if stage.base else (None, frozenset())
        there = set(below)
        for run, effects in build.effects_in(build.steps(stage)):
            if without := _without_lists(build, run, effects, deleting, there):
                found[run.index] = without
            deleting = _deleting_lists(build, run, effects, deleting)
            there.update(*(each.names for each in effects.of_manager(Install, "apt")))
        ends[stage.index] = deleting, frozenset(there)
    return found


def _without_lists(
    build: Build, run: Run, effects: Effects, deleting: Run | None, there: Collection[str]
) -> tuple[Install, Run] | None:
    for install in effects.of_manager(Install, "apt") if deleting else ():
        if effects.of_command(Refresh, install.command):
            continue
        before = install.command.span.start
        now = _deleting_lists(build, run, effects, deleting, before=before)
        if now is not None and now is not run and _asks_lists(install, there):
            return install, now
    return None


def _deleting_lists(
    build: Build, run: Run, effects: Effects, deleting: Run | None, *, before: int | None = None
) -> Run | None:
    """Return the RUN that has deleted apt's package lists once `run` is done, or its commands
    `before` a place are; `deleting` has before it. None where they may be there.
    """
    fetchers = manager_named("apt").also_fetch_index
    if any(command.name in fetchers for command in build.script(run).commands):
        deleting = None
    for effect in sorted(effects.items, key=lambda each: each.command.span.start):
        if before is not None and effect.command.span.start >= before:
            return deleting
        match effect:
            case Refresh() | Unknown():
                deleting = None
            case Delete(command=command) if command.certain and deletes(effect, _LISTS):
                deleting = run
    return deleting if effects.known and not run.mounts else None


def _asks_lists(install: Install, there: Collection[str]) -> bool:
    """Tell whether an install surely runs, and takes a package from the lists that no other has
    brought by its name; a script of one's own may fetch lists.
    """
    return (
        install.command.certain
        and not install.by_own_script
        and any(
            each.kind == "index" and each.name not in there and not _VARIED.search(each.text or "$")
            for each in install.packages
        )
    )


def _is_new_with_each_edit(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether a RUN runs again with any change of the Dockerfile, which a COPY above takes, or
    with each build: what it fetches is never older than the install that uses it.
    """
    takers = build.fact(_takers_of_the_dockerfile)
    above = build.parts_before(stage, run)
    is_copied = any(takers.get(each.index, count) < count for each, count in above)
    return is_copied or bool(renewed_above(build, stage, run))


def _takers_of_the_dockerfile(build: Build) -> dict[int, int]:
    """Return the first step of each stage that takes the Dockerfile, by the stage's number."""
    own = own_path(build)
    first: dict[int, int] = {}
    for stage in build.stages:
        for at, arrival in build.fact(arrivals).in_stage(stage):
            if not own.isdisjoint(arrival.sources):
                first.setdefault(stage.index, at)
    return first


def is_told_as_split(build: Build, run: Run) -> bool:
    """Tell whether `run` fetches an index for later RUNs alone: that finding has the
    bytes, and what stays in its layer, or is deleted too late, costs nothing beside it.
    """
    return split_refresh(build, run) is not None


def _refresh_for_later(build: Build, run: Run) -> Refresh | None:
    """Return the first command of a RUN that fetches an index which nothing in it installs from."""
    refreshes = build.effects(run).of(Refresh)
    certain = (each for each in refreshes if each.managed_by.reuses_index and each.command.certain)
    return next((each for each in certain if _only_refreshes(build, run, each)), None)


def _only_refreshes(build: Build, run: Run, refresh: Refresh) -> bool:
    effects = build.effects(run)
    kept = effects.of(CacheKept)
    if (refresh.manager, "index") in {(each.manager, each.kind) for each in kept}:
        return False
    installs = effects.of(Install)
    return (refresh.manager, False) not in {(each.manager, each.upgrade) for each in installs}


def _users_of_index(build: Build, run: Run, refresh: Refresh, *, upgrade: bool) -> Iterator[Run]:
    """Yield the RUNs that install from what `run` fetched, or upgrade: nothing between them and it
    fetches anew.
    """
    stage, built = build.stage_of(run), build.fact(built_stages)
    for each in build.stages_on(stage) if stage else ():
        if each.index in built:
            yield from _users_in(build, each, run, refresh.manager, upgrade=upgrade)


def _users_in(
    build: Build, stage: Stage, run: Run, manager: str, *, upgrade: bool
) -> Iterator[Run]:
    for step in build.chain(stage):
        later = step.instruction
        if not isinstance(later, Run) or later.index <= run.index:
            continue
        match build.effects(later).calls_of(manager)[:1]:
            case [Refresh()]:
                return
            case [Install() as install] if _looks_itself(install):
                return
            case [Install() as install] if install.upgrade is upgrade and _is_from_index(install):
                yield later


_FETCHES_INDEX = frozenset(("--no-cache", "-U", "--update", "--update-cache"))


def _looks_itself(install: Install) -> bool:
    """Tell whether an install fetches the index, too, or may: `apk add --no-cache` keeps none and
    reads none.
    """
    return install.by_own_script or not _FETCHES_INDEX.isdisjoint(
        word.text for word in install.command.args
    )


def _is_from_index(install: Install) -> bool:
    """Tell whether packages come from the index; apt takes from there what `-f install` or a .deb
    file lacks, too.
    """
    return (
        install.manager == "apt"
        or install.upgrade
        or any(package.kind == "index" for package in install.packages)
    )

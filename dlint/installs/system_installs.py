"""Installs of the distribution's packages: which are there to stay, and what they may need of what
was copied above them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.model.places import Places
from dlint.reads.arrivals import arrivals, paths_told
from dlint.shell.managers import is_system_manager
from dlint.syntax import Run, Transfer, Workdir
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects, Install
    from dlint.syntax import Instruction

_CONFIGURES = regex(
    r"/(?:etc/(?:ap[tk]|yum|dnf|zypp|pacman|pki|rpm|ssl|ca-certificates|resolv|hosts|nsswitch|passwd|group|os-release)"
    r"|usr/share/keyrings|usr/local/share/ca-certificates|var/cache|var/lib|run/)"
)
_PREPARES = regex(r"repo|\bapt|yum|dnf|apk|zypp|key|sources?\.list|prereq|\bdep", re.IGNORECASE)
_SETS_UP = regex(r"set-?up(?!\.py)", re.IGNORECASE)  # a program of that name, and no address
_SOURCES = regex(
    r"/etc/(?:ap[tk]|yum|dnf|zypp|pacman|pki|rpm)|/usr/(?:local/)?share/(?:keyrings|ca-certificates)"
)
_OF_THE_SYSTEM = regex(r"/(?:bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|usr|var)(?:/|$)")
_DONE_BY_INSTALLS = (
    "Refresh",
    "Install",
    "Clean",
    "CacheLeft",
    "CacheKept",
    "Remove",
    "Create",
    "Rewrite",
    "Fetch",
    "Delete",
)
_MAY_HOLD_SETTINGS = frozenset(("/", "/etc", "/usr", "/var"))


class Brought:
    """What the COPYs and ADDs of a stage's chain bring, looked up by what a RUN of the stage that
    installs packages may need: by name, as a setting, or through what is made of it.
    """

    def __init__(self, build: Build, stage: Stage) -> None:
        """Hold nothing yet."""
        self._build, self._stage = build, stage
        self._numbers: list[int] = []
        self._always = -1  # of the last that any may need
        self._places = Places()  # where they bring it, the numbers negative: the last is the lowest
        self._files: dict[int, Collection[str]] = {}

    def add(self, step: Step) -> None:
        """Add a COPY or ADD; nothing else brings anything."""
        if not isinstance(step.instruction, Transfer):
            return
        number, place = step.instruction.index, _destination(self._build, step)
        files = _files(self._build, step)
        insort(self._numbers, number)
        if place is None or _may_configure(place, files) or self._prepares(step):
            self._always = max(self._always, number)
            return
        self._places.note(place, -number)
        self._files[number] = files

    def last_needed(self, run: Run, commands: Sequence[Command]) -> int:
        """Return the number of the last instruction whose files `commands` of a RUN may need; -1
        where they need none.
        """
        if not self._numbers:
            return -1
        if _runs_a_script(self._build, run, commands):
            return self._numbers[-1]
        workdir, fetched = self._build.state(run).workdir, _fetched(self._build, run)
        named = (self._last_named(each, workdir, fetched) for each in commands)
        return max(self._always, self._last_prepared(run), *named)

    def _last_named(self, command: Command, workdir: str | None, fetched: frozenset[str]) -> int:
        """Return the number of the last whose files a command names: what its RUN has `fetched`
        beside that is its own.
        """
        told = [*paths_told(command, workdir)]
        meets = any(path in fetched for path, _ in told)
        found = -1
        for path, is_path in told:
            if is_path or not meets:
                found = max(found, self._last_with(path))
            near = self._places.first_nested(path) if is_path and path not in fetched else None
            found = max(found, -1 if near is None else -near)
        return found

    def _last_with(self, path: str) -> int:
        """Return the number of the last that brings a file to a path."""
        numbers = (-each for each in self._places.above(path))
        return next((each for each in numbers if path in self._files[each]), -1)

    def _prepares(self, step: Step) -> bool:
        """Tell whether a RUN of the base that a COPY stands in may set up, below it, what installs
        work with.
        """
        found = self._build.fact(_preparing)[step.stage.index]
        is_below = step.stage is not self._stage
        return is_below and bool(found) and found[-1] > step.instruction.index

    def _last_prepared(self, run: Run) -> int:
        """Return the number of the last above a RUN that may set up what installs work with."""
        found = self._build.fact(_preparing)[self._stage.index]
        preparing = bisect_left(found, run.index)
        copies = bisect_left(self._numbers, found[preparing - 1]) if preparing else 0
        return self._numbers[copies - 1] if copies else -1


def _may_configure(place: str, files: Collection[str]) -> bool:
    """Tell whether files may be settings of the system's package manager."""
    if any(map(_CONFIGURES.match, (place, *files))):
        return True
    return not files and place in _MAY_HOLD_SETTINGS


def _fetched(build: Build, run: Run) -> frozenset[str]:
    """Return where a RUN puts what it downloads."""
    from dlint.shell.effects import Fetch

    outputs = (each.output for each in build.effects(run).of(Fetch))
    return frozenset(place for each in outputs if each and (place := each.rooted))


def may_need_some(build: Build, run: Run, crossed: Sequence[Instruction]) -> bool:
    """Tell whether a RUN that installs packages may need what one of the RUNs and WORKDIRs above it
    fetches or sets.
    """
    from dlint.shell.effects import Refresh

    effects = build.effects(run)
    if _writes_files(effects) and any(isinstance(each, Workdir) for each in crossed):
        return True  # relative paths would lead elsewhere
    runs = [each for each in crossed if isinstance(each, Run)]
    # the index, or the address of its mirror, may come from one of those
    return bool(runs) and (
        not effects.of(Refresh) or any(sets_sources(build, each) for each in runs)
    )


def _writes_files(effects: Effects) -> bool:
    from dlint.shell.effects import Create, Delete, Fetch, Rewrite

    return any(isinstance(each, Create | Rewrite | Fetch | Delete) for each in effects.items)


def lasting_installs(build: Build, run: Run) -> list[Install]:
    """Return the first installs of system packages in a RUN that are there to stay, if they are the
    same wherever they stand, and so are those before them that the RUN takes out again.
    """
    from dlint.shell.effects import Install

    effects = build.effects(run)
    installs = (
        each
        for each in effects.of(Install)
        if is_system_manager(each.manager) and not each.upgrade and not _names_nothing(each)
    )
    same = takewhile(lambda each: each.command.certain and _by_name(build, run, each), installs)
    return [each for each in same if not _removes(effects, each)]


def _names_nothing(install: Install) -> bool:
    """Tell whether all that an install names is empty: `D= && apt-get install "$D"`."""
    return bool(install.packages) and all(each.text == "" for each in install.packages)


def _by_name(build: Build, run: Run, install: Install) -> bool:
    """Tell whether all packages come from the index by names that stand here, or are files that the
    RUN downloads: any other file was copied, or made of what was.

    What xargs adds has no word of its own, and an empty argument no name.
    """
    fetched = {place.rpartition("/")[2] for place in _fetched(build, run)}
    packages = [each for each in install.packages if each.name]
    return bool(packages) and all(
        each.word.raw and (each.kind == "index" or each.name.rpartition("/")[2] in fetched)
        for each in packages
    )


def _removes(effects: Effects, install: Install) -> bool:
    """Tell whether the RUN takes the packages out again, or half of them: they are there for the
    rest of it alone.
    """
    gone = removed_packages(effects, install)
    named = {package.name for package in install.packages}
    is_most_gone = 2 * len(gone & named) >= len(named)
    return install.group in gone or is_most_gone or any("$" in name for name in gone)


def removed_packages(effects: Effects, install: Install) -> frozenset[str]:
    """Return the packages, and groups of them, that a RUN takes out again by the manager of an
    install.
    """
    from dlint.shell.effects import Remove

    removals = (each for each in effects.of(Remove) if each.manager == install.manager)
    return frozenset(package.name for each in removals for package in each.packages)


def only_installs_packages(build: Build, run: Run) -> bool:
    """Tell whether a RUN does nothing but what belongs to an install of system packages."""
    from dlint import shell

    kinds = tuple(getattr(shell, name) for name in _DONE_BY_INSTALLS)
    effects = build.effects(run)
    if not effects.known or any(mount.type == "bind" for mount in run.mounts):
        return False
    managers = {each.manager for each in effects.of(shell.Install)}
    return all(map(is_system_manager, managers)) and all(
        isinstance(each, kinds) for each in effects.items
    )


def is_apart_from_packages(build: Build, crossed: Instruction) -> bool:
    """Tell whether what an instruction does and what a package manager does cannot meet."""
    if isinstance(crossed, Transfer):
        place = crossed.destination and build.expand(crossed, crossed.destination.text)
        path = build.state(crossed).resolve(place)
        return path is not None and path != "/" and not _OF_THE_SYSTEM.match(path)
    return not isinstance(crossed, Run)


def sets_sources(build: Build, run: Run) -> bool:
    """Tell whether a RUN names where package managers look for mirrors and keys."""
    return any(map(_SOURCES.match, build.effects(run).mentions))


def _destination(build: Build, step: Step) -> str | None:
    transfer = step.instruction
    if not isinstance(transfer, Transfer):
        return None
    arrival = build.fact(arrivals).of(step, transfer)
    if arrival:
        return arrival.destination
    return step.state.expand(transfer.destination.text if transfer.destination else "/")


def _files(build: Build, step: Step) -> Collection[str]:
    """Return where the files of the context that a COPY brings stand; none where nobody knows."""
    transfer = step.instruction
    arrival = isinstance(transfer, Transfer) and build.fact(arrivals).of(step, transfer)
    return arrival.files if arrival and arrival.known else ()


def _runs_a_script(build: Build, run: Run, commands: Sequence[Command]) -> bool:
    """Tell whether one of the commands may do anything, but for what is run out of a pipe."""
    from dlint.shell.effects import Unknown

    unknown = {each.command.span for each in build.effects(run).of(Unknown)}
    return any(each.span in unknown and each.connector != "|" for each in commands)


def _preparing(build: Build) -> Mapping[int, Sequence[int]]:
    """Return the numbers of the RUNs of each stage that may set up what installs work with, by the
    stages' numbers; a fact.
    """
    return {
        stage.index: [
            each.index
            for each in stage.instructions
            if isinstance(each, Run) and _may_prepare(build, each)
        ]
        for stage in build.stages
    }


def _may_prepare(build: Build, run: Run) -> bool:
    from dlint.shell.effects import Unknown

    unknown = build.effects(run).of(Unknown)
    if unknown and _PREPARES.search(run.value.text):
        return True
    words = (word for one in unknown for word in (one.command.word, *one.command.args))
    return any(_SETS_UP.search(word.form) for word in words)

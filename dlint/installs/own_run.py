"""What else the RUN of an install does, of which a RUN of its own would be without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.installs.steps_between import rewrites
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.reads.arrivals import paths_meant, paths_started
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command, Effects, Install

_OF_PROGRAMS = regex(r"/\.?bin/")  # in `vendor`, `node_modules` and `.venv`
# Commands that no download needs, but for the folder where it runs.
_SAYS_ONLY = frozenset((":", "cd", "echo", "ls", "mkdir", "printf", "pwd", "set", "test", "true"))


class OwnRun(NamedTuple):
    """What the RUN of an install does besides that, and with what `copies` above it bring."""

    build: Build
    found: Installation
    copies: Sequence[Arrival]

    @property
    def _effects(self) -> Effects:
        return self.build.effects(self.found.run, self.found.step.state)

    @property
    def _installs(self) -> Sequence[Install]:
        """All that it installs."""
        from dlint.shell.effects import Install

        return self._effects.of(Install)

    @property
    def _start(self) -> int:
        """Where the install starts in the source."""
        return self.found.install.span.start

    @property
    def _above(self) -> list[Command]:
        """Its commands above the install."""
        return [*self.found.commands_above(self.build, self.found.run)]

    @property
    def _behind(self) -> Sequence[Command]:
        """Its commands behind the install."""
        return self.build.script(self.found.run).commands[len(self._above) + 1 :]

    def reads(self, copy: Arrival) -> bool:
        """Tell whether something else in it may read what a COPY brings: it names that, or a
        program works in the folder.
        """
        build, found = self.build, self.found
        commands = build.script(found.run).commands
        if len(commands) == 1 or found.is_all_that_reads(build, copy):
            return False
        from dlint.shell.effects import Unknown

        workdir = found.step.state.workdir
        if any(copy.named_by(each, workdir) for each in commands):
            return True
        others = (each for each in self._installs if each is not found.install)
        builds = any(each.projects or self._lists(each, copy) for each in others)
        works = builds or bool(self._effects.of(Unknown))
        is_home = workdir != "/" or "/" in {copy.destination, *found.install.folders}
        return works and is_home and copy.under(workdir or UNKNOWN_WORKDIR)

    def _lists(self, install: Install, copy: Arrival) -> bool:
        """Tell whether an install goes by lists of which a COPY may bring something: not where it
        is known to read nothing of that, and could stand above it.
        """
        from dlint.installs.built_above import built_above
        from dlint.installs.installations import installations

        if not install.manifests:
            return False
        build, stage = self.build, self.found.step.stage
        found = (each for each in installations(build, stage) if each.install is install)
        apart = (each for each in found if each.needs.files.isdisjoint(copy.sources))
        free = [
            one.instruction.index
            for each in apart
            for one in (*each.free(build, stage), *dict(built_above(build, stage, each)))
        ]
        return copy.instruction.index not in free

    @property
    def needs_more(self) -> bool:
        """Whether the rest of it needs more of the project than the install does."""
        is_work_behind = bool(self._effects.unknown_after(self.found.install.command))
        is_mixed = self._has_other_manager or is_work_behind or self._installs_behind
        return is_mixed or self._names_the_rest

    @property
    def _has_other_manager(self) -> bool:
        """Whether it installs with another manager, too, which reads more."""
        own = self.found.install.manager
        others = (each for each in self._installs if each.manifests or each.projects)
        return any(each.manager != own for each in others)

    @property
    def _installs_behind(self) -> bool:
        """Whether a later command of it installs what was copied or built."""
        later = (each for each in self._installs if each.span.start > self._start)
        return any(each.projects or _is_of_files(each) for each in later)

    @property
    def _names_the_rest(self) -> bool:
        """Whether another command of it names what the COPYs bring and the install does not read,
        as `chmod +x` of a script does, or a later one their folder.
        """
        read = self.found.needs.files
        brought = (place for each in self.copies for place in each.files.items())
        rest = {place for place, source in brought if source not in read}
        folders = {each.destination.rstrip("/") for each in self.copies}
        named, named_behind = self._named_by(self._above), self._named_by(self._behind)
        return not (rest.isdisjoint(named) and (rest | folders).isdisjoint(named_behind))

    def _named_by(self, commands: Iterable[Command]) -> set[str]:
        """Return the paths that some of its commands may name."""
        workdir = self.found.step.state.workdir
        return {path for each in commands for path in paths_meant(each, workdir)}

    @property
    def working_inside(self) -> list[Command]:
        """Its commands behind the install that name something inside a folder which that fills, and
        may change it: not the programs that packages bring along.
        """
        folders = dependency_folders(self.build, self.found.step, self.found.install)
        workdir = self.found.step.state.workdir
        return [
            each
            for each in self._behind
            if any(_is_inside(path, folders) for path in paths_meant(each, workdir))
        ]

    @property
    def takes_out(self) -> bool:
        """Whether it takes some of what the install brings out of the image again: development
        packages, once they have built the project, or all of it.
        """
        own = self.found.install
        if own.dev is False or not self.build.shipped(self.found.step.stage):
            return False
        from dlint.shell.effects import Delete, Remove

        effects, folders = self._effects, dependency_folders(self.build, self.found.step, own)
        alike = (each for each in self._installs if each.manager == own.manager)
        fewer = [each.span for each in alike if each.dev is False]
        gone = [each.span for each in effects.of(Remove) if each.manager == own.manager]
        cleared = [each.span for each in effects.of(Delete) if each.place.path in folders]
        return any(each.start > self._start for each in (*fewer, *gone, *cleared))

    @property
    def is_simple(self) -> bool:
        """Whether a RUN of its own could install as it is: nothing prepares that, or changes behind
        it what was installed.
        """
        return not (self.sets_up or self.rewrites)

    @property
    def sets_up(self) -> bool:
        """Whether it does something first that the install may need: `go env -w GOPROXY=…`, a
        package that it compiles with. What a word of the install's own command is worked out with
        (`-ldflags "$(date)"`) is for that alone.
        """
        start = self.found.install.command.span.start
        first = (each for each in self._above if each.span.start < start)
        return any(each.name not in _SAYS_ONLY and not _asks_git(each) for each in first)

    @property
    def started(self) -> frozenset[str]:
        """The paths of which its commands above the install start something."""
        workdir = self.found.step.state.workdir
        return frozenset(path for each in self._above for path in paths_started(each, workdir))

    @property
    def rewrites(self) -> bool:
        """Whether it changes all of a folder that the install fills, behind that."""
        found = rewrites(self.build, self.found, self.found.step)
        return any(each.span.start > self._start for each in found)


def _is_inside(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is inside a folder of dependencies, and not that of their programs."""
    return any(
        path != folder and within(path, folder) and not _OF_PROGRAMS.match(path[len(folder) :])
        for folder in folders
    )


def _is_of_files(install: Install) -> bool:
    """Tell whether an install is of files."""
    return any(each.kind not in {"index", "vcs"} for each in install.packages)


def _asks_git(command: Command) -> bool:
    """Tell whether a command looks up what a build is called after."""
    verbs = {"describe", "log", "rev-list", "rev-parse", "show"}
    return command.name == "git" and not verbs.isdisjoint(command.forms[:1])

"""Installs below COPYs that bring more than they read."""

from __future__ import annotations

import posixpath
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import comes_anew
from dlint.facts.arguments import moved_along, renewed_above, rerun_for_nothing
from dlint.facts.dependencies import dependency_folders
from dlint.facts.handed_on import is_made_of_source
from dlint.facts.metadata import FLAGS
from dlint.facts.own_bases import held_by_base
from dlint.facts.volatility import (
    SOURCE,
    Changes,
    changing_files,
    is_source,
    reruns,
    volatile_files,
)
from dlint.installs.built_above import built_above
from dlint.installs.declared import as_declared
from dlint.installs.installations import DECLARING, RECIPES, installations, puts_in_place
from dlint.installs.wheels import made_of
from dlint.manifests import format_of
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.reads.arrivals import arrivals, paths_meant, paths_started
from dlint.reads.needs import reading_order
from dlint.shell.managers import is_system_manager
from dlint.syntax import Arg, Env, Run, Transfer, User
from dlint.syntax.words import Word
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.units import lines, listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command, Effects, Install, Rewrite


class EarlyCopies(NamedTuple):
    """The COPYs above an install of a stage that bring more than it reads, and how often that
    changes, in words.
    """

    build: Build
    stage: Stage
    found: Installation
    copies: Sequence[Arrival]
    change: str
    beside: tuple[Installation, ...] = ()  # others below the same COPYs that the same advice is for
    more: tuple[str, ...] = ()  # what others of the same RUN read

    @property
    def install(self) -> Install:
        """The install that stands below them."""
        return self.found.install

    @property
    def main(self) -> Arrival:
        """The COPY that brings most."""
        return max(self.copies, key=lambda arrival: (arrival.whole, len(arrival.sources)))

    @property
    def others(self) -> list[Arrival]:
        """The rest of the COPYs."""
        main = self.main
        return [each for each in self.copies if each is not main]

    @property
    def told(self) -> str:
        """The COPYs and where they stand, in words: the main one by its text, the rest counted."""
        more, copy = len(self.others), self.main.instruction.quoted
        return f"{copy} and {more} more come before" if more else f"{copy} comes before"

    @property
    def _above(self) -> list[Arrival]:
        """All COPYs above the install."""
        return [each.arrival for each in self.found.above]

    @property
    def _brought(self) -> frozenset[str]:
        """The context's files that those of the stage itself bring."""
        return _sources(each for each in self._above if each.step.stage is self.stage)

    @property
    def _bringing(self) -> Iterable[Arrival]:
        """The COPYs, and those of the stage itself."""
        own = (each for each in self._above if each.step.stage is self.stage)
        return dict.fromkeys((*self.copies, *own))

    @property
    def read(self) -> frozenset[str]:
        """The context's files that the COPYs bring and the install reads."""
        return self.found.needs.files & _sources(self.copies)

    @property
    def read_first(self) -> list[str]:
        """Those of them that no other COPY brings, in the order to name them."""
        own = {each.instruction.index for each in self.copies}
        rest = _sources(each for each in self._above if each.instruction.index not in own)
        return reading_order(self.install, self.found.needs, self.read - rest)

    @property
    def _read_by_all(self) -> Sequence[str]:
        """What is read of several COPYs, and of those beside them that bring more than manifests:
        to move some of them down, people look at all.
        """
        first = self.read_first
        if not self.others or not first:
            return self._read_of_members(first)
        read = self.found.needs.files
        narrow = _sources(each for each in self._above if each.sources <= read)
        order = reading_order(self.install, self.found.needs, (self._brought & read) - narrow)
        return self._read_of_members(order)

    @property
    def names(self) -> list[str]:
        """The files to copy first, as a COPY names them; without the context at hand the names of
        those that the manager reads by itself.
        """
        read = dict.fromkeys((*self._read_by_all, *self.more))
        if self.fetches_first:  # whose command is told
            read = {path: None for path in read if posixpath.basename(path) not in RECIPES}
        paths = _by_extension(_alike(self._whole_folders([*read])))
        if paths or self.install.packages or not self.build.fact(arrivals).doubtful:
            return paths
        return [self._brought_as(each.form) for each in self.install.manifests[:1]]

    def _brought_as(self, manifest: str) -> str:
        """Return what a COPY brings by the name of a manifest: `COPY server.json package.json`."""
        name = posixpath.basename(manifest)
        for step in self.build.chain(self.stage):
            match step.instruction:
                case Transfer(from_=None, sources=[source], destination=Word(text=to)):
                    if posixpath.basename(to) == name:
                        return source.text
        return name

    @property
    def tool_beside(self) -> Command | None:
        """The first install of a tool by name below the same COPY, which the main one may use."""
        installs = (each.install for each in self.beside)
        others = (each for each in installs if each.packages and not each.manifests)
        return next((each.command for each in others), None)

    @property
    def beside_by_manifests(self) -> list[Run]:
        """The other RUNs below the same COPYs that install what manifests tell."""
        installs = (each for each in self.beside if not each.install.hidden)
        others = (each.run for each in installs if each.install.manifests)
        return [*{run.index: run for run in others}.values()]

    @property
    def effect(self) -> str:
        """What a change of what they bring does, in words."""
        verb, what = "reruns", "the install"
        if self.fetches_first:
            verb, what = "downloads", "the dependencies again"
        return reruns(self.change, verb, what, self.build.if_kept(self.found.step.stage))

    @property
    def where(self) -> str:
        """Which install it is, in words, where another RUN has a command of the same words."""
        runs = (each for stage in self.build.stages for each in stage.instructions)
        others = (each for each in runs if isinstance(each, Run) and each is not self.found.run)
        words = self.install.command.quoted
        commands = (each for run in others for each in self.build.script(run).commands)
        is_alike = any(words == each.quoted for each in commands)
        return f" of line {self.found.run.line}" * is_alike

    @property
    def likewise(self) -> str:
        """What to do about these, in words: what they read may be something else."""
        tool, runs = self.tool_beside, self.beside_by_manifests
        moved = f"; move {tool.quoted} before it, too" if tool else ""
        if not runs or self.elsewhere or self.fetches_first:
            return moved
        many, numbers = "s" * (len(runs) > 1), ", ".join(str(run.line) for run in runs)
        others = f"the install{many} in line{many} {numbers}"
        if self.names:
            return f"{moved}; do the same for {others}"
        read = "these read" if many else "that reads"
        return f"{moved}; it comes before {others}, too: copy what {read} first"

    @property
    def renewed(self) -> str:
        """What to do about the arguments above the COPY that change on every build, in words, and
        about what uses them there: with these an install runs again wherever it stands below.
        Those that rerun other steps for nothing are told of themselves.
        """
        build = self.build
        above = renewed_above(build, self.stage, self.main.instruction)
        found = [each for each in above if not rerun_for_nothing(build, each, Changes.EVERY_BUILD)]
        names = dict.fromkeys(f"`{each.name}`" for each in found)
        told = listed([*names, *moved_along(found, self.found.run)])
        return _RENEWED.format(told) * bool(told)

    def is_told_with(self, other: Installation) -> bool:
        """Tell whether the manifests of another install of the same RUN belong to its own."""
        is_alike = other.install.manager == self.install.manager and other.install.manifests
        return other.run is self.found.run and bool(is_alike)

    @property
    def is_read_beside(self) -> bool:
        """Whether something else in the RUN of the install may read what the main one brings: it
        names that, or a program works in the folder.
        """
        build, found, main = self.build, self.found, self.main
        commands = build.script(found.run).commands
        if len(commands) == 1 or found.is_all_that_reads(build, main):
            return False
        from dlint.shell import Install, Unknown

        workdir = found.step.state.workdir
        if any(main.named_by(each, workdir) for each in commands):
            return True
        effects = self._effects
        others = (each for each in effects.of(Install) if each is not self.install)
        works = bool(effects.of(Unknown)) or any(each.projects or each.manifests for each in others)
        is_home = workdir != "/" or "/" in {main.destination, *self.install.folders}
        return works and is_home and main.under(workdir or UNKNOWN_WORKDIR)

    @property
    def is_of_another_stage(self) -> bool:
        """Whether the main one takes what another stage built."""
        return bool(getattr(self.main.instruction, "from_", None))

    @property
    def _between(self) -> list[Step]:
        """The steps between the first of the COPYs and the install."""
        first = min(each.instruction.index for each in self.copies)
        moved = {each.instruction.index for each in self.copies}
        steps = self.build.steps_before(self.stage, self.found.run)
        return [
            step
            for step in steps
            if step.instruction.index > first and step.instruction.index not in moved
        ]

    @property
    def used_between(self) -> bool:
        """Whether a step above the install may use what they bring, or is new as often as they are,
        so that it does not help to move them below that.
        """
        return any(self._is_used_by(step) for step in self._between) or self.is_renewed_between

    @property
    def is_renewed_between(self) -> bool:
        """Whether the install runs again below them, too: what comes between is new as often."""
        build, steps = self.build, {each.instruction.index: each for each in self._between}
        renewing = renewed_above(build, self.stage, self.found.run)
        if any(each.arg.index in steps for each in renewing):
            return True
        return any(is_made_of_source(build, step) for step in steps.values())

    @property
    def moves_itself(self) -> bool:
        """Whether it is simpler to move its RUN than the COPYs: none between brings settings."""
        if not self.found.reads_nothing or len(self.copies) < 2:  # noqa: PLR2004  several
            return False
        found, between = self.build.fact(arrivals), self._between
        copies = (
            (step, each) for step in between if isinstance(each := step.instruction, Transfer)
        )
        return all(_brings_no_settings(found.of(step, each)) for step, each in copies)

    def _is_used_by(self, step: Step) -> bool:
        """Tell whether a step may use what one of them brings: it names that, or a program works in
        its folder.
        """
        run, workdir = step.instruction, step.state.workdir
        if not isinstance(run, Run):
            return isinstance(run, Transfer) and self._is_written_over_by(step, run)
        from dlint.shell import Install, Unknown

        effects, commands = self.build.effects(run, step.state), self.build.script(run).commands
        if not effects.known:
            return True
        if any(self._is_named_by(command, workdir) for command in commands):
            return True
        builds = any(each.projects or each.hidden for each in effects.of(Install))
        works = builds or bool(effects.of(Unknown))
        return works and any(each.under(workdir or UNKNOWN_WORKDIR) for each in self.copies)

    def _is_written_over_by(self, step: Step, transfer: Transfer) -> bool:
        """Tell whether a COPY between brings files to where one of them brings others."""
        own = self.build.fact(arrivals).of(step, transfer)
        places = own.files.keys() if own is not None else frozenset[str]()
        return any(not places.isdisjoint(each.files) for each in self.copies)

    def _is_named_by(self, command: Command, workdir: str | None) -> bool:
        """Tell whether a command names one of them, or the folder that it goes to."""
        if any(each.named_by(command, workdir) for each in self.copies):
            return True
        places = (each.destination.rstrip("/") for each in self.copies)
        return not frozenset(paths_meant(command, workdir)).isdisjoint(places)

    @property
    def can_be_told(self) -> bool:
        """Whether something is left to move, and what to do is known."""
        is_known = bool(self.copies) and not self._is_built_beside
        return is_known and not self._is_prepared and not self._is_without_its_lock

    @property
    def _is_built_beside(self) -> bool:
        """Whether they bring a project beside the one that is built, which that needs: what builds
        dependencies ahead knows the manifests of one workspace alone.
        """
        folders, read = self.install.folders, self.found.needs.files
        if not (self.install.hidden and self.install.managed_by.ahead and folders):
            return False
        needed = (each for each in self.copies if not read.isdisjoint(each.sources))
        return any(not any(map(each.under, folders)) for each in needed)

    @property
    def _is_prepared(self) -> bool:
        """Whether a command above the install runs a program that they bring, which may prepare
        what it needs, the environment that it fills for one.
        """
        if self.read and not self._fills_environment_there:
            return False
        started, workdir = self.build.fact(_started), self.found.step.state.workdir
        keys = [(step.stage.index, step.instruction.index) for step in self._between]
        between = [started[key] for key in keys if key in started]
        commands = self.found.commands_above(self.build, self.found.run)
        own = (path for each in commands for path in paths_started(each, workdir))
        paths = set(own).union(*between)
        return not all(each.files.keys().isdisjoint(paths) for each in self.copies)

    @property
    def _fills_environment_there(self) -> bool:
        """Whether the environment of Python's that it installs into is in a folder that they go to,
        and no step is seen to make it.
        """
        step = self.found.step
        folder = step.state.values.get("VIRTUAL_ENV")
        if not folder or dependency_folders(self.build, step, self.install):
            return False
        return any(within(folder, each.destination) for each in self.copies)

    def _started_above(self, step: Step) -> Iterator[Command]:
        """Yield the commands of a step's RUN above the install that run a program of theirs."""
        run, workdir = step.instruction, step.state.workdir
        for command in self.found.commands_above(self.build, run) if isinstance(run, Run) else ():
            if any(each.runs(command, workdir) for each in self.copies):
                yield command

    @property
    def along(self) -> str:
        """What else has to move with the install, in words: packages of the system that its RUN
        installs first, or what runs between the COPYs and that.
        """
        if self._needs_packages:
            removed = " and removes again" * self._is_cleared_again
            line = self.found.run.line
            return f"; take along the packages that line {line} adds for it{removed}"
        if any(isinstance(step.instruction, Run | User) for step in self._between):
            return "; take along what it needs of the lines between"
        return ""

    @property
    def helps_little(self) -> bool:
        """Whether it reads nothing of what comes above it, as far as is seen, and is still hardly
        to be moved: it runs the project's scripts, or what another stage makes of the source stands
        above that.
        """
        if self.read or self.build.fact(arrivals).doubtful:
            return False
        given = self.install.command.forms
        if self.install.manager == "composer" and "--no-scripts" not in given:
            return not self.install.packages
        above = self.build.steps_before(self.stage, self.main.instruction)
        return any(is_made_of_source(self.build, step) for step in above)

    @property
    def is_guessed(self) -> bool:
        """Whether a context that nobody is sure of does not tell what the install reads."""
        return self.build.fact(arrivals).doubtful and not self.read_first

    def _whole_folders(self, paths: Sequence[str]) -> list[str]:
        """Return paths with each folder of which the install reads all that the COPYs bring, and
        more than a few files, in place of those.
        """
        read = frozenset(paths)
        others = (path for each in self._bringing for path in each.sources if path not in read)
        holders = {path.rpartition("/")[0] for path in others}
        mixed = {folder for holder in holders for folder in _folders_of(f"{holder}/")}
        found = Counter(folder for path in paths for folder in _folders_of(path))

        def shown(path: str) -> str:
            folders = (each for each in _folders_of(path) if each not in mixed)
            whole = next((each for each in folders if found[each] > FEW), None)
            return path if whole is None else f"{whole}/"

        return list(dict.fromkeys(map(shown, paths)))

    @property
    def manner(self) -> str:
        """How it must install so as to need nothing else of the project, in words: with flags, and
        apart from what the same RUN does with the source behind it. What flags leave out has to
        follow: the project itself, its autoloader.
        """
        apart = f" in a `RUN` of its own{self._taken_along}" * self._is_apart
        if apart and (cleared := self.found.cleared_before(self.build)):
            apart += f", below which nothing may delete `{posixpath.basename(cleared)}`"
        if not self.flags:
            if self._is_of_lists:
                return ", and install what is listed there with `-r`"
            return f", and install{self._alone}{apart}" if apart else ""
        how = f", install with `{' '.join(self.flags)}`{apart}"
        them = "them" if len(self.flags) > 1 else "it"
        return f"{how}, and install again without {them} after the `{self.main.instruction.name}`"

    @property
    def _is_apart(self) -> bool:
        """Whether the rest of its RUN needs more of the project than it does."""
        behind = self._effects.unknown_after(self.install.command) or self._installs_behind
        return bool(behind) or bool(self._alone) or self._is_named_beside

    @property
    def _taken_along(self) -> str:
        """What of its RUN a RUN of its own does as well, in words: it sets up packages that the
        install may compile with, and gives what is installed to its owner before that is stored.
        """
        own = self.install.span.start
        changed = [each.how for each in self._changed(self.found.step) if each.span.start > own]
        owner = f", which also runs `{changed[0]}` on what it installs" if changed else ""
        if started := next(self._started_above(self.found.step), None):
            return f", with what {started.quoted} prepares for it{owner}"
        again = self._is_cleared_again
        if self._is_prepared_for:
            removed = " and removes afterwards" * again
            return f", with what the same `RUN` sets up for it{removed}{owner}"
        removed = " and removes again" * again
        packages = f", with the packages that line {self.found.run.line} adds for it{removed}"
        return packages * self._needs_packages + owner

    @property
    def _is_cleared_again(self) -> bool:
        """Whether its RUN removes packages of the system behind it: from a layer that is stored
        before, nothing removes them.
        """
        from dlint.shell import Remove

        own = self.install.span.start
        return any(
            is_system_manager(each.manager) and each.span.start > own
            for each in self._effects.of(Remove)
        )

    @property
    def _is_prepared_for(self) -> bool:
        """Whether its RUN does something before it that it may need, other than with packages of
        the system and with what the COPYs bring: it enters an environment, sets a variable, or
        installs what must be there first.
        """
        workdir, system = self.found.step.state.workdir, self._of_system
        return any(
            each.name not in _SAYS_ONLY
            and each not in system
            and not self._is_named_by(each, workdir)
            for each in self.found.commands_above(self.build, self.found.run)
        )

    @property
    def _of_system(self) -> list[Command]:
        """The commands of its RUN that work with packages of the system."""
        return [
            each.command
            for each in self._effects.items
            if is_system_manager(getattr(each, "manager", ""))
        ]

    def _changed(self, step: Step) -> Iterator[Rewrite]:
        """Yield what commands of a step's RUN change of whole folders that it installs into."""
        from dlint.shell import Rewrite

        folders = dependency_folders(self.build, self.found.step, self.install)
        for _, effects in self.build.effects_in([step]) if folders else ():
            for each in effects.of(Rewrite):
                place = each.place.path
                if each.recursive and place and any(within(folder, place) for folder in folders):
                    yield each

    @property
    def changed_between(self) -> str:
        """What to do, in words, about a step between the COPYs and it that changes all that is in
        the folder that it installs into: it would change what is installed, too, and so store it
        again.
        """
        found = ((step, each) for step in self._between for each in self._changed(step))
        for step, each in found:
            if flag := FLAGS.get(each.how):
                # the user that installs has to write in the folder, which a WORKDIR gives to root
                is_roots = self.found.step.state.user in {None, "root", "0"}
                alone = f", and `{each.how}` the folder alone," * (not is_roots)
                return (
                    f"; use `COPY {flag}`{alone} in place of the `{each.how} -R` in line"
                    f" {step.instruction.line}, which stores what is installed a second time"
                )
        return ""

    @property
    def put_in_place(self) -> str:
        """What to do, in words, about the RUNs between that copy its manifests to where it reads
        them; "" where none does.
        """
        manifests = {each.form for each in self.install.manifests}
        runs = (each.instruction for each in self._between if isinstance(each.instruction, Run))
        found = [each.line for each in runs if puts_in_place(self.build, each, manifests)]
        return f", and run {lines(found)} before the install" if found else ""

    @property
    def _alone(self) -> str:
        """The command, in words, where its RUN installs with another manager, too, which reads
        more; "" where it does not.
        """
        from dlint.shell import Install

        installs = self._effects.of(Install)
        others = (each.manager for each in installs if each.manifests or each.projects)
        is_one = all(each == self.install.manager for each in others)
        return "" if is_one else f" with `{self.install.command.name}`"

    @property
    def _installs_behind(self) -> bool:
        """Whether a later command of its RUN installs what was copied or built."""
        from dlint.shell import Install

        own = self.install.span.start
        later = (each for each in self._effects.of(Install) if each.span.start > own)
        return any(each.projects or _of_files(each) for each in later)

    @property
    def _is_named_beside(self) -> bool:
        """Whether another command of its RUN names what the COPYs bring and it does not read, as
        `chmod +x` of a script does, or a later one their folder.
        """
        rest = {place for each in self.copies for place in each.files if self._is_left(each, place)}
        folders = {each.destination.rstrip("/") for each in self.copies}
        above = [*self.found.commands_above(self.build, self.found.run)]
        behind = self.build.script(self.found.run).commands[len(above) + 1 :]
        named, named_behind = self._paths_of(above), self._paths_of(behind)
        return not (rest.isdisjoint(named) and (rest | folders).isdisjoint(named_behind))

    def _paths_of(self, commands: Iterable[Command]) -> set[str]:
        """Return the paths that commands of its RUN may name."""
        workdir = self.found.step.state.workdir
        return {path for each in commands for path in paths_meant(each, workdir)}

    def _is_left(self, copy: Arrival, place: str) -> bool:
        return copy.files[place] not in self.found.needs.files

    @property
    def flags(self) -> list[str]:
        """The flags that the install must get so as to need nothing else of the project."""
        manager, given = self.install.managed_by, set(self.install.command.forms)
        if not self.install.projects and (manager.no_project or not self.read):
            return []
        is_one_of_many = bool(self._member_folders)
        if self._makes_no_package and not is_one_of_many:
            return []
        fitting = [each for each in manager.apart if each.fits(given)]
        names = [(is_one_of_many and each.widest) or each.name for each in fitting]
        return [each for each in names if each not in given]

    @property
    def _member_folders(self) -> frozenset[str]:
        """The context's folders of the other projects of a workspace that a flag leaves out of it
        all at once.
        """
        if not any(each.widest for each in self.install.managed_by.apart):
            return frozenset()
        from dlint.manifests.pyproject import members_of

        manifests = [path for path in self.found.needs.manifests if path.endswith("pyproject.toml")]
        patterns = [
            posixpath.join(posixpath.dirname(path), pattern)
            for path in manifests
            for pattern in members_of(self.build.context.read(path))
        ]
        files = (path for path in self.found.needs.files if path.endswith("/pyproject.toml"))
        folders = (posixpath.dirname(path) for path in files)
        return frozenset(
            each for each in folders if any(fnmatchcase(each, pattern) for pattern in patterns)
        )

    def _read_of_members(self, paths: Sequence[str]) -> Sequence[str]:
        """Return paths without what the install reads of the other projects of a workspace only to
        install these, where a flag keeps it from that. Their manifests it takes for nothing but to
        see whether the lock file is right.
        """
        given = {*self.install.command.forms, *self.flags}
        members = self._member_folders
        if given.isdisjoint(each.widest for each in self.install.managed_by.apart if each.widest):
            return paths
        manifests = {posixpath.join(each, "pyproject.toml") for each in members}
        needed = manifests if "--frozen" not in given else set[str]()
        return [
            path
            for path in paths
            if path in needed or not any(within(f"/{path}", f"/{each}") for each in members)
        ]

    @property
    def _makes_no_package(self) -> bool:
        """Whether its project is none that is installed itself."""
        if self.install.managed_by.language != "python":
            return False
        from dlint.manifests.pyproject import makes_no_package

        read, manager = self.build.context.read, self.install.manager
        files = self.read or self.found.needs.manifests
        found = (path for path in files if posixpath.basename(path) == "pyproject.toml")
        return any(makes_no_package(read(path), manager) for path in found)

    @property
    def _is_without_its_lock(self) -> bool:
        """Whether what it would be told to copy first is a lock file that it does not read: `uv pip
        install .` goes by the project alone.
        """
        apart = self.install.managed_by.apart
        has_flags = self.flags or self._makes_no_package
        if not self.install.projects or has_flags or not any(each.verbs for each in apart):
            return False
        locks = self.install.managed_by.lock_files
        return any(name.rpartition("/")[2] in locks for name in self.names)

    @property
    def takes_projects_whole(self) -> bool:
        """Whether it installs projects that stand in folders of their own, with all that is in
        those, or their wheels.
        """
        needs = self.found.needs
        declared = (posixpath.basename(path) in DECLARING for path in needs.files)
        is_of_wheels = self.found.made_of is not None
        return (
            bool(self.install.projects) and not needs.manifests and (is_of_wheels or any(declared))
        )

    @property
    def _is_of_lists(self) -> bool:
        """Whether it installs a project whose own code reads lists of requirements (`pip install
        -e .`): those can be installed without the source, and the project not.
        """
        if self.install.managed_by.language != "python" or not self.install.projects:
            return False
        return bool(self.names) and all(name.endswith(".txt") for name in self.names)

    @property
    def reads_more(self) -> Sequence[str]:
        """What reads more of the project than can be followed, in words."""
        return self.found.needs.open

    @property
    def fetch(self) -> str:
        """The command that fetches what a build needs before its source is there; "" where none is
        known to, as where the parts of a project need each other.
        """
        manager = self.install.managed_by
        names = [posixpath.basename(path) for path in self.found.needs.manifests]
        if not manager.fetch or names.count(_OF_ONE_PROJECT.get(manager.name, "")) > 1:
            return ""
        program, command = manager.fetch.partition(" ")[0], self.install.command
        own = command.word.form if command.name in manager.commands else program  # ./mvnw
        return own + manager.fetch.removeprefix(program)

    @property
    def fetches_first(self) -> bool:
        """Whether the install works on the source, so that only the download of what it needs can
        be done before: `go build`, and `go mod tidy`, too.
        """
        install = self.install
        return install.hidden or bool(install.projects and install.managed_by.prefetch)

    @property
    def is_set_up(self) -> bool:
        """Whether its RUN does something before it that a download may need: `go env -w GOPROXY=…`,
        a package that it fetches with. What a word of its own command is worked out with
        (`-ldflags "$(date)"`) is for that alone.
        """
        own = self.install.command.span.start
        above = self.found.commands_above(self.build, self.found.run)
        return any(
            each.name not in _SAYS_ONLY and not _asks_git(each)
            for each in above
            if each.span.start < own
        )

    @property
    def is_set_up_between(self) -> bool:
        """Whether a step between the COPYs and it may be for a download: it says who runs that, or
        sets a variable for it.
        """
        steps = [step.instruction for step in self._between]
        names = (pair.name for each in steps if isinstance(each, Arg | Env) for pair in each.pairs)
        is_named = any(map(_OF_DOWNLOADS.fullmatch, names))
        return is_named or any(isinstance(each, User) for each in steps)

    @property
    def _needs_packages(self) -> bool:
        """Whether its RUN installs packages of the system before it, which it may compile with."""
        from dlint.shell import Install

        own = self.install.span.start
        return any(
            is_system_manager(each.manager) and each.span.start < own
            for each in self._effects.of(Install)
        )

    @property
    def can_be_split(self) -> bool:
        """Whether a fix can tell what comes first from the rest."""
        more = self.flags or self.reads_more or self.put_in_place
        return not (self.others or more or self.otherwise)

    @property
    def _in_base(self) -> str:
        """What to do, in words, where the main one is in a base of several stages; "" elsewhere."""
        if not self.found.may_sink(self.build, self.stage, self.main):
            return ""
        names = [*(f"`{name}`" for name in self.names), *self.reads_more]
        only = f"copy only {listed(names, MANY)} there, and the rest"
        return f"{only} in each stage that needs it, below its install" * bool(names)

    @property
    def pushes_layer(self) -> bool:
        """Whether the image has the layer of the install, and all of it could stay as it was."""
        return self.build.shipped(self.found.step.stage) and not self.found.declared

    @property
    def otherwise(self) -> str:
        """What to do, in words, where it is not the way to copy first what it reads."""
        if self.found.declared:
            told = _WITH_UV if self.install.manager == "uv" else _FROM_A_LIST
            return f"{told.format(*self.found.needs.files)}{self.along}"
        starts_anew = self.found.starts_anew(self.build, self.stage)
        return self.elsewhere or self._in_base or _ANEW * starts_anew

    @property
    def elsewhere(self) -> str:
        """What to do, in words, where a RUN of its own would store what this one takes out of the
        image again; "" where it would not.
        """
        is_split = self.is_read_beside or self._is_apart
        return (is_split and self._is_pruned) * (
            "install and build in another stage, which copies what the install reads first: in a"
            " `RUN` of its own the image would keep what this one removes again"
        )

    @property
    def _is_pruned(self) -> bool:
        """Whether its RUN takes some of what it installs out of the image again: development
        packages, once they have built the project, or all of it.
        """
        if self.install.dev is False or not self.build.shipped(self.stage):
            return False
        from dlint.shell import Delete, Install, Remove

        effects, own = self._effects, self.install
        folders = dependency_folders(self.build, self.found.step, own)
        fewer = [each.span for each in effects.of(Install) if _leaves_out(each, own)]
        gone = [each.span for each in effects.of(Remove) if each.manager == own.manager]
        cleared = [each.span for each in effects.of(Delete) if each.place.path in folders]
        return any(each.start > own.span.start for each in (*fewer, *gone, *cleared))

    @property
    def _effects(self) -> Effects:
        """What its RUN does."""
        return self.build.effects(self.found.run, self.found.step.state)

    @property
    def uploads(self) -> bool:
        """Whether a change of the main one makes what is pushed another one: a release that does
        mostly has other lists as well, where releases alone are pushed.
        """
        if self.build.is_released and volatile_files(self.build, self.found.read_first):
            return False
        is_whole = self.found.declared and not self.found.points
        if is_whole and not self.build.shipped(self.stage):
            return False  # the project itself, beside what it depends on, is new in any case
        return self.found.is_uploaded(self.build, self.stage, self.main)

    @property
    def is_carried_with_source(self) -> bool:
        """Whether what the install makes is copied out of its stage together with the main one."""
        if self.build.shipped(self.stage):
            return False
        return self.found.is_carried_with(self.build, self.stage, self.main)


def _leaves_out(install: Install, other: Install) -> bool:
    """Tell whether an install takes out what another one of its kind brings for development."""
    return install.manager == other.manager and install.dev is False


# Commands that no download needs, but for the folder where it runs.
_SAYS_ONLY = frozenset((":", "cd", "echo", "ls", "mkdir", "printf", "pwd", "set", "test", "true"))

# What a manager, git or a proxy goes by. Of Go's own, some say what it compiles for.
_OF_DOWNLOADS = regex(
    r"(?i)(?:go(?!os\b|arch\b|arm|amd)|npm|pnpm|node|git_(?:ask|config|ssh)|ssh|xdg)\w*"
    r"|path|home|\w*proxy"
)


def _asks_git(command: Command) -> bool:
    """Tell whether a command looks up what a build is called after."""
    verbs = {"describe", "log", "rev-list", "rev-parse", "show"}
    return command.name == "git" and not verbs.isdisjoint(command.forms[:1])


def _started(build: Build) -> Mapping[tuple[int, int], frozenset[str]]:
    """Return the paths of which RUNs start something, by the numbers of their stages and their own;
    a fact.
    """
    return {
        (stage.index, step.instruction.index): frozenset(
            path
            for command in build.script(step.instruction).commands
            for path in paths_started(command, step.state.workdir)
        )
        for stage in build.stages
        for step in build.steps(stage)
        if isinstance(step.instruction, Run)
    }


def early_copies(build: Build, stage: Stage) -> Sequence[EarlyCopies]:
    """Return the installs of `stage` itself of which something can be split off, with the COPYs
    above that bring more than that reads: of those below one COPY that which installs most; worked
    out once, since each install of system packages asks, too.
    """
    return build.fact_of(_told, stage)


def _told(build: Build, stage: Stage) -> tuple[EarlyCopies, ...]:
    return tuple(_most_of_each(build, stage))


def _most_of_each(build: Build, stage: Stage) -> Iterator[EarlyCopies]:
    groups: list[list[EarlyCopies]] = []
    by_copy: dict[int, list[EarlyCopies]] = {}  # of the first case of each group
    for case in _early_copies(build, stage):
        group = by_copy.get(case.main.instruction.index)
        if group is None:
            groups.append([case])
            for each in case.copies:
                by_copy.setdefault(each.instruction.index, groups[-1])
        else:
            group.append(case)
    for group in groups:
        most = max(group, key=_weight)
        beside = (each.found for each in group if each.found.run is not most.found.run)
        alike = (each for each in group if each is not most and most.is_told_with(each.found))
        more = (path for each in alike for path in each.read_first)
        yield _with_all_others(most)._replace(beside=tuple(beside), more=tuple(more))


def numbers_told(build: Build, stage: Stage) -> Mapping[int, Collection[int]]:
    """Return the numbers of the COPYs which stand above an install that does without them, by those
    of the stage's RUNs with such an install: whatever else the RUN does comes again with that.
    """
    return build.fact_of(_numbers_told, stage)


def _numbers_told(build: Build, stage: Stage) -> dict[int, set[int]]:
    told: dict[int, set[int]] = {}
    for case in early_copies(build, stage):
        told.setdefault(case.found.run.index, set()).update(
            each.instruction.index for each in case.copies
        )
    return told


def _of_files(install: Install) -> bool:
    """Tell whether an install is of files."""
    return any(each.kind not in {"index", "vcs"} for each in install.packages)


def _weight(case: EarlyCopies) -> tuple[bool, bool]:
    """Sort by whether a push is larger, and by whether a project's dependencies come again and not
    a tool's alone.
    """
    return case.uploads, bool(case.install.manifests or case.install.projects)


def _early_copies(build: Build, stage: Stage) -> Iterator[EarlyCopies]:
    if not any(isinstance(step.instruction, Run) for step in build.steps(stage)):
        return
    every = installations(build, stage)
    for each in every:
        if each.step.stage is not stage:
            continue
        found = each._replace(made_of=made_of(build, stage, each))
        case = _case(build, stage, found, every)
        if case is None and (declared := as_declared(build, stage, found)) is not None:
            case = _case(build, stage, declared, [one for one in every if one is not each])
        if case is not None:
            yield case


def _case(
    build: Build, stage: Stage, found: Installation, every: Sequence[Installation]
) -> EarlyCopies | None:
    """Return the COPYs above an install that bring more than it reads; None where none does, or
    nothing could be done about it.
    """
    if not _can_be_split_off(build, stage, found):
        return None
    unneeded = dict(found.unneeded(build, stage))
    if unneeded and not build.fact(arrivals).doubtful:
        unneeded = dict(_apart_from_lists(build, found, every, unneeded))
    unneeded = unneeded or dict(built_above(build, stage, found))
    change = _change(build, found, unneeded) if unneeded else None
    if change is None or _hardly_adds(build, found):
        return None
    case = EarlyCopies(build, stage, found, [*unneeded], change)
    if case.helps_little:
        built = dict(built_above(build, stage, found))
        case = case._replace(copies=[*built, *unneeded] if built else ())
    return case if case.can_be_told else None


def _with_all_others(case: EarlyCopies) -> EarlyCopies:
    """Return a case of an install that reads nothing with all COPYs of what changes above it, since
    it could stand above all: but for the lists that others of the stage read. The case itself where
    a COPY of what is built stands among them that it may need.
    """
    build, stage, found = case.build, case.stage, case.found
    if not found.reads_nothing:
        return case
    lists = _listed(installations(build, stage))
    free = [each for each in found.free(build, stage) if not _is_narrow(each, lists)]
    free = [each for each in free if any(map(is_source, each.sources))]
    free = [each for each in free if changing_files(build, each.sources)[0]]
    others = dict.fromkeys(free, SOURCE) | dict(built_above(build, stage, found))
    told = (*others.items(), *dict.fromkeys(case.copies, case.change).items())
    by_number = {each.instruction.index: (each, change) for each, change in told}
    above = build.steps_before(stage, found.run)
    rest = (step for step in above if step.instruction.index not in by_number)
    if any(is_made_of_source(build, step) for step in rest):
        return case
    copies = dict(by_number[number] for number in sorted(by_number))
    return case._replace(copies=[*copies], change=_change(build, found, copies) or case.change)


def _listed(every: Iterable[Installation]) -> frozenset[str]:
    """Return the context's files that installs read which go by lists alone."""
    return frozenset[str]().union(*(each.read_first for each in every if _reads_a_list(each)))


def _comes_anyway(build: Build, stage: Stage, copies: Iterable[Arrival]) -> bool:
    """Tell whether an install runs again with each push above COPYs, too: there is one of what an
    argument makes another one.
    """
    number = build.fact_of(_first_anew, stage)
    return number is not None and all(number < each.instruction.index for each in copies)


def _first_anew(build: Build, stage: Stage) -> int | None:
    """Return the number of the first COPY in a stage's chain of what an argument makes another one
    in each push; a fact of the stage.
    """
    steps = (each.instruction for each in build.chain(stage))
    return next((each.index for each in steps if comes_anew(build, each)), None)


def _can_be_split_off(build: Build, stage: Stage, found: Installation) -> bool:
    """Tell whether something of an install can come first, and somebody waits for it: nobody does
    for what an image of tests downloads in its build.
    """
    is_trivial = found.install.hidden and build.stays_local(stage)
    if is_trivial or _is_in_own_base(build, stage, found.install):
        return False
    return found.can_be_split_off(build)


def _is_in_own_base(build: Build, stage: Stage, install: Install) -> bool:
    """Tell whether the base, which the repository builds, has a project's dependencies already."""
    is_project = bool(install.manifests or install.projects or install.hidden)
    return is_project and install.manager in held_by_base(build, stage).managers


def _apart_from_lists(
    build: Build,
    found: Installation,
    every: Iterable[Installation],
    unneeded: Mapping[Arrival, str],
) -> Iterator[tuple[Arrival, str]]:
    """Yield what an install does without, but for the lists that others of the stage read, and
    those from which it was installed before what this one adds to. A COPY of nothing but what
    installs of the stage read is as narrow as can be.
    """
    of_all = frozenset[str]().union(*(each.read_first for each in every))
    listed = _listed(every)
    # what a project is built of is of no use to wheels of what it needs
    narrow = of_all if found.made_of is None else listed
    before = [each for each in found.earlier if each.family == found.family and _reads_a_list(each)]
    kept = found.read_first | listed
    for arrival, change in unneeded.items():
        is_list = any(arrival.sources <= each.needs.files for each in before)
        if (found.install.manifests and is_list) or _is_narrow(arrival, narrow):
            continue
        if found.install.hidden or volatile_files(build, arrival.sources, kept):
            yield arrival, change


def _brings_no_settings(arrival: Arrival | None) -> bool:
    """Tell whether a COPY brings source, or nothing but lists."""
    if arrival is None or not arrival.known:
        return False
    return any(map(is_source, arrival.sources)) or _is_narrow(arrival, frozenset())


def _is_narrow(arrival: Arrival, read: frozenset[str]) -> bool:
    """Tell whether a COPY brings nothing but manifests, and what installs `read` besides."""
    return all(path in read or _is_manifest(path) or _ABOUT.match(path) for path in arrival.sources)


_RENEWED = "; also declare {} after that, because every build passes another value"
_ABOUT = regex(r"(?:README|LICENSE|LICENCE|NOTICE)[^/]*\Z")  # a project may name it for its build


def _is_manifest(path: str) -> bool:
    """Tell whether a file is one of some manager's by its name, whoever reads it."""
    kind = format_of(path)
    return kind is not None and (kind != "requirements" or "require" in posixpath.basename(path))


def _reads_a_list(found: Installation) -> bool:
    """Tell whether an install reads the lists that it is given alone."""
    install = found.install
    return bool(install.manifests) and not install.projects and not install.hidden


def _hardly_adds(build: Build, found: Installation) -> bool:
    """Tell whether an install is one of pip alone, or that of a tool in one RUN with that of the
    project, which reads what was copied: both run again together, and the tool is the small part.
    """
    if found.made_of is not None:
        return False
    if found.install.names and _OF_PIP.issuperset(found.install.names):
        return True
    if not found.install.packages or found.install.manifests:
        return False
    from dlint.shell import Install

    others = build.effects(found.run, found.step.state).of(Install)
    return any(
        (each.manifests or each.projects) and not each.packages
        for each in others
        if not is_system_manager(each.manager)
    )


def _change(build: Build, found: Installation, unneeded: Mapping[Arrival, str]) -> str | None:
    """Tell how often one of the COPYs changes without what the install reads, and without what
    stands above them: with that it runs again wherever it stands below. None where they hardly do,
    and where each push makes it run again anyway.
    """
    if _comes_anyway(build, found.step.stage, unneeded):
        return None
    first = next(iter(unneeded.values()))
    sources = frozenset[str]().union(*(each.sources | each.made_of for each in unneeded))
    if build.history is None or not sources:
        return first
    return volatile_files(build, sources, found.read_first | _above_all(found, unneeded))


def _above_all(found: Installation, unneeded: Iterable[Arrival]) -> frozenset[str]:
    """Return the context's files that arrive above all of some COPYs: they stay above the install
    where that moves above these.
    """
    first = min(each.instruction.index for each in unneeded)
    above = (each.arrival for each in found.above)
    return _sources(each for each in above if each.instruction.index < first)


# The manifests whose projects, where there are several, need each other built.
_OF_ONE_PROJECT = {"maven": "pom.xml", "gradle": "build.gradle"}
_WITH_UV = "copy `{}` first, and install what is listed there with `-r`"
_FROM_A_LIST = (
    "keep what `{}` lists as `dependencies` in a requirements file, too, and copy and install that"
    " first"
)
_ANEW = (
    "what was installed before is deleted first, so install this in a stage that copies only the"
    " manifests, and copy it from there"
)
_OF_PIP = frozenset(("pip", "setuptools", "wheel"))
FEW = 3  # files of a folder that are told one by one
MANY = 8  # files that a message lists


def _alike(paths: Sequence[str]) -> list[str]:
    """Return paths with a pattern in place of many of one name in the folders of one: the manifests
    of a workspace.
    """
    keys = [(path.partition("/")[0], path.rpartition("/")[2]) for path in paths]
    found = Counter(key for key, path in zip(keys, paths, strict=True) if path.count("/") > 1)
    shown = (
        f"{key[0]}/**/{key[1]}" if key[1] and found[key] > FEW else path
        for key, path in zip(keys, paths, strict=True)
    )
    return list(dict.fromkeys(shown))


def _by_extension(paths: Sequence[str]) -> list[str]:
    """Return paths with patterns in place of those of one name, or of projects of one kind, that
    stand in the folders of one or beside each other, where they are more than a message lists.
    """
    if len(paths) <= MANY:
        return list(paths)
    keys = [_pattern_of(path) for path in paths]
    found = Counter(keys)
    shown = (
        key if key is not None and found[key] > 1 else path
        for key, path in zip(keys, paths, strict=True)
    )
    return list(dict.fromkeys(shown))


def _pattern_of(path: str) -> str | None:
    """Return the pattern that may stand for a file and others like it; None for a folder, a file at
    the root, and a pattern.
    """
    top, _, rest = path.partition("/")
    folder, name = posixpath.split(path)
    if not rest or not name or "*" in path:
        return None
    extension = posixpath.splitext(name)[1]
    name = f"*{extension}" if extension.endswith("proj") else name  # each is called otherwise
    return f"*/{name}" if folder == top else f"{top}/**/{name}"


def _folders_of(path: str) -> list[str]:
    """Return the folders that a path is in, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: at + 1]) for at in range(len(parts))]


def _sources(copies: Iterable[Arrival]) -> frozenset[str]:
    every = [each.sources for each in copies]
    return every[0] if len(every) == 1 else frozenset[str]().union(*every)

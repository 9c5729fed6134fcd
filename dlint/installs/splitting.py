"""How an install and the COPYs above it can be told apart, in facts and in words."""

from __future__ import annotations

import posixpath
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.facts.arguments import moved_along, renewed_above, rerun_for_nothing
from dlint.facts.dependencies import dependency_folders
from dlint.facts.handed_on import is_made_of_source
from dlint.facts.metadata import FLAGS
from dlint.facts.volatility import (
    Changes,
    is_source,
    reruns,
    volatile_files,
)
from dlint.installs.installations import DECLARING, RECIPES, puts_in_place
from dlint.installs.path_names import FEW, MANY, alike, by_extension, folders_of
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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
        return sources_of(each for each in self._above if each.step.stage is self.stage)

    @property
    def _bringing(self) -> Iterable[Arrival]:
        """The COPYs, and those of the stage itself."""
        own = (each for each in self._above if each.step.stage is self.stage)
        return dict.fromkeys((*self.copies, *own))

    @property
    def read(self) -> frozenset[str]:
        """The context's files that the COPYs bring and the install reads."""
        return self.found.needs.files & sources_of(self.copies)

    @property
    def read_first(self) -> list[str]:
        """Those of them that no other COPY brings, in the order to name them."""
        own = {each.instruction.index for each in self.copies}
        rest = sources_of(each for each in self._above if each.instruction.index not in own)
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
        narrow = sources_of(each for each in self._above if each.sources <= read)
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
        paths = by_extension(alike(self._whole_folders([*read])))
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
    def is_to_rise(self) -> bool:
        """Whether an install that reads some of them goes above the rest, which does not just go
        below it.
        """
        return self.is_read_beside or self.is_renewed_between

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
        mixed = {folder for holder in holders for folder in folders_of(f"{holder}/")}
        found = Counter(folder for path in paths for folder in folders_of(path))

        def shown(path: str) -> str:
            folders = (each for each in folders_of(path) if each not in mixed)
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


def _brings_no_settings(arrival: Arrival | None) -> bool:
    """Tell whether a COPY brings source, or nothing but lists."""
    if arrival is None or not arrival.known:
        return False
    return any(map(is_source, arrival.sources)) or is_narrow(arrival, frozenset())


def is_narrow(arrival: Arrival, read: frozenset[str]) -> bool:
    """Tell whether a COPY brings nothing but manifests, and what installs `read` besides."""
    return all(path in read or _is_manifest(path) or _ABOUT.match(path) for path in arrival.sources)


_RENEWED = "; also declare {} after that, as a new value reruns it, too"


_ABOUT = regex(r"(?:README|LICENSE|LICENCE|NOTICE)[^/]*\Z")  # a project may name it for its build


def _is_manifest(path: str) -> bool:
    """Tell whether a file is one of some manager's by its name, whoever reads it."""
    kind = format_of(path)
    return kind is not None and (kind != "requirements" or "require" in posixpath.basename(path))


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


def _of_files(install: Install) -> bool:
    """Tell whether an install is of files."""
    return any(each.kind not in {"index", "vcs"} for each in install.packages)


def sources_of(copies: Iterable[Arrival]) -> frozenset[str]:
    """Return the context's files that some COPYs bring."""
    every = [each.sources for each in copies]
    return every[0] if len(every) == 1 else frozenset[str]().union(*every)

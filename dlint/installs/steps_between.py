"""What the steps between an install and the COPYs above it do with either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.arguments import renewed_above
from dlint.facts.dependencies import dependency_folders
from dlint.facts.handed_on import is_made_of_source
from dlint.installs.installations import puts_in_place
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.reads.arrivals import arrivals, paths_meant, paths_started
from dlint.reads.context_files import places_matching
from dlint.syntax import Arg, Env, Run, Transfer, User
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build, Step
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command, Rewrite

# What a manager, git or a proxy goes by. Of Go's own, some say what it compiles for.
_OF_DOWNLOADS = regex(
    r"(?i)(?:go(?!os\b|arch\b|arm|amd)|npm|pnpm|node|git_(?:ask|config|ssh)|ssh|xdg)\w*"
    r"|path|home|\w*proxy"
)
# What leaves a file's content as it was.
_KEEPING = frozenset(("chmod", "chown", "chgrp", "cp", "mv", "setfacl", "touch"))


class StepsBetween(NamedTuple):
    """The steps between the first of `copies` and an install below, without the rest of those."""

    build: Build
    found: Installation
    copies: Sequence[Arrival]

    @property
    def steps(self) -> list[Step]:
        """These steps, in their order."""
        moved = {each.instruction.index for each in self.copies}
        first = min(moved)
        above = self.build.steps_before(self.found.step.stage, self.found.run)
        below_first = (step for step in above if step.instruction.index > first)
        return [step for step in below_first if step.instruction.index not in moved]

    @property
    def are_in_the_way(self) -> bool:
        """Whether one of them may use what the COPYs bring, or is new as often as they are, so that
        it does not help to move them below that.
        """
        return any(map(self._uses_copies, self.steps)) or self.are_renewed

    @property
    def are_renewed(self) -> bool:
        """Whether one of them is new as often as the COPYs: with it the install runs again."""
        build, steps = self.build, {each.instruction.index: each for each in self.steps}
        renewing = renewed_above(build, self.found.step.stage, self.found.run)
        if any(each.arg.index in steps for each in renewing):
            return True
        return any(is_made_of_source(build, step) for step in steps.values())

    def _uses_copies(self, step: Step) -> bool:
        """Tell whether a step may use what one of the COPYs brings: it names that, or a program
        works in its folder.
        """
        run, workdir = step.instruction, step.state.workdir
        if not isinstance(run, Run):
            return isinstance(run, Transfer) and self._is_written_over_by(step, run)
        from dlint.shell.effects import Install, Unknown

        effects, commands = self.build.effects(run, step.state), self.build.script(run).commands
        if not effects.known:
            return True
        if any(names_some(self.copies, command, workdir) for command in commands):
            return True
        builds = any(each.projects or each.hidden for each in effects.of(Install))
        works = builds or bool(effects.of(Unknown))
        return works and any(each.under(workdir or UNKNOWN_WORKDIR) for each in self.copies)

    def _is_written_over_by(self, step: Step, transfer: Transfer) -> bool:
        """Tell whether a COPY between brings files to where one of the COPYs brings others."""
        own = self.build.fact(arrivals).of(step, transfer)
        places = own.files.keys() if own is not None else frozenset[str]()
        return any(not places.isdisjoint(each.files) for each in self.copies)

    @property
    def started(self) -> frozenset[str]:
        """The paths of which their RUNs start something."""
        started = self.build.fact(_started)
        found = (started.get((each.stage.index, each.instruction.index)) for each in self.steps)
        return frozenset[str]().union(*filter(None, found))

    @property
    def set_up_download(self) -> bool:
        """Whether one of them may be for a download: it says who runs that, or sets a variable for
        it.
        """
        steps = [step.instruction for step in self.steps]
        names = (pair.name for each in steps if isinstance(each, Arg | Env) for pair in each.pairs)
        is_named = any(map(_OF_DOWNLOADS.fullmatch, names))
        return is_named or any(isinstance(each, User) for each in steps)

    @property
    def are_rewriting(self) -> bool:
        """Whether one of them changes all that is in a folder which the install fills."""
        return any(True for step in self.steps for _ in rewrites(self.build, self.found, step))

    @property
    def editing(self) -> list[int]:
        """The lines of their RUNs that edit what the install reads."""
        from dlint.shell.effects import Rewrite

        read = self.found.needs.files
        brought = (item for each in self.found.above for item in each.arrival.files.items())
        places = {place: source for place, source in brought if source in read}
        edited = self.build.effects_of(Rewrite, self.steps)
        return [
            run.line
            for run, each in edited
            if each.how not in _KEEPING and places_matching(places, [each.place.rooted or ""])
        ]

    @property
    def clearing(self) -> list[int]:
        """The lines of their RUNs that delete a folder which the install fills, or all in it."""
        from dlint.shell.effects import Delete

        folders = dependency_folders(self.build, self.found.step, self.found.install)
        gone = self.build.effects_of(Delete, self.steps) if folders else ()
        return [run.line for run, each in gone if each.place.path in folders and not each.partial]

    @property
    def bringing(self) -> list[int]:
        """The lines of their COPYs that bring what the install reads."""
        numbers = {each.instruction.index for each in self.steps}
        brought = (each.arrival for each in self.found.above)
        needed = (each for each in brought if each.instruction.index in numbers)
        read = self.found.needs.files
        return [each.instruction.line for each in needed if not read.isdisjoint(each.sources)]

    @property
    def are_placing(self) -> bool:
        """Whether a RUN of them copies the install's manifests to where it reads them."""
        manifests = {each.form for each in self.found.install.manifests}
        runs = (each.instruction for each in self.steps)
        return any(
            isinstance(each, Run) and puts_in_place(self.build, each, manifests) for each in runs
        )


def names_some(copies: Iterable[Arrival], command: Command, workdir: str | None) -> bool:
    """Tell whether a command names what one of some COPYs brings, or the folder that it goes to."""
    if any(each.named_by(command, workdir) for each in copies):
        return True
    places = (each.destination.rstrip("/") for each in copies)
    return not frozenset(paths_meant(command, workdir)).isdisjoint(places)


def rewrites(build: Build, found: Installation, step: Step) -> Iterator[Rewrite]:
    """Yield what commands of a step's RUN change of whole folders that an install fills."""
    from dlint.shell.effects import Rewrite

    folders = dependency_folders(build, found.step, found.install)
    for _, effects in build.effects_in([step]) if folders else ():
        for each in effects.of(Rewrite):
            place = each.place.path
            if each.recursive and place and any(within(folder, place) for folder in folders):
                yield each


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

"""An install, and the COPYs above it that bring more than it reads: how these can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.handed_on import is_made_of_source
from dlint.facts.volatility import volatile_files
from dlint.installs.comes_first import ComesFirst
from dlint.installs.own_run import OwnRun
from dlint.installs.steps_between import StepsBetween
from dlint.reads.arrivals import arrivals
from dlint.syntax import Run
from dlint.text.paths import within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Install

# Without these, composer runs the project's scripts, and may list the classes of its source.
_WITHOUT_SOURCE = frozenset(("--no-scripts", "--no-autoloader"))


class EarlyCopies(NamedTuple):
    """The COPYs above an install of a stage that bring more than it reads, and how often that
    changes, in words.
    """

    build: Build
    found: Installation
    copies: Sequence[Arrival]
    change: str
    beside: tuple[Installation, ...] = ()  # others below the same COPYs that the same advice is for
    more: tuple[str, ...] = ()  # what others of the same RUN read, and those that move alike
    alike: int = 0  # how many of other RUNs move as this one
    fetched: tuple[EarlyCopies, ...] = ()  # those of them that build other projects

    @property
    def stage(self) -> Stage:
        """The stage of the install."""
        return self.found.step.stage

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
    def first(self) -> ComesFirst:
        """What of the install can come before them."""
        return ComesFirst(self.build, self.found, self.copies, self.more)

    @property
    def between(self) -> StepsBetween:
        """What stands between them and the install."""
        return StepsBetween(self.build, self.found, self.copies)

    @property
    def own_run(self) -> OwnRun:
        """What else the RUN of the install does."""
        return OwnRun(self.build, self.found, self.copies)

    @property
    def beside_by_manifests(self) -> list[Run]:
        """The other RUNs below the same COPYs that install what manifests tell."""
        installs = (each for each in self.beside if not each.install.hidden)
        others = (each.run for each in installs if each.install.manifests)
        return [*{run.index: run for run in others}.values()]

    @property
    def has_namesake(self) -> bool:
        """Whether another RUN has a command of the same words as the install."""
        runs = (each for stage in self.build.stages for each in stage.instructions)
        others = (each for each in runs if isinstance(each, Run) and each is not self.found.run)
        words = self.install.command.quoted
        commands = (each for run in others for each in self.build.script(run).commands)
        return any(words == each.quoted for each in commands)

    def is_told_with(self, other: Installation) -> bool:
        """Tell whether the manifests of another install of the same RUN belong to its own: they
        move together, or are of one manager.
        """
        if other.run is not self.found.run or not other.install.manifests:
            return False
        is_alike = other.install.manager == self.install.manager
        return is_alike or not (self.is_simple or other.install.hidden)

    def is_moved_as(self, other: EarlyCopies) -> bool:
        """Tell whether all that both installs need is a COPY of what they read."""
        return self._is_moved_alone and other._is_moved_alone

    def is_fetched_as(self, other: EarlyCopies) -> bool:
        """Tell whether both build projects, each of which only downloads what it needs before that:
        with a tool that goes ahead of a build, one has to see all of them.
        """
        is_alike = other.install.manager == self.install.manager
        return is_alike and self._is_fetched_alone and other._is_fetched_alone

    @property
    def _is_fetched_alone(self) -> bool:
        first = self.first
        if not (self.install.hidden and first.read_of_these) or self.install.managed_by.ahead:
            return False
        more = self.found.declared or self.needs_stage or self.between.bringing
        return not (more or self.own_run.sets_up)

    @property
    def _is_moved_alone(self) -> bool:
        first = self.first
        if not (self.install.manifests and first.read_of_these) or first.is_download:
            return False
        more = first.flags or first.is_lists or self.found.declared or self.needs_stage
        return not (more or self.is_split or self.between.bringing)

    @property
    def is_of_another_stage(self) -> bool:
        """Whether the main one takes what another stage built."""
        return bool(getattr(self.main.instruction, "from_", None))

    @property
    def is_read_beside(self) -> bool:
        """Whether something else in the RUN of the install may read what the main one brings."""
        return self.own_run.reads(self.main)

    @property
    def has_to_rise(self) -> bool:
        """Whether the install goes above them: they cannot just go below it. What it reads of them
        another COPY between brings, too.
        """
        is_in_the_way = self.between.are_renewed if self.first.read else self.between.are_in_the_way
        return self.is_split or is_in_the_way

    @property
    def is_split(self) -> bool:
        """Whether the rest of the install's RUN needs more of them than that does."""
        return self.is_read_beside or self.own_run.needs_more

    @property
    def is_simple(self) -> bool:
        """Whether nothing but COPYs and the install has to move."""
        is_alone = not self.own_run.needs_more or self.own_run.is_simple
        return is_alone and not (
            self.between.are_placing or self.between.are_rewriting or self._may_sink
        )

    @property
    def needs_stage(self) -> bool:
        """Whether a RUN of its own would store what this one takes out of the image again, or what
        was installed before is deleted first.
        """
        takes_out = self.is_split and self.own_run.takes_out
        return takes_out or self.found.starts_anew(self.build, self.stage)

    @property
    def can_be_told(self) -> bool:
        """Whether something is left to move, and what to do is known."""
        is_known = bool(self.copies) and not self._is_built_beside
        return is_known and not self._is_prepared and not self.first.is_unread_lock

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
        if self.first.read and not self._fills_environment_there:
            return False
        started = self.own_run.started | self.between.started
        return not all(each.files.keys().isdisjoint(started) for each in self.copies)

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

    @property
    def helps_little(self) -> bool:
        """Whether it reads nothing of what comes above it, as far as is seen, and is still hardly
        to be moved: it works with the project's source, or what another stage makes of that stands
        above it.
        """
        if self.first.read or self.build.fact(arrivals).doubtful:
            return False
        leaves_out = _WITHOUT_SOURCE.issubset(self.install.command.forms)
        if self.install.manager == "composer" and not leaves_out:
            return not self.install.packages
        above = self.build.steps_before(self.stage, self.main.instruction)
        return any(is_made_of_source(self.build, step) for step in above)

    @property
    def can_be_split(self) -> bool:
        """Whether a fix can tell what comes first from the rest."""
        more = self.others or self.first.flags or self.found.needs.open or self.found.declared
        return not (more or self.needs_stage or self.between.are_placing or self._may_sink)

    @property
    def _may_sink(self) -> bool:
        """Whether the main one is in a base of several stages, each of which could copy the rest
        of what it brings.
        """
        is_in_base = self.found.may_sink(self.build, self.stage, self.main)
        return is_in_base and bool(self.first.names or self.found.needs.open)

    @property
    def pushes_layer(self) -> bool:
        """Whether the image has the layer of the install, and all of it could stay as it was."""
        return self.build.shipped(self.stage) and not self.found.declared

    @property
    def uploads(self) -> bool:
        """Whether a change of the main one makes what is pushed another one: not where each push
        is built without a cache anyway. A release that does mostly has other lists as well, where
        releases alone are pushed.
        """
        if self.build.cold_pushes:
            return False
        if self.build.is_released and volatile_files(self.build, self.found.read_first):
            return False
        is_whole = self.found.declared and not self.found.points
        if is_whole and not self.build.shipped(self.stage):
            return False  # the project itself, beside what it depends on, is new in any case
        return self.found.is_uploaded(self.build, self.stage, self.main)

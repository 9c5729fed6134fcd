"""`Build`: what a rule asks of a build. Facts are attributes by their names, worked out once and by
need; questions about one step, install or place are methods. What answers is loaded when it is
first asked.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import model
from dlint.syntax import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from dlint.bytes.selection import Selection
    from dlint.facts.arrivals import Arrival, Arrivals
    from dlint.facts.destinations import Destinations
    from dlint.facts.needs import Needs
    from dlint.facts.neighbours import Neighbours
    from dlint.facts.outputs import LostOutput
    from dlint.facts.shipping import Carried, Shipping
    from dlint.facts.stored import Storage, Stored
    from dlint.facts.uses import ImageUse
    from dlint.model import Stage, Step
    from dlint.model.mounts import Mounted
    from dlint.model.standing import Standing
    from dlint.shell import CacheLeft, Command, Effects, Install
    from dlint.shell.effects import Effect
    from dlint.shell.managers.manager import Manager
    from dlint.syntax import Copy, Instruction, Transfer
    from dlint.syntax.words import Word


class Build(model.Build):
    """The modelled build, with all that dlint knows to say of it.

    Sizes are in bytes as pushed (compressed) and guesses from packages that were measured, unless
    they say otherwise; None where nothing tells.
    """

    # Facts.

    @property
    def arrivals(self) -> Arrivals:
        """What arrives from the build context in each stage."""
        from dlint.facts.arrivals import arrivals

        return self.fact(arrivals)

    @property
    def built_stages(self) -> frozenset[int]:
        """The numbers of the stages that somebody builds, each for itself or for another."""
        from dlint.facts.volatility import built_stages

        return self.fact(built_stages)

    @property
    def destinations(self) -> Destinations:
        """The registries that the repository's images go to."""
        from dlint.facts.destinations import destinations

        return self.fact(destinations)

    @property
    def image_uses(self) -> tuple[ImageUse, ...]:
        """The images from outside that the file names, in order."""
        from dlint.facts.uses import image_uses

        return self.fact(image_uses)

    @property
    def neighbours(self) -> Neighbours:
        """The bases of the repository's other Dockerfiles."""
        from dlint.facts.neighbours import neighbours

        return self.fact(neighbours)

    @property
    def shipped_bases(self) -> tuple[ImageUse, ...]:
        """The images that what is pushed stands on."""
        from dlint.facts.neighbours import shipped_bases

        return self.fact(shipped_bases)

    @property
    def shipping(self) -> Shipping:
        """Where the bytes of each stage go."""
        from dlint.facts.shipping import shipping

        return self.fact(shipping)

    @property
    def standing(self) -> Standing:
        """What stands already in the image where a COPY brings it once more."""
        from dlint.model.standing import standing

        return self.fact(standing)

    @property
    def storage(self) -> Storage:
        """What each step stores in its layer."""
        from dlint.facts.stored import storage

        return self.fact(storage)

    # Questions.

    def live_stage(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction stands in, if any target's build runs it."""
        stage = self.stage_of(instruction)
        return stage if stage is not None and self.live(stage) else None

    def find_stage(self, name: str, before: int) -> Stage | None:
        """Return the stage that `--from=NAME` means in stage number `before`."""
        from dlint.model.stages import find_stage

        return find_stage(self.stages, name, before)

    def stage_copied_from(self, copy: Copy) -> Stage | None:
        """Return the stage that a COPY takes from, if any target's build runs its own."""
        own = self.live_stage(copy)
        return self.find_stage(copy.from_, own.index) if own and copy.from_ else None

    def source_path(self, copy: Copy, word: Word) -> str | None:
        """Return where a source of COPY --from is (absolute); None where a variable hides it."""
        text = self.expand(copy, word.text)
        return None if text is None else posixpath.normpath("/" + text.lstrip("/"))

    def runs_below(self, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs below an instruction in its stage, in order."""
        stage = self.stage_of(instruction)
        for each in stage.instructions if stage else ():
            if isinstance(each, Run) and each.index > instruction.index:
                yield each

    def chain_to(self, instruction: Instruction) -> list[Step]:
        """Return the steps of the chain of an instruction's stage, up to itself."""
        stage = self.stage_of(instruction)
        steps = self.chain(stage) if stage else ()
        return [step for step in steps if step.instruction.index <= instruction.index]

    def mounts(self, run: Run, types: Collection[str] = ("cache",)) -> tuple[Mounted, ...]:
        """Return the mounts of some types in a RUN of a stage, but for those whose target is not
        known.
        """
        from dlint.model.mounts import mounts_of

        return mounts_of(self, run, types)

    def cache_mounts(self, run: Run) -> tuple[Mounted, ...]:
        """Return the cache mounts of a RUN, if any target's build runs its stage."""
        if "cache" not in run.value.text or self.live_stage(run) is None:
            return ()
        return self.mounts(run)

    def is_stored(self, run: Run, path: str) -> bool:
        """Tell whether what a RUN writes to `path` gets into its layer, and into no mount."""
        from dlint.model.mounts import is_stored

        return is_stored(self, run, path)

    def verifies(self, run: Run, name: str) -> bool:
        """Tell whether a RUN checks the sum or the signature of a file of that name."""
        from dlint.shell.verification import verifies

        return verifies(self.script(run).commands, name)

    def needs(self, install: Install, here: Sequence[Arrival], workdir: str | None = None) -> Needs:
        """Return what `install`, run in `workdir`, reads of what has arrived (`here`) before it."""
        from dlint.facts.needs import needs

        return needs(self, install, here, workdir)

    def names_below(
        self, command: Command, workdir: str | None, folder: str, files: Collection[str] = ()
    ) -> bool:
        """Tell whether a command names one of `files`, or something in, or above, `folder`."""
        from dlint.facts.arrivals import names_below

        return names_below(command, workdir, folder, files)

    def emptied(self, left: CacheLeft, later: Effects) -> Command | None:
        """Return the command of another RUN that empties a cache which this one left, if any."""
        from dlint.shell.judge import emptied

        return emptied(left, later)

    def may_move_cache(self, run: Run, cache: CacheLeft) -> bool:
        """Tell whether a configuration file or a step may have moved a cache that `run` fills."""
        from dlint.facts.caches import may_move_cache

        return may_move_cache(self, run, cache)

    def filled_by(self, run: Run, cache: CacheLeft) -> tuple[Command, ...]:
        """Return those commands of `run` that surely leave something in a cache."""
        from dlint.facts.caches import filled_by

        return filled_by(self, run, cache)

    def wasted_caches(self, run: Run) -> Iterator[CacheLeft]:
        """Yield the caches that a RUN surely leaves something in, that nothing later uses and that
        no script of the context empties.
        """
        from dlint.facts.caches import wasted_caches

        return wasted_caches(self, run)

    def is_index_needed(self, run: Run, manager: Manager) -> bool:
        """Tell whether a RUN below installs from the index that `run` leaves."""
        from dlint.facts.caches import is_index_needed

        return is_index_needed(self, run, manager)

    def is_fetched_for_nothing(self, run: Run, manager: Manager) -> bool:
        """Tell whether nothing of a RUN can use the index that it fetches."""
        from dlint.facts.caches import is_fetched_for_nothing

        return is_fetched_for_nothing(self, run, manager)

    def may_script_use_index(self, run: Run, manager: Manager) -> bool:
        """Tell whether a later RUN runs something that may install from the index that `run`
        leaves.
        """
        from dlint.facts.caches import may_be_used_by_script

        return may_be_used_by_script(self, run, manager)

    def index_left_above(self, run: Run, manager: Manager) -> tuple[Run, CacheLeft] | None:
        """Return the RUN above, and what it left, that fetched the index from which `run` installs
        as the first.
        """
        from dlint.facts.caches import index_left_above

        return index_left_above(self, run, manager)

    def is_repeated(self, run: Run, command: Command) -> bool:
        """Tell whether a command of a RUN stands in a loop, or is several commands."""
        return [each.span for each in self.script(run).commands].count(command.span) > 1

    def may_install(self, command: Command) -> bool:
        """Tell whether a script or another program may install the system's packages from an index
        that is there.
        """
        from dlint.facts.scripts import may_install

        return may_install(self, command)

    def uses_vendor(self, read: Needs) -> bool:
        """Tell whether Go builds a module from its vendor folder of itself."""
        from dlint.facts.needs import uses_vendor

        return uses_vendor(self, read)

    def dependency_folders(self, step: Step, install: Install) -> tuple[str, ...]:
        """Return the folders that an install of a project's dependencies fills."""
        from dlint.facts.dependencies import dependency_folders

        return dependency_folders(self, step, install)

    def copies_from_stages(self, stage: Stage) -> Iterator[tuple[int, Carried]]:
        """Yield what the COPYs of `stage` take from other stages, with the number of each."""
        from dlint.facts.shipping import copies_from_stages

        return copies_from_stages(self, stage)

    def places_of(self, transfer: Transfer) -> Mapping[str, str]:
        """Return the files that a COPY brings from the context: path in the context by absolute
        path in the image, as the text alone tells where the context does not hold them.
        """
        from dlint.facts.mentions import places_of

        return places_of(self, transfer)

    def first_mention(self, transfer: Transfer, places: Mapping[str, str]) -> Run | None:
        """Return the first RUN below a COPY that speaks of one of the files at `places`; None where
        something else does before, or another user runs it.
        """
        from dlint.facts.mentions import first_mention

        return first_mention(self, transfer, places)

    def is_wanted_besides(self, run: Run, places: Mapping[str, str]) -> bool:
        """Tell whether anything but `run` may want one of the files at `places`, brings it again,
        or deletes it.
        """
        from dlint.facts.mentions import is_wanted_besides

        return is_wanted_besides(self, run, places)

    def may_serve_once(self, source: Word) -> bool:
        """Tell whether a file may serve one RUN alone, by its name: a package, a list, a script."""
        from dlint.facts.single_use import may_serve_once

        return may_serve_once(source.text)

    def serves(self, run: Run, place: str) -> bool:
        """Tell whether a RUN installs the package file, or starts the set-up script, at `place`."""
        from dlint.facts.single_use import serves

        return serves(self, run, place)

    def packages_installed(self, transfer: Transfer, run: Run) -> tuple[str, ...]:
        """Return the places of the packages, or folders of packages, that a COPY has brought from
        elsewhere and `run` installs.
        """
        from dlint.facts.single_use import packages_installed

        return packages_installed(self, transfer, run)

    def is_of_project(self, stage: Stage, transfer: Transfer, places: list[str]) -> bool:
        """Tell whether other COPYs fill the folder that scripts among `places` stand in."""
        from dlint.facts.single_use import is_of_project

        return is_of_project(self, stage, transfer, places)

    def lost_outputs(self, stage: Stage, before: Run) -> Iterator[LostOutput]:
        """Yield the places in a stage's chain where what RUNs above `before` wrote is in no layer:
        its mounts.
        """
        from dlint.facts.outputs import lost_outputs

        return lost_outputs(self, stage, before)

    def lost_at(self, stage: Stage, path: str) -> LostOutput | None:
        """Return the mount that alone held `path` (absolute) in a stage's chain."""
        from dlint.facts.outputs import lost_at

        return lost_at(self, stage, path)

    def is_made_elsewhere(self, stage: Stage, path: str, target: str, before: Run) -> bool:
        """Tell whether a step above `before` may have made `path` without the mount at `target`."""
        from dlint.facts.outputs import is_made_elsewhere

        return is_made_elsewhere(self, stage, path, target, before)

    def base_may_hold(self, path: str) -> bool:
        """Tell whether a base image may have files of its own at `path` or below it."""
        from dlint.facts.writing import base_may_hold

        return base_may_hold(path)

    def may_write(
        self, step: Step, path: str, known: Callable[[Effect], bool] = lambda _: False
    ) -> bool:
        """Tell whether the RUN of a step may have put something below `path`, but for the effects
        that are `known`.
        """
        from dlint.facts.writing import may_write

        return may_write(self, step, path, known)

    def volatile_files(
        self, files: frozenset[str], needed: frozenset[str] = frozenset()
    ) -> str | None:
        """Tell how `files` of the context change apart from `needed`, in words; None where they
        hardly do.
        """
        from dlint.facts.volatility import volatile_files

        return volatile_files(self, files, needed)

    def passed_afresh(self, argument: str) -> bool:
        """Tell whether the repository's files pass an argument a value that is another one at every
        commit or build.
        """
        from dlint.facts.volatility import passed_afresh

        return passed_afresh(self.passed.get(argument, ()))

    def version_of(self, stage: Stage, tool: str) -> tuple[int, ...] | None:
        """Return the version of `tool` that the tag of a stage's outermost base names."""
        from dlint.facts.tools import version_of

        return version_of(stage, tool)

    def base_packages(self, stage: Stage) -> tuple[str, ...]:
        """Return the packages that the official image has installed which a stage stands on."""
        from dlint.sizes import base_packages

        return base_packages(self, stage)

    def takes_recommended(self, install: Install) -> bool:
        """Tell whether nothing keeps apt from installing what packages recommend."""
        from dlint.sizes import takes_recommended

        return takes_recommended(self, install)

    # Sizes.

    def packed_bytes(
        self, selection: Selection, sources: Collection[str] | None = None
    ) -> int | None:
        """Return the bytes of what a COPY takes, or of those of its context's files that are in
        `sources`; modelled, by a sample.
        """
        from dlint.bytes.estimate import packed

        return packed(selection, sources)

    def layer_bytes(self, stage: Stage, instruction: Instruction) -> int | None:
        """Return what the layer of a RUN or COPY takes up."""
        from dlint.sizes import layer_bytes

        return layer_bytes(self, stage, instruction)

    def layers_bytes(self, stage: Stage, instructions: Iterable[Instruction]) -> int | None:
        """Return what several layers of `stage` take up together, those that are known."""
        from dlint.sizes import layers_bytes

        return layers_bytes(self, stage, instructions)

    def stored_bytes(self, stored: Stored) -> int | None:
        """Return what an install has put somewhere, or a COPY has taken from another stage."""
        from dlint.sizes import stored_bytes

        return stored_bytes(self, stored)

    def installed_bytes(self, stage: Stage, run: Run, installs: Sequence[Install]) -> int | None:
        """Return what `installs`, commands of `run`, add to its layer."""
        from dlint.sizes import installed_bytes

        return installed_bytes(self, stage, run, installs)

    def development_bytes(self, installs: Sequence[Install]) -> int | None:
        """Return what packages add that npm's lock file names for development alone."""
        from dlint.sizes import development_bytes

        return development_bytes(self, installs)

    def cache_bytes(self, stage: Stage, run: Run, cache: CacheLeft) -> int | None:
        """Return what the cache that a RUN leaves adds to its layer."""
        from dlint.sizes import cache_bytes

        return cache_bytes(self, stage, run, cache)

    def recommended_bytes(
        self, stage: Stage, run: Run, names: Collection[str], besides: Iterable[Install] = ()
    ) -> int | None:
        """Return what apt's packages of these names recommend, less what is there: from above, or
        from the installs `besides` of the same RUN.
        """
        from dlint.sizes import recommended_bytes

        return recommended_bytes(self, stage, run, names, besides)

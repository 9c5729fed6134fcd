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
    from dlint.facts.addresses import Drift
    from dlint.facts.arguments import Argument
    from dlint.facts.arrivals import Arrival, Arrivals
    from dlint.facts.deletions import Deletion, Uninstalled
    from dlint.facts.dependencies import Dependencies
    from dlint.facts.destinations import Destinations
    from dlint.facts.early_copies import EarlyCopies
    from dlint.facts.git_use import GitUse
    from dlint.facts.leftovers import Leftover
    from dlint.facts.lock_files import LockFile
    from dlint.facts.modes import Writable
    from dlint.facts.needs import Needs
    from dlint.facts.neighbours import Neighbours
    from dlint.facts.node_tools import ToolsListed
    from dlint.facts.outputs import LostOutput
    from dlint.facts.shipping import Carried, Shipping
    from dlint.facts.stamps import Stamp
    from dlint.facts.stored import Storage, Stored
    from dlint.facts.taken import TakenBefore
    from dlint.facts.unread import Unread
    from dlint.facts.uses import ImageUse
    from dlint.facts.volatility import Changes
    from dlint.findings import Fix, Size
    from dlint.images import Reference
    from dlint.model import Stage, Step
    from dlint.model.mounts import Mounted
    from dlint.model.standing import Standing
    from dlint.shell import (
        CacheLeft,
        Clone,
        Command,
        Delete,
        Effects,
        Fetch,
        Install,
        Package,
        Place,
        Refresh,
        Rewrite,
        ShellWord,
    )
    from dlint.shell.managers.manager import Flag, Manager
    from dlint.sizes.twins import Twin
    from dlint.syntax import Add, Arg, Copy, Instruction, Transfer
    from dlint.syntax.instructions import Pair
    from dlint.syntax.words import Word


class Build(model.Build):
    """The modelled build, with all that dlint knows to say of it.

    Sizes are in bytes as pushed (compressed) and say how far they are known.
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
    def git_use(self) -> GitUse:
        """How sure it is that any step asks git, of those that have its folder."""
        from dlint.facts.git_use import git_use

        return self.fact(git_use)

    @property
    def image_uses(self) -> tuple[ImageUse, ...]:
        """The images from outside that the file names, in order."""
        from dlint.facts.uses import image_uses

        return self.fact(image_uses)

    @property
    def named_images(self) -> tuple[tuple[ImageUse, Reference], ...]:
        """The images from outside whose names are known, in order, with what they mean."""
        from dlint.facts.uses import named_images

        return self.fact(named_images)

    @property
    def named_bases(self) -> tuple[tuple[ImageUse, Reference], ...]:
        """The images that built stages stand on, in order, with what they mean."""
        from dlint.facts.uses import named_bases

        return self.fact(named_bases)

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """What tools have left in the build context: dependencies, caches, build output."""
        from dlint.facts.leftovers import leftovers

        return self.fact(leftovers)

    @property
    def expected_leftovers(self) -> tuple[Leftover, ...]:
        """What a local build will leave in the build context, where nothing keeps it out."""
        from dlint.facts.leftovers import expected_leftovers

        return self.fact(expected_leftovers)

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

    @property
    def whole_copy(self) -> Transfer | None:
        """The first COPY or ADD of a built stage that takes whatever the context holds."""
        from dlint.facts.arrivals import whole_copy

        return self.fact(whole_copy)

    # Questions.

    def runs_after(self, stage: Stage, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs after an instruction of `stage`, in it and in the stages on top of it."""
        from dlint.model.stages import runs_after

        return runs_after(self.stages, stage, instruction)

    # Questions.

    def built_stage(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction stands in, if somebody builds it."""
        stage = self.stage_of(instruction)
        return stage if stage is not None and stage.index in self.built_stages else None

    def shipped_steps(self) -> Iterator[Step]:
        """Yield the steps of all stages whose layers are part of an image that is pushed."""
        for stage in self.stages:
            if self.shipped(stage):
                yield from self.steps(stage)

    def crossed(self, early: Instruction, late: Instruction) -> Sequence[Instruction]:
        """Return what `late` would cross on its way to above `early`, that one first; nothing where
        they do not stand in one stage, in that order.
        """
        stage = self.stage_of(late)
        own = stage.instructions if stage else []
        if early not in own or late not in own:
            return ()
        return own[own.index(early) : own.index(late)]

    def runs_above(self, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs above an instruction in its stage, the nearest first."""
        stage = self.stage_of(instruction)
        for each in reversed(stage.instructions if stage else ()):
            if isinstance(each, Run) and each.index < instruction.index:
                yield each

    def shipped_selection(self, transfer: Transfer) -> Selection | None:
        """Return what a COPY or ADD brings from the build context into an image that is pushed;
        None where it takes from elsewhere, or where the context does not hold all of it.
        """
        from_context = not transfer.from_ and self.shipped_stage(transfer) is not None
        if not from_context or self.arrivals.doubtful:
            return None
        selection = self.selection(transfer)
        return selection if selection is not None and not selection.failures else None

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

    def left_out_by(self, path: str) -> int | None:
        """Return the number of the ignore file's line that leaves one path out of the context."""
        from dlint.facts.ignoring import left_out_by

        return left_out_by(self, path)

    def git_folders_in(self, transfer: Transfer) -> tuple[str, ...]:
        """Return the `.git` folders that a COPY or ADD takes from the build context, though neither
        it nor the ignore file names one.
        """
        from dlint.facts.git_use import git_folders_in

        return git_folders_in(self, transfer)

    def git_use_after(self, stage: Stage, transfer: Transfer) -> GitUse:
        """Tell how sure it is that a RUN after `transfer` asks git, in `stage` or on top of it."""
        from dlint.facts.git_use import git_use_after

        return git_use_after(self, stage, transfer)

    def cache_mounts(self, run: Run) -> tuple[Mounted, ...]:
        """Return the cache mounts of a RUN, if any target's build runs its stage."""
        if "cache" not in run.value.text or self.live_stage(run) is None:
            return ()
        return self.mounts(run)

    def is_stored(self, run: Run, path: str) -> bool:
        """Tell whether what a RUN writes to `path` gets into its layer, and into no mount."""
        from dlint.model.mounts import is_stored

        return is_stored(self, run, path)

    def needs(self, install: Install, here: Sequence[Arrival], workdir: str | None = None) -> Needs:
        """Return what `install`, run in `workdir`, reads of what has arrived (`here`) before it."""
        from dlint.facts.needs import needs

        return needs(self, install, here, workdir)

    def deletions(self, run: Run) -> list[Deletion]:
        """Return what the commands of a RUN delete, comparable with what steps store."""
        from dlint.facts.deletions import deletions

        return deletions(self, self.effects(run))

    def still_stored(self, stage: Stage, run: Run) -> list[Stored]:
        """Return what of weight was stored above `run`, less what RUNs above it delete again."""
        from dlint.facts.deletions import still_stored

        return still_stored(self, stage, run)

    def uninstalled(self, stage: Stage, run: Run) -> Iterator[Uninstalled]:
        """Yield what `run` uninstalls of what RUNs above have installed."""
        from dlint.facts.deletions import uninstalled

        return uninstalled(self, stage, run)

    def sure_rewrites(self, run: Run) -> Iterator[tuple[Rewrite, str]]:
        """Yield the commands of a RUN that are sure to change all files at a path (absolute), made
        by layers above.
        """
        from dlint.facts.metadata import sure_rewrites

        return sure_rewrites(self, run)

    def changes(self, rewrite: Rewrite, path: str, stored: Stored) -> bool:
        """Tell whether a command that changes `path` changes something of weight of what was
        stored.
        """
        from dlint.facts.metadata import changes

        return changes(rewrite, path, stored)

    def emptied_caches(self, stage: Stage, run: Run) -> Iterator[tuple[Command, Run, CacheLeft]]:
        """Yield the caches that RUNs above have filled and `run` surely empties, with the command
        that does.
        """
        from dlint.facts.deletions import emptied_caches

        return emptied_caches(self, stage, run)

    def deletes_in_vain(self, run: Run) -> Delete | None:
        """Return the first deletion of a RUN that does nothing else, and that deletes only what
        stands there for nobody, such as documents and caches: whoever stored it, the bytes stay.
        """
        from dlint.facts.deletions import deletes_in_vain

        return deletes_in_vain(self, run)

    def is_deleted(self, run: Run, place: Place) -> bool:
        """Tell whether a RUN leaves nothing of what it writes to a place."""
        from dlint.facts.deletions import is_deleted

        return is_deleted(self, run, place)

    def gives_already(self, rewrite: Rewrite, stored: Stored) -> bool:
        """Tell whether the COPY that stored something gave it the owner or mode that a command
        sets.
        """
        from dlint.facts.metadata import gives_already

        return gives_already(self, rewrite, stored)

    def brought_by_others(self, stage: Stage, run: Run, path: str) -> Stored | None:
        """Return the folder at or below `path` that the base image, or the package or installer of
        a RUN above `run`, has brought with its files.
        """
        from dlint.facts.metadata import brought_by_others

        return brought_by_others(self, stage, run, path)

    @property
    def stores_again(self) -> bool:
        """Whether the builder stores a file a second time about which nothing changes."""
        from dlint.model.profiles import PROFILES

        return PROFILES[self.options.builder].stores_again

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

    def cache_missed(self, run: Run, mounted: Mounted) -> CacheLeft | None:
        """Return the cache that a mount is for, where it went into the layer and the mount took
        nothing.
        """
        from dlint.facts.caches import missed

        return missed(self, run, mounted)

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

    def unkept_lock_file(self, run: Run, install: Install) -> LockFile | None:
        """Return the lock file that an install of a project could keep to but need not."""
        from dlint.facts.lock_files import unkept_lock_file

        return unkept_lock_file(self, run, install)

    def hold_to_lock(self, run: Run, install: Install, lock: LockFile) -> Fix | None:
        """Return the fix that holds an install of Node's packages to its lock file."""
        from dlint.fixes.locking import hold_to_lock

        return hold_to_lock(self, run, install, lock)

    def early_copies(self, stage: Stage) -> Iterator[EarlyCopies]:
        """Yield the COPYs of more than an install of a stage reads above it, install by install."""
        from dlint.facts.early_copies import early_copies

        return early_copies(self, stage)

    def file_names(self, paths: Sequence[str]) -> list[str]:
        """Write files by their names; those that share one (workspaces) with their folders."""
        from dlint.facts.needs import file_names

        return file_names(paths)

    def reading_order(self, install: Install, files: Iterable[str]) -> list[str]:
        """Sort files that an install reads: the manifest, its lock file, then the rest."""
        from dlint.facts.needs import reading_order

        return reading_order(install, files)

    def dependencies(self, stage: Stage, below: str = "/") -> Iterator[Dependencies]:
        """Yield the folders of dependencies that a stage holds `below` another folder, with the RUN
        and the install that fill each.
        """
        from dlint.facts.dependencies import dependencies

        return dependencies(self, stage, below)

    def may_name_development(self, install: Install) -> bool:
        """Tell whether the project may have dependencies for its development: none of the manifests
        that can be read says otherwise.
        """
        from dlint.facts.dependencies import may_name_development

        return may_name_development(self, install)

    def started(self, stage: Stage) -> Iterator[str]:
        """Yield the commands that the pushed images on top of `stage` start."""
        from dlint.facts.starts import started

        return started(self, stage)

    def copies_from_stages(self, stage: Stage) -> Iterator[tuple[int, Carried]]:
        """Yield what the COPYs of `stage` take from other stages, with the number of each."""
        from dlint.facts.shipping import copies_from_stages

        return copies_from_stages(self, stage)

    def carrier_of(self, run: Run, install: Install) -> Copy | None:
        """Return the COPY that takes all the dependencies which an install puts into a folder of
        their own out of a stage, so that they get into a pushed image.
        """
        from dlint.facts.shipping import carrier_of

        return carrier_of(self, run, install)

    def taken_before(self, copy: Copy) -> TakenBefore | None:
        """Return what `copy` takes once more of a stage or an image, which an earlier COPY has
        taken or the base holds.
        """
        from dlint.facts.taken import taken_before

        return taken_before(self, copy)

    def runs_finished_program(self, stage: Stage) -> bool:
        """Tell whether the images on top of a stage run a program that is finished when they are
        built: no shell, nothing for development, nothing that is known to compile.
        """
        from dlint.facts.compilers import runs_finished_program

        return runs_finished_program(self, stage)

    def compilers_left(self, run: Run) -> Install | None:
        """Return the part of an install of the system's packages that names a compiler, and what is
        there for compilers alone, if nothing takes it out again.
        """
        from dlint.facts.compilers import compilers_left

        return compilers_left(self, run)

    def user_of_compilers(self, run: Run, install: Install) -> Run | None:
        """Return the first RUN, it or one on top of it, that compiles, or installs packages of a
        language, which may be compiled.
        """
        from dlint.facts.compilers import user_of_compilers

        return user_of_compilers(self, run, install)

    def tools_listed(self, stage: Stage) -> Iterator[ToolsListed]:
        """Yield what installs of `stage` bring into a pushed image of Node's tools that only the
        build needs.
        """
        from dlint.facts.node_tools import tools_listed

        return tools_listed(self, stage)

    def self_contained(self, stage: Stage, path: str) -> Run | None:
        """Return the RUN of a stage that publishes a .NET program with its runtime to what is
        copied from `path`.
        """
        from dlint.facts.publishing import self_contained

        return self_contained(self, stage, path)

    def slim_twin(self, use: ImageUse) -> Twin | None:
        """Return the slim twin of a full official image; None where the table tells no sizes."""
        from dlint.sizes.twins import slim_twin

        return slim_twin(use)

    def needs_full_base(self, use: ImageUse) -> bool:
        """Tell whether a pushed image on top of a full base may need more than its slim twin
        holds.
        """
        from dlint.sizes.twins import needs_full_base

        return needs_full_base(self, use)

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

    def unread(self, stage: Stage, transfer: Transfer) -> Unread | None:
        """Return what a COPY of one folder takes and that changed in the last commits though
        nothing reads it; None where there is nothing to tell.
        """
        from dlint.facts.unread import unread

        return unread(self, stage, transfer)

    def can_be_linked(self, copy: Copy) -> bool:
        """Tell whether `--link` has effect on a COPY: the builder merges layers, and an owner is
        known without the base's users.
        """
        from dlint.facts.writing import can_be_linked

        return can_be_linked(self, copy)

    def work_on_whole_context(self, stage: Stage) -> tuple[Arrival, Run] | None:
        """Return the COPY of the whole context above the first RUN of `stage` that builds, tests,
        checks or generates, and that RUN.
        """
        from dlint.facts.aside import work_on_whole_context

        return work_on_whole_context(self, stage)

    def folders_aside(self, stage: Stage, whole: Arrival) -> Sequence[str]:
        """Return the folders at the root of the context that nothing in a stage seems to read of
        what a COPY brings, those of most files first.
        """
        from dlint.facts.aside import folders_aside

        return folders_aside(self, stage, whole)

    def goes_where_nothing_stands(self, step: Step) -> bool:
        """Tell whether a COPY goes to a place outside the base's standard folders, and not right
        below the root, that no step above may have put something at.
        """
        from dlint.facts.writing import goes_where_nothing_stands

        return goes_where_nothing_stands(self, step)

    def writable_files(self, transfer: Transfer) -> Writable:
        """Return what a COPY takes that the group or all may write; of a repository's files, the
        tracked ones count.
        """
        from dlint.facts.modes import writable_files

        return writable_files(self, transfer)

    def mode_under_umask(self, transfer: Transfer) -> int | None:
        """Return the mode that what a COPY takes has under umask 022; None where that is not one
        for all, or not all are files.
        """
        from dlint.facts.modes import mode_under_umask

        return mode_under_umask(self.selection(transfer))

    def volatile_files(
        self, files: frozenset[str], needed: frozenset[str] = frozenset()
    ) -> str | None:
        """Tell how `files` of the context change apart from `needed`, in words; None where they
        hardly do.
        """
        from dlint.facts.volatility import volatile_files

        return volatile_files(self, files, needed)

    def change_of(self, step: Step) -> str | None:
        """Tell in words how often what a COPY or ADD takes is another one; None where it hardly
        changes.
        """
        from dlint.facts.changing import change_of

        return change_of(self, step)

    def copies_above(self, stage: Stage, run: Run) -> Iterator[Step]:
        """Yield the COPYs and ADDs above a RUN in its stage, and in the bases that are there for
        that alone.
        """
        from dlint.facts.changing import copies_above

        return copies_above(self, stage, run)

    def may_need(self, run: Run, step: Step, commands: Sequence[Command]) -> bool:
        """Tell whether `commands` of a RUN that installs system packages may need what a COPY
        brings.
        """
        from dlint.facts.system_installs import may_need

        return may_need(self, run, step, commands)

    def refresh_for_later(self, run: Run) -> Refresh | None:
        """Return the first command of a RUN that fetches an index which nothing in it installs
        from.
        """
        from dlint.facts.indexes import refresh_for_later

        return refresh_for_later(self, run)

    def users_of_index(self, run: Run, refresh: Refresh) -> Iterator[Run]:
        """Yield the RUNs that install from the index which `run` fetched."""
        from dlint.facts.indexes import users_of_index

        return users_of_index(self, run, refresh)

    def lasting_install(self, run: Run) -> Install | None:
        """Return the first install of system packages in a RUN, if it is the same wherever it
        stands, and there to stay.
        """
        from dlint.facts.system_installs import lasting_install

        return lasting_install(self, run)

    def only_installs_packages(self, run: Run) -> bool:
        """Tell whether a RUN does nothing but what belongs to an install of system packages."""
        from dlint.facts.system_installs import only_installs_packages

        return only_installs_packages(self, run)

    def is_apart_from_packages(self, instruction: Instruction) -> bool:
        """Tell whether what an instruction does and what a package manager does cannot meet."""
        from dlint.facts.system_installs import is_apart_from_packages

        return is_apart_from_packages(self, instruction)

    def may_need_some(self, stage: Stage, run: Run, crossed: Sequence[Instruction]) -> bool:
        """Tell whether a RUN that installs system packages may need what one of the instructions
        above it in `stage` brings, fetches or sets.
        """
        from dlint.facts.system_installs import may_need_some

        return may_need_some(self, stage, run, crossed)

    def change_of_source(self, arrival: Arrival) -> str | None:
        """Tell in words how often what arrives from the context is another one, lists of
        dependencies aside; None where it hardly changes.
        """
        from dlint.facts.changing import change_of_source

        return change_of_source(self, arrival)

    def brings_stable(self, step: Step, least: int) -> bool:
        """Tell whether a COPY brings data of at least as many bytes, not compressed, or
        dependencies that were installed of lists alone.
        """
        from dlint.facts.apart import brings_stable

        return brings_stable(self, step, least)

    def only_downloads(self, step: Step) -> bool:
        """Tell whether a RUN surely gets something from elsewhere and does nothing but unpack
        it.
        """
        from dlint.facts.apart import only_downloads

        return only_downloads(self, step)

    def stands_better_above(self, late: Step, early: Arrival) -> bool:
        """Tell whether a later step surely does without what arrived before it, and changes far
        less often.
        """
        from dlint.facts.apart import stands_better_above

        return stands_better_above(self, late, early)

    def arriving_bytes(self, step: Step) -> int | None:
        """Return the bytes of what a COPY brings from the context; modelled, by a sample. None
        where that is not known, and for other steps.
        """
        from dlint.facts.apart import arriving_bytes

        return arriving_bytes(self, step)

    def changing_files(self, files: Collection[str]) -> tuple[float, frozenset[str]]:
        """Return the share of commits that change some of `files` of the context, and those of
        them that change.
        """
        from dlint.facts.volatility import changing_files

        return changing_files(self, files)

    def below_argument(self, stage: Stage, arg: Arg, name: str) -> Argument:
        """Return the argument `name`, which `arg` declares in `stage`, with what stands below
        it.
        """
        from dlint.facts.arguments import below_argument

        return below_argument(self, stage, arg, name)

    def changes_of_argument(self, arg: Arg, pair: Pair) -> Changes:
        """Tell how often an argument changes: as the repository's files show, or else as far as its
        name and its default tell.
        """
        from dlint.facts.arguments import changes_of

        return changes_of(self, arg, pair)

    def rerun_for_nothing(self, argument: Argument, changes: Changes) -> Sequence[Run]:
        """Return the RUNs that run again whenever an argument changes, though they do without it;
        none where it is a pin, or where all of them are trifles.
        """
        from dlint.facts.arguments import rerun_for_nothing

        return rerun_for_nothing(self, argument, changes)

    def may_read_environment(self, run: Run) -> bool:
        """Tell whether a RUN starts something of the project's own, which may look at any
        variable.
        """
        from dlint.facts.arguments import may_read_environment

        return may_read_environment(self, run)

    def version_of(self, stage: Stage, tool: str) -> tuple[int, ...] | None:
        """Return the version of `tool` that the tag of a stage's outermost base names."""
        from dlint.facts.tools import version_of

        return version_of(stage, tool)

    def node_version(self, run: Run) -> tuple[int, ...] | None:
        """Return the version of Node.js that a RUN finds, if npm is the one that came with it."""
        from dlint.facts.tools import node_version

        return node_version(self, run)

    def knows_flag(self, run: Run, manager: Manager, flag: Flag) -> bool:
        """Tell whether the manager that a RUN finds knows a flag, so far as the steps above it
        tell.
        """
        from dlint.facts.tools import knows

        return knows(self, run, manager, flag)

    def base_packages(self, stage: Stage) -> frozenset[str]:
        """Return the packages of Debian or Ubuntu that the image has installed which a stage stands
        on, as far as that is known.
        """
        from dlint.sizes import base_packages

        return base_packages(self, stage)

    def takes_recommended(self, install: Install) -> bool:
        """Tell whether nothing keeps apt from installing what packages recommend."""
        from dlint.sizes import takes_recommended

        return takes_recommended(self, install)

    # Packages: which version comes.

    def unpinned_packages(self, run: Run, install: Install) -> list[Package]:
        """Return the packages of an install of which another build may take another version."""
        from dlint.facts.pins import unpinned_packages

        return unpinned_packages(self, run, install)

    def unpinned_of_system(self, install: Install) -> list[Package]:
        """Return the packages of a distribution that an install takes without a version."""
        from dlint.facts.pins import unpinned_of_system

        return unpinned_of_system(install)

    def unpinned_managers(self, run: Run) -> list[ShellWord]:
        """Return the managers that Corepack is told to fetch in no exact version."""
        from dlint.facts.pins import unpinned_managers

        return unpinned_managers(self, run)

    def is_on_pinned_base(self, run: Run) -> bool:
        """Tell whether a digest fixes the image that the stage of a RUN stands on."""
        from dlint.facts.uses import is_on_pinned_base

        return is_on_pinned_base(self, run)

    def upgrades_everything(self, install: Install) -> bool:
        """Tell whether all packages of a distribution are upgraded, and not some by their names."""
        from dlint.facts.pins import upgrades_everything

        return upgrades_everything(install)

    def is_of_one_day(self, run: Run) -> bool:
        """Tell whether packages come from the archive as it was on a day that the file names."""
        from dlint.facts.pins import is_of_one_day

        return is_of_one_day(self, run)

    def stamps(self, run: Run) -> Iterator[Stamp]:
        """Yield what a RUN stores that differs in each build: the commands, and of which kind."""
        from dlint.facts.stamps import stamps

        return stamps(self, run)

    # Downloads: what an address says of the version, and what is done with what comes from it.

    def drift(self, address: str) -> Drift:
        """Return why what an address gives may change."""
        from dlint.facts.addresses import drift

        return drift(address)

    def drift_of_add(self, address: str) -> Drift:
        """Return why what ADD takes from an address may change; git's addresses name a version
        behind `#`.
        """
        from dlint.facts.downloads import drift_of_add

        return drift_of_add(address)

    def drift_of_clone(self, run: Run, clone: Clone) -> Drift:
        """Return why a clone may be at another commit in another build."""
        from dlint.facts.downloads import drift_of_clone

        return drift_of_clone(self, run, clone)

    def added_address(self, add: Add, text: str) -> str | None:
        """Return the address that a source of ADD means; None where it is a file, where a variable
        hides it, and where no version could be told.
        """
        from dlint.facts.downloads import added_address

        return added_address(self, add, text)

    def decides_content(self, run: Run, fetch: Fetch) -> bool:
        """Tell whether the address of a download decides what the image holds: it is no question
        and no key, and no version is told elsewhere.
        """
        from dlint.facts.downloads import decides_content

        return decides_content(self, run, fetch)

    def is_verified_later(self, instruction: Instruction, name: str) -> bool:
        """Tell whether a later RUN of the stage checks the sum or the signature of a file of that
        name.
        """
        from dlint.facts.downloads import is_verified_later

        return is_verified_later(self, instruction, name)

    def verifies_added(self, add: Add, address: str) -> bool:
        """Tell whether a later RUN checks the sum or the signature of what ADD downloads."""
        from dlint.facts.downloads import verifies_added

        return verifies_added(self, add, address)

    def is_checked_out_later(self, run: Run, clone: Clone) -> bool:
        """Tell whether a later RUN goes into a clone and takes a commit or a version of it."""
        from dlint.facts.downloads import is_checked_out_later

        return is_checked_out_later(self, run, clone)

    # Sizes.

    def packed_bytes(
        self, selection: Selection | None, sources: Collection[str] | None = None
    ) -> int | None:
        """Return the bytes of what a COPY takes, or of those of its context's files that are in
        `sources`; modelled, by a sample. None where it is not known what it takes.
        """
        from dlint.bytes.estimate import packed

        return None if selection is None else packed(selection, sources)

    def packed_folders(self, transfer: Transfer, folders: Collection[str]) -> int | None:
        """Return the bytes of what a COPY or ADD takes of these folders of the context; modelled,
        by a sample.
        """
        from dlint.bytes.estimate import packed_folders

        selection = self.taken(transfer)
        return None if selection is None else packed_folders(selection, folders)

    def copied_bytes(self, transfer: Transfer) -> int | None:
        """Return what the files of a COPY from the context come to, where the context holds them
        all; modelled, by a sample.
        """
        selection = self.selection(transfer)
        return self.packed_bytes(selection) if selection and not selection.failures else None

    def layer_bytes(self, stage: Stage, instruction: Instruction) -> Size:
        """Return what the layer of an instruction takes up, the figure that `dlint layers` and
        `dlint push` give.
        """
        from dlint.sizes import layer_bytes

        return layer_bytes(self, stage, instruction)

    def layers_bytes(self, stage: Stage, instructions: Iterable[Instruction]) -> Size:
        """Return what several layers of `stage` take up together."""
        from dlint.sizes import layers_bytes

        return layers_bytes(self, stage, instructions)

    def again_bytes(self, stage: Stage, run: Run, rewrites: Iterable[Rewrite]) -> Size:
        """Return what `rewrites`, commands of `run`, store a second time; where the RUN does
        nothing else, that is its layer.
        """
        from dlint.sizes import again_bytes

        return again_bytes(self, stage, run, rewrites)

    def deleted_sizes(self) -> Callable[[Deletion, Stored], Size]:
        """Return what tells the bytes that deletions of one RUN take, asked for in their order: no
        thing counts twice.
        """
        from dlint.sizes.deleted import DeletedSizes

        return DeletedSizes(self).of

    def stored_bytes(self, stored: Stored) -> Size:
        """Return what an install has put somewhere, or a COPY has taken from another stage."""
        from dlint.sizes import stored_bytes

        return stored_bytes(self, stored)

    def installed_bytes(self, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
        """Return what `installs`, commands of `run`, add to its layer."""
        from dlint.sizes import installed_bytes

        return installed_bytes(self, stage, run, installs)

    def development_bytes(self, installs: Sequence[Install]) -> Size:
        """Return what packages add that npm's lock file names for development alone."""
        from dlint.sizes import development_bytes

        return development_bytes(self, installs)

    def cache_bytes(self, stage: Stage, run: Run, cache: CacheLeft) -> Size:
        """Return what the cache that a RUN leaves adds to its layer."""
        from dlint.sizes import cache_bytes

        return cache_bytes(self, stage, run, cache)

    def recommended_bytes(
        self, stage: Stage, run: Run, names: Collection[str], besides: Iterable[Install] = ()
    ) -> Size:
        """Return what apt's packages of these names recommend, less what is there: from above, or
        from the installs `besides` of the same RUN.
        """
        from dlint.sizes import recommended_bytes

        return recommended_bytes(self, stage, run, names, besides)

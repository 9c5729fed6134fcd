"""`Build`: what a rule asks of a build. Facts are attributes by their names, worked out once and by
need; questions about one step, install or place are methods. What answers is loaded when it is
first asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import model

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from dlint.bytes.selection import Selection
    from dlint.facts.addresses import Drift
    from dlint.facts.arrivals import Arrival, Arrivals
    from dlint.facts.destinations import Destinations
    from dlint.facts.git_use import GitUse
    from dlint.facts.leftovers import Leftover
    from dlint.facts.lock_files import LockFile
    from dlint.facts.needs import Needs
    from dlint.facts.neighbours import Neighbours
    from dlint.facts.shipping import Carried, Shipping
    from dlint.facts.stamps import Stamp
    from dlint.facts.stored import Storage, Stored
    from dlint.facts.unread import Unread
    from dlint.facts.uses import ImageUse
    from dlint.findings import Fix
    from dlint.images import Reference
    from dlint.model import Stage, Step
    from dlint.model.mounts import Mounted
    from dlint.model.standing import Standing
    from dlint.shell import CacheLeft, Clone, Command, Effects, Fetch, Install, Package, ShellWord
    from dlint.shell.effects import Effect
    from dlint.syntax import Add, Instruction, Run, Transfer


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

    def built_stage_of(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction is in, if any target's build runs it."""
        stage = self.stage_of(instruction)
        return stage if stage is not None and self.live(stage) else None

    def shipped_stage_of(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction is in, if its layers are pushed."""
        stage = self.stage_of(instruction)
        return stage if stage is not None and self.shipped(stage) else None

    def runs_after(self, stage: Stage, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs after an instruction of `stage`, in it and in the stages on top of it."""
        from dlint.model.stages import runs_after

        return runs_after(self.stages, stage, instruction)

    def find_stage(self, name: str, before: int) -> Stage | None:
        """Return the stage that `--from=NAME` means in stage number `before`."""
        from dlint.model.stages import find_stage

        return find_stage(self.stages, name, before)

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

    def is_stored(self, run: Run, path: str) -> bool:
        """Tell whether what a RUN writes to `path` gets into its layer, and into no mount."""
        from dlint.model.mounts import is_stored

        return is_stored(self, run, path)

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

    def lock_file(self, run: Run, install: Install) -> LockFile | None:
        """Return the lock file that an install of a project would keep to, if there is one."""
        from dlint.facts.lock_files import lock_file

        return lock_file(self, run, install)

    def hold_to_lock(self, run: Run, install: Install, lock: LockFile) -> Fix | None:
        """Return the fix that holds an install of Node's packages to its lock file."""
        from dlint.fixes.locking import hold_to_lock

        return hold_to_lock(self, run, install, lock)

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

    def unread(self, stage: Stage, transfer: Transfer) -> Unread | None:
        """Return what a COPY of one folder takes and that changed in the last commits though
        nothing reads it; None where there is nothing to tell.
        """
        from dlint.facts.unread import unread

        return unread(self, stage, transfer)

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

    def node_version(self, run: Run) -> tuple[int, ...] | None:
        """Return the version of Node.js that a RUN finds, if npm is the one that came with it."""
        from dlint.facts.tools import node_version

        return node_version(self, run)

    def base_packages(self, stage: Stage) -> tuple[str, ...]:
        """Return the packages that the official image has installed which a stage stands on."""
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

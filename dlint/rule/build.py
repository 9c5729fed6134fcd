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
    from dlint.facts.arrivals import Arrival, Arrivals
    from dlint.facts.destinations import Destinations
    from dlint.facts.needs import Needs
    from dlint.facts.neighbours import Neighbours
    from dlint.facts.shipping import Carried, Shipping
    from dlint.facts.stored import Storage, Stored
    from dlint.facts.uses import ImageUse
    from dlint.findings import Size
    from dlint.model import Stage, Step
    from dlint.model.mounts import Mounted
    from dlint.model.standing import Standing
    from dlint.shell import CacheLeft, Command, Effects, Install, Rewrite
    from dlint.shell.effects import Effect
    from dlint.syntax import Instruction, Run


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

    # Sizes: guesses from packages that were measured, unless they say otherwise.

    def packed_bytes(
        self, selection: Selection, sources: Collection[str] | None = None
    ) -> int | None:
        """Return the bytes of what a COPY takes, or of those of its context's files that are in
        `sources`; modelled, by a sample. None where they cannot be read.
        """
        from dlint.bytes.estimate import packed

        return packed(selection, sources)

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

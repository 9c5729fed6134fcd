"""`Build`: what a rule asks of a build, by subject: `build.sizes.layer(stage, run)`.

Each subject is a module beside this one, which holds its questions alone; the answers are in
`dlint/facts` and the floors between, and are loaded when a subject is first asked for. What stands
where is asked of the build itself, and of its model.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from operator import attrgetter

from dlint import model
from dlint.syntax import Run
from dlint.text.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from dlint.context import BuildContext
    from dlint.facts.shipping import Shipping
    from dlint.facts.stored import Storage
    from dlint.model import Stage, Step
    from dlint.model.standing import Standing
    from dlint.reads.arrivals import Arrivals
    from dlint.rule.caches import Caches
    from dlint.rule.changes import Changing
    from dlint.rule.copies import Copies
    from dlint.rule.development import Development
    from dlint.rule.downloads import Downloads
    from dlint.rule.exports import Exports
    from dlint.rule.images import Images
    from dlint.rule.installs import Installs
    from dlint.rule.layers import Layers
    from dlint.rule.mounts import Mounts
    from dlint.rule.pins import Pins
    from dlint.rule.platforms import Platforms
    from dlint.rule.sizes import Sizes
    from dlint.rule.sources import Sources
    from dlint.syntax import Copy, Instruction


class Build(model.Build):
    """The modelled build, with all that dlint knows to say of it.

    Sizes are in bytes as pushed (compressed) and say how far they are known.
    """

    def in_context(self, context: BuildContext) -> Self:
        """Return the build of the same Dockerfile in another context; each subject is asked of that
        one anew.
        """
        other = super().in_context(context)
        for name in _SUBJECTS:
            vars(other).pop(name, None)
        return other

    def line_for(self, flag: str) -> str:
        """Say what advice for a flag of `COPY` or `ADD` (`exclude`, `link`) has to add: the first
        line that it needs, unless the file knows it.
        """
        from dlint.syntax.frontend import needed_line

        return needed_line(self.dockerfile, flag)

    # What a rule may ask, by subject.

    @lazy
    def images(self) -> Images:
        """The images that the file stands on, copies from and is pushed as."""
        from dlint.rule.images import Images

        return Images(self)

    @lazy
    def sources(self) -> Sources:
        """What comes, or may come, out of the build context."""
        from dlint.rule.sources import Sources

        return Sources(self)

    @lazy
    def copies(self) -> Copies:
        """What a COPY or ADD puts where, and who wants it."""
        from dlint.rule.copies import Copies

        return Copies(self)

    @lazy
    def mounts(self) -> Mounts:
        """Mounts of RUNs, and what is written to them instead of a layer."""
        from dlint.rule.mounts import Mounts

        return Mounts(self)

    @lazy
    def caches(self) -> Caches:
        """Caches and package indexes that RUNs fill, use and empty."""
        from dlint.rule.caches import Caches

        return Caches(self)

    @lazy
    def exports(self) -> Exports:
        """Build caches that go over the network, as the repository's own files tell."""
        from dlint.rule.exports import Exports

        return Exports(self)

    @lazy
    def layers(self) -> Layers:
        """What layers keep though later RUNs delete it, or store once more."""
        from dlint.rule.layers import Layers

        return Layers(self)

    @lazy
    def installs(self) -> Installs:
        """Installs of packages: what they read, fill and need."""
        from dlint.rule.installs import Installs

        return Installs(self)

    @lazy
    def pins(self) -> Pins:
        """What fixes, or fails to fix, the versions of packages."""
        from dlint.rule.pins import Pins

        return Pins(self)

    @lazy
    def platforms(self) -> Platforms:
        """For which platforms the image is built, and which stages need not run on them."""
        from dlint.rule.platforms import Platforms

        return Platforms(self)

    @lazy
    def downloads(self) -> Downloads:
        """What comes from an address: its version, and who verifies it."""
        from dlint.rule.downloads import Downloads

        return Downloads(self)

    @lazy
    def changes(self) -> Changing:
        """How often files, arguments and steps change, and what runs again for nothing."""
        from dlint.rule.changes import Changing

        return Changing(self)

    @lazy
    def sizes(self) -> Sizes:
        """What is stored and pushed, in bytes."""
        from dlint.rule.sizes import Sizes

        return Sizes(self)

    @lazy
    def development(self) -> Development:
        """What a project needs for development alone."""
        from dlint.rule.development import Development

        return Development(self)

    # Where things stand.

    @property
    def arrivals(self) -> Arrivals:
        """What arrives from the build context in each stage."""
        from dlint.reads.arrivals import arrivals

        return self.fact(arrivals)

    @property
    def built_stages(self) -> frozenset[int]:
        """The numbers of the stages that somebody builds, each for itself or for another."""
        from dlint.facts.volatility import built_stages

        return self.fact(built_stages)

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

    def chain_to(self, instruction: Instruction) -> list[Step]:
        """Return the steps of the chain of an instruction's stage, up to itself."""
        stage = self.stage_of(instruction)
        steps = self.chain(stage) if stage else ()
        return [step for step in steps if step.instruction.index <= instruction.index]

    def runs_above(self, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs above an instruction in its stage, the nearest first."""
        runs, at = self._runs_around(instruction)
        return (runs[number] for number in range(at - 1, -1, -1))

    def runs_below(self, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs below an instruction in its stage, in order."""
        runs, at = self._runs_around(instruction)
        return (each for each in islice(runs, at, None) if each is not instruction)

    def _runs_around(self, instruction: Instruction) -> tuple[Sequence[Run], int]:
        """Return the RUNs of an instruction's stage, and how many stand above it."""
        stage = self.stage_of(instruction)
        runs = self.fact(_runs_of_stages)[stage.index] if stage else ()
        return runs, bisect_left(runs, instruction.index, key=attrgetter("index"))

    def stage_copied_from(self, copy: Copy) -> Stage | None:
        """Return the stage that a COPY takes from, if any target's build runs its own."""
        return self.origin_of(copy) if self.live_stage(copy) else None


_SUBJECTS = tuple(name for name, each in vars(Build).items() if isinstance(each, lazy))


def _runs_of_stages(build: Build) -> list[Sequence[Run]]:
    return [
        [each for each in stage.instructions if isinstance(each, Run)] for stage in build.stages
    ]

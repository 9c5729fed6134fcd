"""`build.exports`: build caches that go over the network, as the repository's own files tell."""

from __future__ import annotations

from dlint import sizes  # loads by need what is asked of it
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.facts.argument_exports import ArgumentExport
    from dlint.facts.exports import Collision, SplitExport
    from dlint.facts.narrower_exports import NarrowerExport
    from dlint.findings import Size
    from dlint.model import Stage
    from dlint.model.build import Build, Step
    from dlint.project.builds import Built
    from dlint.project.cache_entry import CacheEntry
    from dlint.project.delivery import Delivery
    from dlint.syntax import Arg, Instruction, Transfer

_MOST_LINES = 4  # that a message tells


class Exports(NamedTuple):
    """Build caches that go over the network, as the repository's own files tell."""

    build: Build

    @property
    def _are_known(self) -> bool:
        """Whether the repository has files that tell of builds."""
        return self.build.recipes is not None and bool(self.build.recipes.builds)

    @property
    def entries(self) -> tuple[CacheEntry, ...]:
        """The caches that the build exports."""
        from dlint.facts.exports import exported

        return self.build.fact(exported)

    @property
    def collisions(self) -> tuple[Collision, ...]:
        """The caches that another image's build writes as well."""
        if not self._are_known:
            return ()
        from dlint.facts.exports import collisions

        return self.build.fact(collisions)

    @property
    def differing(self) -> tuple[ArgumentExport, ...]:
        """The caches that builds of this image with other build arguments write as well."""
        if not self._are_known:
            return ()
        from dlint.facts.argument_exports import argument_exports

        return self.build.fact(argument_exports)

    @property
    def narrower(self) -> tuple[NarrowerExport, ...]:
        """The caches of this image that a build of it for fewer platforms writes as well."""
        if not self._are_known:
            return ()
        from dlint.facts.narrower_exports import narrower_exports

        return self.build.fact(narrower_exports)

    @property
    def split(self) -> tuple[SplitExport, ...]:
        """The caches that builds of the image for several platforms write one after the other."""
        if not self._are_known:
            return ()
        from dlint.facts.exports import split_exports

        return self.build.fact(split_exports)

    @property
    def always_first(self) -> tuple[Arg | Transfer, ...]:
        """What makes the first step of each stage run again in every build."""
        from dlint.facts.exports import always_first

        return self.build.fact(always_first)

    @property
    def uncached_builds(self) -> Sequence[Built]:
        """The builds that push the image for commits of a branch, where none has a cache that would
        keep a layer of it. None where somebody wants it so, or where no file of the context
        reaches a step: a build with a cache would never run again.
        """
        if not (self.build.cold_pushes or self.build.unwarmed_pushes):
            return ()  # most images: nothing is loaded for them
        from dlint.facts.exports import uncached_builds

        return self.build.fact(uncached_builds)

    @property
    def tag_builds(self) -> Sequence[Built]:
        """The builds that push the image for tags and releases alone, and export a cache that none
        of them reads.
        """
        if not self.build.cold_pushes:
            return ()  # most images: nothing is loaded for them
        from dlint.facts.exports import tag_builds

        return self.build.fact(tag_builds)

    @property
    def uncached_delivery(self) -> Delivery:
        """What is true of them all."""
        from dlint.project.delivery import Delivery

        return Delivery.of_all([each.delivery for each in self.uncached_builds])

    @property
    def may_be_renewed(self) -> bool:
        """Whether somebody may start them for newer packages, which a cache would keep out."""
        from dlint.facts.exports import may_be_renewed

        return may_be_renewed(self.build, self.uncached_builds)

    @property
    def reads_empty_folder(self) -> bool:
        """Whether what looks like a cache of theirs is a folder of a new machine."""
        from dlint.project.cache_entry import LOCAL

        return any(
            source.type == LOCAL for each in self.uncached_builds for source in each.caches.sources
        )

    @property
    def reads_unwritten_cache(self) -> bool:
        """Whether what looks like a cache of theirs is one that nothing exports."""
        return bool(self.uncached_delivery.hopes)

    @property
    def reads_own_image(self) -> bool:
        """Whether that is the image itself, which may hold the cache of its own layers."""
        from dlint.project.delivery import IMAGES

        return self.uncached_delivery.hopes == IMAGES

    @property
    def told_layers(self) -> str:
        """Which layers of the image a cache would keep from one commit to most others, by their
        lines: `layers of lines 7 and 20`.
        """
        from dlint.facts.exports import kept_layers
        from dlint.text.units import lines

        kept = [each.instruction.line for each in self.build.fact(kept_layers)]
        return f"layer{'s' * (len(kept) > 1)} of {lines(kept, _MOST_LINES)}"

    @property
    def kept_layers(self) -> Size:
        """What these layers are, bases aside."""
        from dlint.facts.exports import kept_layers

        return self._of_steps(self.build.fact(kept_layers))

    def _of_steps(self, steps: Sequence[Step]) -> Size:
        from dlint.findings import Size

        layers = (sizes.layers_bytes(self.build, each.stage, [each.instruction]) for each in steps)
        return Size.sum(layers)

    def adds_more_than_it_keeps(self, least: int) -> bool:
        """Tell whether an export of the image's own layers may add more to a cache of its own, with
        each commit, than it spares: files that another stage builds are among them, all are larger
        than what is kept, or nobody knows how large, and that is not `least` bytes.
        """
        from dlint.facts.exports import changed_layers

        changed = changed_layers(self.build)
        if self.keeps_copies or self.keeps_other_stages:
            return False
        if not any(_is_of_stage(self.build, each.instruction) for each in changed):
            return False
        added = self._of_steps(changed)
        return self.kept_layers.least < max(added.bytes, least * (added.whole is None))

    @property
    def keeps_copies(self) -> bool:
        """Whether a layer that a cache would keep is copied from another stage."""
        from dlint.facts.exports import keeps_copies

        return keeps_copies(self.build)

    @property
    def keeps_other_stages(self) -> bool:
        """Whether a cache would keep steps of stages that do not ship."""
        from dlint.facts.exports import keeps_other_stages

        return keeps_other_stages(self.build)

    @property
    def are_rarely_kept(self) -> bool:
        """Whether a push hardly finds a layer of the last one again: there is no cache, or
        workflows push for releases alone, by the clock, or by hand.
        """
        return self.build.is_released or bool(self.build.cold_pushes)

    def keeps_above(self, transfer: Transfer) -> bool:
        """Tell whether a cache keeps all that stands above a COPY or ADD for most commits: a step
        of its own there would stay, too.
        """
        if self.build.has_no_cache:
            return False
        from dlint.facts.exports import kept_steps

        kept = {each.instruction.index for each in self.build.fact(kept_steps)}
        stage = self.build.stage_of(transfer)
        chain = self.build.chain(stage) if stage else ()
        return all(
            each.instruction.index in kept
            for each in chain
            if each.instruction.index < transfer.index
        )

    @property
    def cached_bytes(self) -> int:
        """The least that a cache of all steps takes up (`mode=max`)."""
        return sum(self.layers_of(shipped=each).least for each in (True, False))

    def push_others(self, builds: Sequence[Built]) -> bool:
        """Tell whether a file that describes one of `builds` pushes other images as well, which
        would overwrite a cache of the same name.
        """
        from dlint.facts.exports import described

        paths = {each.path for each in builds}
        own = {each.key for each in builds}
        others = (*described(self.build, own=False), *described(self.build, own=True))
        return any(
            each.path in paths and each.delivery.pushes and each.key not in own for each in others
        )

    def others_share_scope(self, builds: Sequence[Built]) -> bool:
        """Tell whether a workflow that describes none of `builds` pushes another image for
        commits, with GitHub's cache under the name that it has where none is told, or with none.
        """
        from dlint.facts.exports import described
        from dlint.project.cache_entry import GHA, CacheEntry

        paths, default = {each.path for each in builds}, CacheEntry(GHA).place
        return any(
            each.path not in paths
            and each.path.startswith(".github/")
            and each.delivery.pushes
            and each.delivery.per_commit
            and (each.caches.is_none or default in {one.place for one in each.caches.exports})
            for each in described(self.build, own=False)
        )

    @property
    def have_more_beside(self) -> bool:
        """Whether a cache of all stages (`mode=max`) has, as far as is known, more of those that do
        not ship than of the image.
        """
        image = self.layers_of(shipped=True)
        return image.whole is not None and self.layers_of(shipped=False).bytes >= image.whole

    def to_be_kept(self, stage: Stage) -> str:
        """Advise what it takes, besides, for a cache to keep the steps of one stage; nothing where
        that would cost more than it spares.
        """
        pays = self.build.may_be_kept(stage) and not self.have_more_beside
        return ", and export the cache with `mode=max`" * pays

    def layers_of(self, *, shipped: bool) -> Size:
        """Return what the layers of the image take up (`shipped`), or those of the other stages
        that its build runs; bases aside.
        """
        from dlint.findings import Size
        from dlint.model.stages import reachable

        target = self.build.target
        if target is None:
            return Size()
        own = {stage.index for stage in target.ancestors()}
        wanted = own if shipped else reachable(self.build.stages, target) - own
        return Size.sum(self._layers(self.build.stages[index]) for index in sorted(wanted))

    def _layers(self, stage: Stage) -> Size:
        return sizes.layers_bytes(self.build, stage, stage.instructions)


def _is_of_stage(build: Build, instruction: Instruction) -> bool:
    """Tell whether an instruction copies what another stage has built."""
    from dlint.syntax import Transfer

    return isinstance(instruction, Transfer) and build.origin_of(instruction) is not None

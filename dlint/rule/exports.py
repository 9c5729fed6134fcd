"""`build.exports`: build caches that go over the network, as the repository's own files tell."""

from __future__ import annotations

from dlint import sizes  # loads by need what is asked of it
from dlint.syntax import Run, Transfer
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.facts.exports import Collision
    from dlint.findings import Size
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.project.builds import Built
    from dlint.project.cache_entry import CacheEntry
    from dlint.syntax import Arg


class Exports(NamedTuple):
    """Build caches that go over the network, as the repository's own files tell."""

    build: Build

    @property
    def entries(self) -> tuple[CacheEntry, ...]:
        """The caches that the build exports."""
        from dlint.facts.exports import exported

        return self.build.fact(exported)

    @property
    def collisions(self) -> tuple[Collision, ...]:
        """The caches that another image's build writes as well."""
        if self.build.recipes is None or not self.build.recipes.builds:
            return ()
        from dlint.facts.exports import collisions

        return self.build.fact(collisions)

    @property
    def always_first(self) -> tuple[Arg | Transfer, ...]:
        """What makes the first step of each stage run again in every build."""
        from dlint.facts.exports import always_first

        return self.build.fact(always_first)

    @property
    def uncached_builds(self) -> Sequence[Built]:
        """The builds that push the image for commits, where none has a cache that would keep the
        layer of a `RUN`. None where no file of the context reaches a step: a build with a cache
        would never run again.
        """
        pushes = [each for each in self.build.cold_pushes if each.delivery.per_commit]
        if not pushes:
            return ()
        from dlint.facts.exports import keeps_runs

        instructions = self.build.dockerfile.instructions
        mounts = (m for run in instructions if isinstance(run, Run) for m in run.mounts)
        sources = [mount.from_ for mount in mounts if mount.type == "bind"]
        sources += [each.from_ for each in instructions if isinstance(each, Transfer)]
        return () if all(sources) or not keeps_runs(self.build) else pushes

    def push_others(self, builds: Sequence[Built]) -> bool:
        """Tell whether a file that describes one of `builds` pushes other images as well, which
        would overwrite a cache of the same name.
        """
        from dlint.facts.exports import described

        paths = {each.path for each in builds}
        others = described(self.build, own=False)
        return any(each.path in paths and each.delivery.pushes for each in others)

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

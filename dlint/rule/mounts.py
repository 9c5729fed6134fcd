"""`build.mounts`: mounts of RUNs, and what is written to them instead of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dlint.facts.hidden_libraries import Hidden
    from dlint.facts.outputs import LostOutput
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.model.mounts import Mounted
    from dlint.shell import Install
    from dlint.syntax import Run


class Mounts(NamedTuple):
    """Mounts of RUNs, and what is written to them instead of a layer."""

    build: Build

    def of(self, run: Run, types: Collection[str] = ("cache",)) -> tuple[Mounted, ...]:
        """Return the mounts of some types in a RUN of a stage, but for those whose target is not
        known.
        """
        from dlint.model.mounts import mounts_of

        return mounts_of(self.build, run, types)

    def caches(self, run: Run) -> tuple[Mounted, ...]:
        """Return the cache mounts of a RUN, if any target's build runs its stage."""
        if "cache" not in run.value.text or self.build.live_stage(run) is None:
            return ()
        return self.of(run)

    def wait(self, mounted: Mounted) -> bool:
        """Tell whether each RUN with a cache locks one and the same other: a build holds a lock for
        the whole of its RUN, so builds wait for each other (tried on Docker 26.1.5).
        """
        from dlint.syntax import Run

        instructions = self.build.dockerfile.instructions
        every = [self.of(each) for each in instructions if isinstance(each, Run)]
        locked = [
            {each.cache for each in mounts if each.mount.sharing == "locked"}
            for mounts in every
            if any(each.cache == mounted.cache for each in mounts)
        ]
        return bool(locked and set[str].intersection(*locked))

    @property
    def last(self) -> bool:
        """Whether a cache mount may hold anything when the image is built to be pushed."""
        recipes = self.build.recipes
        return recipes is None or not recipes.finds_mounts_empty(self.build.path)

    def names_no_home(self, run: Run, mounted: Mounted) -> bool:
        """Tell whether a mount's target names a home in a way that the builder does not know."""
        from dlint.model.mounts import names_no_home

        return names_no_home(self.build, run, mounted)

    def is_in_home_of_root(self, run: Run, mounted: Mounted) -> bool:
        """Tell whether a mount is in the home of root, while somebody else runs a RUN."""
        from dlint.model.mounts import is_in_home_of_root

        return is_in_home_of_root(self.build, run, mounted)

    def may_be_anywhere(self, run: Run) -> bool:
        """Tell whether a cache mount's target is not known, so that it may be any manager's."""
        from dlint.model.mounts import may_be_anywhere

        return may_be_anywhere(self.build, run)

    def are_lasting(self, run: Run, manager: str) -> bool:
        """Tell whether a RUN's own mounts suggest that the builder keeps them.

        A mount that may be meant for this manager suggests nothing: `mount/wrong-target` decides
        about it, and nobody about one whose place only a variable of the base tells.
        """
        from dlint.shell.managers import is_system_manager

        targets = " ".join(mount.target or "" for mount in run.mounts if mount.type == "cache")
        is_meant = "cache" in targets or manager in targets or "$" in targets
        return targets != "" and not is_system_manager(manager) and not is_meant

    def keep_installed(self, run: Run, install: Install) -> bool:
        """Tell whether a cache mount of a RUN is where an install puts a project's packages: it
        finds those of the last time there and downloads none of them again.
        """
        from dlint.facts.dependencies import CLEARS, dependency_folders
        from dlint.text.paths import within

        if install.manager == "npm" and not CLEARS.isdisjoint(install.command.forms):
            return False
        step, targets = self.build.step_of(run), [each.target for each in self.of(run)]
        folders = dependency_folders(self.build, step, install) if step and targets else ()
        return bool(folders) and all(any(within(f, each) for each in targets) for f in folders)

    def hidden_libraries(self, run: Run) -> Hidden | None:
        """Return an install of a RUN whose libraries the cache mount of a later RUN hides."""
        from dlint.facts.hidden_libraries import hidden_libraries

        return hidden_libraries(self.build, run)

    def is_stored(self, run: Run, path: str) -> bool:
        """Tell whether what a RUN writes to `path` gets into its layer, and into no mount."""
        from dlint.model.mounts import is_stored

        return is_stored(self.build, run, path)

    def lost_outputs(self, stage: Stage) -> Sequence[LostOutput]:
        """Return the places in a stage's chain where what RUNs wrote is in no layer: its mounts."""
        from dlint.facts.outputs import lost_outputs

        return lost_outputs(self.build, stage)

    def lost_at(self, stage: Stage, path: str) -> LostOutput | None:
        """Return the mount that alone held `path` (absolute) in a stage's chain."""
        from dlint.facts.outputs import lost_at

        return lost_at(self.build, stage, path)

    def is_made_elsewhere(self, stage: Stage, path: str, target: str, before: Run) -> bool:
        """Tell whether a step above `before` may have made `path` without the mount at `target`."""
        from dlint.facts.outputs import is_made_elsewhere

        return is_made_elsewhere(self.build, stage, path, target, before)

"""`build.sizes`: what is stored and pushed, in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import sizes  # loads by need what is asked of it
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from dlint.bytes.selection import Selection
    from dlint.facts.deletions import Deletion, Uninstalled
    from dlint.facts.stored import Stored
    from dlint.findings import Cost, Severity, Size
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.shell import CacheLeft, Install, Rewrite
    from dlint.sizes.apt_installs import Left
    from dlint.syntax import Instruction, Run, Transfer


class Sizes(NamedTuple):
    """What is stored and pushed, in bytes."""

    build: Build

    def severity(
        self, cost: Cost | None, anyway: Size | None = None, *, is_cold: bool = False
    ) -> Severity | None:
        """Return INFO for a finding about what is pushed again for nothing, where that is not known
        to be much: its size is unknown or small, or not known to be more than what is pushed
        `anyway`; or what pushes the image has no build cache, so that no order keeps anything.
        """
        from dlint.findings import MIN_BYTES, Severity

        pushed = cost.push_bytes or 0 if cost else 0
        if is_cold or self.build.if_cached or pushed < MIN_BYTES:
            return Severity.INFO
        is_less = anyway is not None and (anyway.at_least or anyway.bytes > pushed)
        return Severity.INFO if is_less else None

    def packed(
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

        selection = self.build.taken(transfer)
        return None if selection is None else packed_folders(selection, folders)

    def history(self, transfer: Transfer, folders: tuple[str, ...]) -> Size:
        """Return what `.git` folders of the context come to in a COPY or ADD; modelled, by a
        sample.
        """
        from dlint.facts.git_folders import history_bytes

        return history_bytes(self.build, transfer, folders)

    def copied(self, transfer: Transfer) -> int | None:
        """Return what the files of a COPY from the context come to, where the context holds them
        all; modelled, by a sample.
        """
        selection = self.build.selection(transfer)
        return self.packed(selection) if selection and not selection.failures else None

    def layer(self, stage: Stage, instruction: Instruction) -> Size:
        """Return what the layer of an instruction takes up, the figure that `dlint layers` and
        `dlint push` give.
        """
        return sizes.layer_bytes(self.build, stage, instruction)

    def layers(self, stage: Stage, instructions: Iterable[Instruction]) -> Size:
        """Return what several layers of `stage` take up together."""
        return sizes.layers_bytes(self.build, stage, instructions)

    def pushed_again(self, runs: Iterable[Run]) -> Size:
        """Return what the next push uploads once RUNs have run again: the layers of those in stages
        that ship.
        """
        return sizes.pushed_again(self.build, runs)

    def rest(self, stage: Stage, instruction: Instruction) -> Size:
        """Return what the layer of an instruction and all later ones of the image take up
        together: what a push uploads that misses the cache there and not before.
        """
        return sizes.rest_bytes(self.build, stage, instruction)

    def again(self, stage: Stage, run: Run, changed: Sequence[tuple[Rewrite, Stored]]) -> Size:
        """Return what commands of `run` store a second time, of their operands `changed`, each with
        something that it changes; where the RUN does nothing else, that is its layer.
        """
        from dlint.facts.metadata import BUILT_BEFORE, is_made_before
        from dlint.findings import Size

        size = sizes.again_bytes(self.build, stage, run, [rewrite for rewrite, _ in changed])
        if not is_made_before(self.build, stage, run, changed):
            return size
        return size.plus(Size.unknown(BUILT_BEFORE))

    def cost_again(self, size: Size, large: int) -> Cost | None:
        """Return the cost of such a size; None for less than `large` bytes beside something that is
        built before the image: most of it is not known.
        """
        from dlint.facts.metadata import BUILT_BEFORE
        from dlint.findings import Cost

        is_part = BUILT_BEFORE in size.missing and size.least < large
        return None if is_part else Cost.stored(size)

    def deleted(self) -> Callable[[Deletion, Stored], Size]:
        """Return what tells the bytes that deletions of one RUN take, asked for in their order: no
        thing counts twice.
        """
        from dlint.sizes.deleted import DeletedSizes

        return DeletedSizes(self.build).of

    def stored(self, stored: Stored, path: str) -> Size:
        """Return what an install has put somewhere, or a COPY has taken from another stage; of the
        context's files, what stands at or below `path`.
        """
        from dlint.findings import Size

        if stored.how in {"install", "stage"}:
            return sizes.stored_bytes(self.build, stored)
        return Size.modelled(stored.bytes_of(stored.files_under(path)))

    def installed(self, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
        """Return what `installs`, commands of `run`, add to its layer."""
        return sizes.installed_bytes(self.build, stage, run, installs)

    def freed(self, stage: Stage, run: Run, part: Install) -> Size:
        """Return what falls away of a layer without packages of one of its installs."""
        if part.manager == "apt":
            from dlint.sizes.apt_installs import freed_bytes

            return freed_bytes(self.build, stage, run, part)
        return self.installed(stage, run, [part])

    def left_behind(self, stage: Stage, run: Run) -> Left:
        """Return what a RUN leaves there of what came with packages that it removes by apt."""
        from dlint.sizes.apt_installs import left_behind

        return left_behind(self.build, stage, run)

    def development(self, installs: Sequence[Install]) -> Size:
        """Return what packages add that npm's lock file names for development alone."""
        return sizes.development_bytes(self.build, installs)

    def uninstalled(self, stage: Stage, gone: Uninstalled) -> Size:
        """Return what an earlier RUN has added that a later one uninstalls."""
        if gone.for_development:
            return self.development([gone.install])
        if gone.install.manager == "apt":
            from dlint.sizes.apt_installs import purged_bytes

            return purged_bytes(self.build, stage, gone.run, gone.install)
        return self.installed(stage, gone.run, [gone.install])

    def cache(self, stage: Stage, run: Run, cache: CacheLeft) -> Size:
        """Return what the cache that a RUN leaves adds to its layer: not known where the base may
        turn it off, unless it is small in any case.
        """
        from dlint.facts.base_settings import may_be_off_in_base
        from dlint.findings import MIN_BYTES, Size

        size = sizes.cache_bytes(self.build, stage, run, cache)
        if size.bytes < MIN_BYTES or not may_be_off_in_base(self.build, run, cache):
            return size
        return Size.unknown("whether the base turns the cache off")

    def recommended(
        self, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install] = ()
    ) -> Size:
        """Return what apt's packages of these names recommend, less what is there: from above, or
        from the installs `besides` of the same RUN.
        """
        return sizes.recommended_bytes(self.build, stage, run, names, besides)

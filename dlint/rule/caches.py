"""`build.caches`: caches and package indexes that RUNs fill, use and empty."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.findings import Fix, Size
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.model.mounts import Mounted
    from dlint.shell import CacheLeft, Command, Effects, Install, Refresh
    from dlint.shell.managers.manager import Manager
    from dlint.syntax import Copy, Run
    from dlint.text.source import Edit


class Caches(NamedTuple):
    """Caches and package indexes that RUNs fill, use and empty."""

    build: Build

    def emptied(self, stage: Stage, run: Run) -> Iterable[tuple[Command, Run, CacheLeft]]:
        """Return the caches that RUNs above have filled and `run` is the first that surely empties,
        with the command that does.
        """
        from dlint.facts.deletions import emptied_caches

        return emptied_caches(self.build, stage, run)

    def emptied_by(self, left: CacheLeft, later: Effects) -> Command | None:
        """Return the command of another RUN that empties a cache which this one left, if any."""
        from dlint.shell.judge import emptied

        return emptied(left, later)

    def carrier(self, stage: Stage, run: Run, cache: CacheLeft) -> Copy | None:
        """Return the COPY that takes a cache out of a stage so that it gets into a pushed image;
        None where a later RUN of the stage wastes the same folder.
        """
        from dlint.facts.caches import carrier_of_cache

        return carrier_of_cache(self.build, stage, run, cache)

    def archives_cleaned(self, stage: Stage, run: Run) -> tuple[Command, Run] | None:
        """Return the command of a RUN that only cleans which removes apt's archives, and the first
        RUN above that has left some.
        """
        from dlint.facts.caches import archives_cleaned

        return archives_cleaned(self.build, stage, run)

    def told_by(self, run: Run, cache: CacheLeft) -> Command:
        """Return the command of `run` that says most of what is left in a cache."""
        from dlint.facts.cache_fillings import told_by

        return told_by(self.build, run, cache)

    def may_be_small(self, run: Run, cache: CacheLeft, size: Size, enough: int) -> bool:
        """Tell whether a cache is smaller than is `enough`, or may be: earlier installs have put
        there all that those of `run` would fetch, but for what builds a project, or nothing of its
        size is known, and it holds links to what is installed, or no more than what a few packages
        bring that the commands name.
        """
        if size.whole and size.whole < enough:
            return True
        if cache.managed_by.is_system:
            return False
        from dlint.installs.found_there import gets_little, names_what_it_takes
        from dlint.sizes.installs import links_to_installed

        if size.worth_telling().bytes > 0:
            return gets_little(self.build, run, cache)
        few = (links_to_installed, names_what_it_takes, gets_little)
        return any(may_be(self.build, run, cache) for may_be in few)

    def _gets_nothing(self, run: Run, cache: CacheLeft) -> bool:
        from dlint.installs.found_there import gets_nothing, may_get_nothing
        from dlint.sizes.installs import holds_links_alone

        kinds = (gets_nothing, holds_links_alone, may_get_nothing)
        return any(gets(self.build, run, cache) for gets in kinds)

    def wasted(self, run: Run) -> Iterator[CacheLeft]:
        """Yield the caches that a RUN surely leaves something in, that nothing later uses and that
        no script of the context empties; a folder that no command empties once, whoever fills it.
        """
        from dlint.facts.caches import each_folder_once, wasted_caches
        from dlint.facts.make_caches import left_by_make
        from dlint.facts.script_lists import left_by_script

        found = (
            each
            for each in wasted_caches(self.build, run)
            if each.managed_by.is_system or not self._gets_nothing(run, each)
        )
        yield from each_folder_once(self.build, run, found)
        yield from left_by_script(self.build, run)
        yield from left_by_make(self.build, run)

    def may_be_off_in_base(self, run: Run, cache: CacheLeft) -> bool:
        """Tell whether the base image, which brings the manager and is not known, may keep a cache
        away.
        """
        from dlint.facts.base_settings import may_be_off_in_base

        return may_be_off_in_base(self.build, run, cache)

    def place_of(self, run: Run, cache: CacheLeft) -> str:
        """Say where a cache is that `run` fills, as far as that is known: `in /root/.npm`."""
        from dlint.facts.cache_places import place_of

        return place_of(self.build, run, cache)

    def who_fills(self, command: Command) -> str:
        """Name what fills a cache: a command, or the script that it fetches."""
        from dlint.facts.cache_places import who_fills

        return who_fills(command)

    def described(self, run: Run, cache: CacheLeft) -> tuple[str, bool]:
        """Say what `run` does to a cache that it leaves, what that is, where as far as that is
        known, and what that leads to; and tell whether an earlier RUN has left it, too.
        """
        from dlint.facts.cache_places import described
        from dlint.facts.renewed_lists import renewed

        again = renewed(self.build, run, cache)
        return again or described(self.build, run, cache), bool(again)

    def deletion_of_index(self, run: Run, index: CacheLeft) -> Edit | None:
        """Return an edit by which a RUN deletes an index that another one fetched, behind its last
        install from that; None where something else may install from it, or no place is safe.
        """
        from dlint.fixes.caches import delete_index

        return delete_index(self.build, run, index)

    def keep_none(self, run: Run, cache: CacheLeft) -> Fix | None:
        """Return a fix after which `run` leaves nothing in a cache, nor do RUNs below that would
        store its index instead; None where one of these has no place for it, where quotes alone
        keep `run` from emptying it, and where the adding of a source has left it first.
        """
        from dlint.facts.index_users import lines_of, stored_instead, storing_instead
        from dlint.facts.own_upgrades import own_upgrades
        from dlint.facts.quoted import quoted_cleanup
        from dlint.facts.renewed_lists import left_with_source
        from dlint.fixes.caches import keep_none

        if quoted_cleanup(self.build, run, cache) or left_with_source(self.build, run, cache):
            return None
        fetching = self._fetching_below(run, cache)
        upgrades = own_upgrades(self.build, run, cache)
        others = storing_instead(self.build, run, cache, fetching)
        found = keep_none(self.build, run, cache, [*others, *upgrades])
        if found is None:
            return None
        fix, how = found
        more = stored_instead(self.build, run, cache, fetching, how)
        more += f", and in {lines_of(upgrades)}" * bool(upgrades)
        return fix._replace(title=fix.title + more)

    def _fetching_below(self, run: Run, cache: CacheLeft) -> Sequence[Run]:
        """Return the RUNs below that store apt's lists as well, themselves or by scripts."""
        if cache.manager != "apt" or cache.kind != "index":
            return ()
        from dlint.facts.renewed_lists import renewing_below
        from dlint.facts.script_lists import fetching_below

        found = (*renewing_below(self.build, run), *fetching_below(self.build, run))
        return sorted(dict.fromkeys(found), key=attrgetter("index"))

    def undeclared_option(self, run: Run, command: Command) -> str:
        """Say which ARG before the first FROM would keep a command from filling its cache if its
        stage declared it; "" where none would.
        """
        from dlint.facts.hidden_arguments import undeclared_option

        return undeclared_option(self.build, run, command)

    def way_out(self, run: Run, cache: CacheLeft, command: Command) -> str:
        """Say how a RUN leaves nothing of a cache that a command of it fills."""
        from dlint.facts.caches import way_out
        from dlint.facts.renewed_lists import left_with_source

        how = way_out(self.build, run, cache, command, self._fetching_below(run, cache))
        first = left_with_source(self.build, run, cache)
        return f"{how}, and in line {first.line}" if first else how

    def index_left_above(self, run: Run, manager: Manager) -> tuple[Run, CacheLeft] | None:
        """Return the RUN above, and what it left, that fetched the index from which `run` installs
        as the first.
        """
        from dlint.facts.index_users import index_left_above

        return index_left_above(self.build, run, manager)

    def deleting_lists(self, run: Run, user: Run) -> str:
        """Say that `user`, which is to be one RUN with `run`, deletes the index that this fetches,
        and what has to be done where other RUNs install from it, too, or would store it instead.
        """
        from dlint.facts.index_users import deleting_lists, installs_from, lines_of
        from dlint.shell import CacheLeft

        how = deleting_lists(self.build, run, user)
        for left in self.build.effects(run).of(CacheLeft):
            others = [each for each in self._fetching_below(run, left) if each is not user]
            if others:
                how += f"; delete the lists of {lines_of(others)}, too"
                if installs := installs_from(self.build, others, left.managed_by):
                    how += f", and fetch them again before {installs}"
        return how

    def stored_with(self, run: Run) -> str:
        """Say which RUNs above store lists, too, that no finding of their own tells of."""
        from dlint.facts.index_users import lines_of
        from dlint.facts.renewed_lists import stored_above

        others = [
            each
            for each in stored_above(self.build, run)
            if not self.is_told_as_split(each) and not self._is_told(each)
        ]
        stores = "stores" if len(others) == 1 else "store"
        return f", with {lines_of(others)}, which {stores} lists as well" if others else ""

    def split_refresh(self, run: Run) -> tuple[Refresh, Run] | None:
        """Return the first command of a RUN that fetches an index which later RUNs alone install
        from, and the first of these; None where there is none, or nobody builds the stage.
        """
        from dlint.facts.indexes import split_refresh

        return split_refresh(self.build, run)

    def install_without_lists(self, run: Run) -> tuple[Install, Run] | None:
        """Return an install of a RUN for which apt has no package lists, and the RUN above that
        deleted them.
        """
        from dlint.facts.indexes import install_without_lists

        return install_without_lists(self.build, run)

    def is_told_as_split(self, run: Run) -> bool:
        """Tell whether `run` fetches an index for later RUNs alone: that finding has the
        bytes, and what stays in its layer, or is deleted too late, costs nothing beside it.
        """
        from dlint.facts.indexes import is_told_as_split

        return is_told_as_split(self.build, run)

    def is_told_elsewhere(self, stage: Stage, run: Run, cache: CacheLeft) -> bool:
        """Tell whether another finding says what `run` leaves: that of an index which two RUNs
        share, or which a RUN above left first, of what pip leaves beside more of its own, of a
        mount which misses the cache, of a toolchain
        that no image needs, or of the RUN that empties it too late (which is early enough for a
        COPY --from).
        """
        from dlint.facts.caches import is_emptied_below, missed_by_mounts
        from dlint.facts.index_users import is_index_at_hand
        from dlint.facts.own_upgrades import is_told_below
        from dlint.installs.toolchains import brings_unneeded_toolchain

        build = self.build
        if cache.kind == "index" and self.is_told_as_split(run):
            return True
        if is_index_at_hand(build, run, cache) or is_emptied_below(build, run, cache):
            return True
        if is_told_below(build, run, cache):
            return True
        if missed_by_mounts(build, run, cache.manager) or self._is_told_with_first(run, cache):
            return True
        return build.shipped(stage) and brings_unneeded_toolchain(build, stage, cache.manager)

    def _is_told_with_first(self, run: Run, cache: CacheLeft) -> bool:
        """Tell whether the finding of the RUN that left the lists first is there, which names those
        that leave them anew.
        """
        from dlint.facts.renewed_lists import first_to_leave

        first = first_to_leave(self.build, run, cache)
        # many RUNs may do so
        return first is not None and self.build.keep(
            (Caches._is_told_with_first, first.index), lambda: self._is_told(first)
        )

    def _is_told(self, run: Run) -> bool:
        """Tell whether lists that a RUN leaves are reported there."""
        stage = self.build.stage_of(run)
        if stage is None or not self.build.is_pushed(stage):
            return False
        lists = (each for each in self.wasted(run) if each.kind == "index")
        return any(not self.is_told_elsewhere(stage, run, each) for each in lists)

    def missed(self, run: Run, mounted: Mounted) -> CacheLeft | None:
        """Return the cache that a mount is for, where it went into the layer and the mount took
        nothing.
        """
        from dlint.facts.caches import missed

        return missed(self.build, run, mounted)

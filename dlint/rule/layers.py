"""`build.layers`: what layers keep though later RUNs delete it, or store once more."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dlint.text.units import lines, listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dlint.facts.deletions import Deletion, Uninstalled
    from dlint.facts.found_deletions import FoundDeletion
    from dlint.facts.stored import Stored
    from dlint.facts.ways_out import WayOut
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.shell import CacheLeft, Command, Delete, Remove, Rewrite
    from dlint.syntax import Instruction, Run, Transfer

MOST_LINES = 3  # that a message names
MOST_COMMANDS = 2  # that a message names
MOST_NAMED = 3  # things that it says stay


class Layers(NamedTuple):
    """What layers keep though later RUNs delete it, or store once more."""

    build: Build

    def deletions(self, run: Run) -> list[Deletion]:
        """Return what the commands of a RUN delete, comparable with what steps store."""
        from dlint.facts.deletions import deletions

        return deletions(self.build, self.build.effects(run))

    def free_nothing(self, commands: Iterable[Command]) -> str:
        """Say that some commands free no space."""
        first, *others = dict.fromkeys(each.quoted for each in commands)
        if not others:
            return f"{first} frees no space:"
        more = others[0] if len(others) == 1 else f"{len(others)} more commands"
        return f"{first} and {more} free no space:"

    def where_left(self, places: Mapping[str, Iterable[int]], *, several: bool) -> str:
        """Say in the layers of which lines each of some things stays; `several`: the first of them
        are more than one.
        """
        alike: dict[tuple[str, ...], list[str]] = {}
        for what, numbers in islice(places.items(), MOST_NAMED):
            is_list = " and " in what  # of packages: no sentence can go on with it
            alike.setdefault((*map(str, numbers), what * is_list), []).append(what)
        named: list[str] = []
        for things in alike.values():
            numbers = places[things[0]]
            stay = " stay" if several or len(things) > 1 else " stays"
            named.append(f"{listed(things)}{stay * (not named)} in {_of_lines(numbers)}")
        if len(places) > MOST_NAMED:
            named.append(f"and {len(places) - MOST_NAMED} more")
        return ", ".join(named)

    def still_stored(self, stage: Stage, run: Run) -> list[Stored]:
        """Return what of weight was stored above `run`, less what RUNs above it delete again."""
        from dlint.facts.deletions import still_stored

        return still_stored(self.build, stage, run)

    def left_near(self, stage: Stage, run: Run, rewrite: Rewrite, path: str) -> Iterator[Stored]:
        """Yield what was stored above `run` at, below or above a path that it rewrites, less what
        RUNs between delete or move away, and a file at the path that a later COPY brings again; a
        file that one of them puts anew as that has stored it. Nothing where `run` then deletes the
        folder that it takes something out of.
        """
        from dlint.facts.deletions import brings, left_of
        from dlint.facts.metadata import as_last_stored, is_cleared_after
        from dlint.facts.stored import storage

        if is_cleared_after(self.build, run, rewrite, path):
            return
        near = self.build.fact(storage).nearest(stage, run, path)
        for at, stored in enumerate(near, 1):
            is_file = stored.arrival is not None and path in stored.arrival.files
            if is_file and any(brings(self.build, later, path) for later in near[at:]):
                continue
            left = left_of(self.build, stage, run, stored)
            if left is not None:
                yield as_last_stored(self.build, stage, run, left)

    def found_deletions(self, stage: Stage, run: Run) -> Iterator[FoundDeletion]:
        """Yield the searches of a RUN, which does nothing but delete, that take a part of what
        steps above it have stored.
        """
        from dlint.facts.found_deletions import found_deletions

        return found_deletions(self.build, stage, run)

    def taken(self, run: Run, deletion: Deletion, above: Iterable[Stored]) -> list[Stored]:
        """Return what a deletion of `run` takes of what was stored above: nothing of what `run` has
        made itself, nor of what the stage that a COPY is from has deleted.
        """
        from dlint.facts.deletions import is_gone_at_source, is_of_own

        found = (each for each in above if deletion.takes(each))
        taken = [each for each in found if not is_gone_at_source(self.build, deletion, each)]
        return [each for each in taken if not is_of_own(self.build, run, deletion, each)]

    def is_there(self, deletion: Deletion, stored: Stored) -> bool:
        """Tell whether what a deletion takes is there, as far as is known: what a folder of another
        image holds, nobody sees.
        """
        from dlint.facts.modes import is_of_image

        stage_unseen = is_of_image(self.build, stored.instruction)
        return not stage_unseen or deletion.takes_all_of(stored)

    def uninstalled(self, stage: Stage, run: Run) -> Iterator[Uninstalled]:
        """Yield what `run` uninstalls of what RUNs above have installed, and not the base has."""
        from dlint.facts.deletions import uninstalled
        from dlint.sizes.apt_installs import likely_base_packages

        for gone in uninstalled(self.build, stage, run):
            is_of_apt = gone.remove.manager == "apt"
            held = likely_base_packages(self.build, stage) if is_of_apt else frozenset[str]()
            left = gone.without(held)
            if left is not None:
                yield left

    def changes(self, run: Run, rewrite: Rewrite, path: str, stored: Stored) -> bool:
        """Tell whether a command of a RUN that changes `path` changes something of weight of what
        was stored, for sure.
        """
        from dlint.facts.metadata import changes

        if stored.only_keeps_folder(path) or self._may_keep(run, rewrite, stored):
            return False
        return changes(self.build, rewrite, path, stored)

    def changed_part(self, rewrite: Rewrite, stored: Stored) -> Stored:
        """Return what was stored, less the files of the context that have the mode which a command
        sets, where the builder leaves those out.
        """
        from dlint.facts.metadata import changed_part

        return changed_part(self.build, rewrite, stored)

    def outermost(self, changed: Iterable[tuple[Rewrite, Stored]]) -> list[tuple[Rewrite, Stored]]:
        """Return those of some changes that are not inside what another command changes as a whole
        of the same step's files, which stores them once.
        """
        from dlint.facts.metadata import outermost

        return outermost(changed)

    def stored_again(self, run: Run, changed: Sequence[tuple[Rewrite, Stored]]) -> str:
        """Say which commands of a RUN store which files again: `changed` are those by their
        operands, each with something that it changes, the heaviest first.
        """
        from dlint.facts.stored import whose_files

        rewrites, found = zip(*changed, strict=True)
        known = {each.instruction.index for each in found}
        stored = (*found, *self._also_changed(run, rewrites, known))
        called = {id(each.command): each.command for each in rewrites}
        named = [*called.values()][:MOST_COMMANDS]
        others = [*called.values()][MOST_COMMANDS:]
        in_order = sorted(named, key=lambda each: each.span.start)
        commands = dict.fromkeys(each.quoted for each in (*in_order, *others))
        store = "store" if len(commands) > 1 else "stores"
        partly = any(self.changed_part(*each) is not each[1] for each in changed)
        files = whose_files(stored, self._built_in(run, rewrites), partly=partly)
        return f"{listed(commands, MOST_COMMANDS)} {store} {files}"

    def _built_in(self, run: Run, rewrites: Iterable[Rewrite]) -> set[int]:
        """Return the lines of the RUNs above that build in a folder of which commands of `run`
        change all that is below it.
        """
        from dlint.installs.built_there import built_there

        stage = self.build.stage_of(run)
        folders = {each.place.path for each in rewrites if each.recursive and each.how != "mv"}
        return {
            each.line
            for folder in filter(None, folders)
            for each in (built_there(self.build, stage, run, folder) if stage else ())
        }

    def _also_changed(
        self, run: Run, rewrites: Iterable[Rewrite], known: Collection[int]
    ) -> Iterator[Stored]:
        """Yield what other steps above than the `known` ones have stored and commands of a RUN
        change that change all below a path, however small it is.
        """
        from dlint.facts.deletions import left_of
        from dlint.facts.metadata import as_last_stored, reaches
        from dlint.facts.stored import storage

        stage = self.build.stage_of(run)
        # of an operand there are as many as steps whose files it changes
        for rewrite in {(id(each.command), each.place): each for each in rewrites}.values():
            path = rewrite.place.rooted if rewrite.recursive else None
            if stage is None or path is None:
                continue
            near = self.build.fact(storage).nearest(stage, run, path)
            last = (as_last_stored(self.build, stage, run, each) for each in near)
            for each in (one for one in last if one.instruction.index not in known):
                if reaches(path, each) and not self._may_keep(run, rewrite, each):
                    yield from filter(None, [left_of(self.build, stage, run, each)])

    def _may_keep(self, run: Run, rewrite: Rewrite, stored: Stored) -> bool:
        """Tell whether what was stored has, or may have, what a command of a RUN sets."""
        from dlint.facts.metadata import has_already
        from dlint.facts.modes import may_keep_modes

        is_set = has_already(self.build, run, rewrite, stored)
        return is_set or may_keep_modes(self.build, rewrite, stored)

    def sure_rewrites(self, run: Run) -> Iterator[tuple[Rewrite, str]]:
        """Yield the commands of a RUN that are sure to change all files at a path (absolute), made
        by layers above.
        """
        from dlint.facts.metadata import sure_rewrites

        return sure_rewrites(self.build, run)

    def named(
        self, stage: Stage, run: Run, deletion: Deletion, stored: Sequence[Stored]
    ) -> dict[int, WayOut]:
        """Return which of the things that a command of `run` deletes are named, by their places
        among `stored`, each with its way out.
        """
        from dlint.facts.ways_out import named

        return named(self.build, stage, run, deletion, stored)

    def way_out_of_found(self, stage: Stage, run: Run, found: FoundDeletion) -> WayOut:
        """Say how what a search of `run` deletes need not be stored."""
        from dlint.facts.ways_out import way_out_of_found

        return way_out_of_found(self.build, stage, run, found)

    def way_out_of_packages(self, run: Run, manager: str) -> WayOut:
        """Say how packages need not be stored that a manager removes in `run`."""
        from dlint.facts.ways_out import way_out_of_packages
        from dlint.sizes.apt_removals import removed

        leaves_needs = manager == "apt" and not removed(self.build, run).with_needs
        return way_out_of_packages(leaves_needs=leaves_needs)

    def way_out_of_changes(self, run: Run, changed: Sequence[tuple[Rewrite, Stored]]) -> str:
        """Say how what was stored need not be stored again by commands of `run`: `changed` are
        those by their operands, each with something that it changes, the heaviest first.
        """
        from dlint.facts.ways_out import way_out_of_changes

        return way_out_of_changes(self.build, run, changed)

    def is_not_released(self, instruction: Instruction, paths: Sequence[str]) -> bool:
        """Tell whether the file's last image takes all of one that stands on an instruction, where
        one of `paths` is deleted by then.
        """
        from dlint.facts.released import is_not_released

        return is_not_released(self.build, instruction, paths)

    def frees_elsewhere(self, stage: Stage, run: Run) -> bool:
        """Tell whether a pushed image takes a folder out of `stage` in which `run` deletes
        something.
        """
        from dlint.facts.released import frees_elsewhere

        return frees_elsewhere(self.build, stage, run)

    def way_out_of_cache(
        self, left: CacheLeft, emptied: Iterable[tuple[Command, Run, CacheLeft]]
    ) -> WayOut:
        """Say how a cache need not be stored that one RUN has `emptied`, by all that have filled
        it.
        """
        from dlint.facts.ways_out import way_out_of_cache

        kind = left.manager, left.kind
        alike = (run for _, run, each in emptied if (each.manager, each.kind) == kind)
        return way_out_of_cache(self.build, tuple(alike), left)

    def told(self, ways: Sequence[tuple[str, tuple[str, str | None]]]) -> str:
        """Say what to do about some things, each with its name and its way out."""
        from dlint.facts.ways_out import told

        return told(ways)

    def in_vain(self, run: Run) -> tuple[Delete | Remove, str, str] | None:
        """Return a deletion of a RUN that frees no space, where that is seen without what stands
        above it; why, and what to do.
        """
        from dlint.facts.deletions import in_vain

        return in_vain(self.build, run)

    def brought_by_others(
        self, stage: Stage, run: Run, rewrite: Rewrite, path: str
    ) -> Stored | None:
        """Return the folder at or below `path`, all of which a command of `run` changes, that the
        base image, or the package or installer of a RUN above `run`, has brought with its files.
        """
        from dlint.facts.metadata import brought_by_others

        found = brought_by_others(self.build, stage, run, path) if rewrite.recursive else None
        return None if found is None or self._may_keep(run, rewrite, found) else found

    def is_alone(self, transfer: Transfer) -> bool:
        """Tell whether the layer of a COPY holds all that it brings, whatever stands there: that of
        one with `--link` does, where the builder links.
        """
        from dlint.model.profiles import PROFILES

        return PROFILES[self.build.options.builder].linked(transfer)

    @property
    def stores_again(self) -> bool:
        """Whether the builder stores a file a second time about which nothing changes."""
        from dlint.model.profiles import PROFILES

        return PROFILES[self.build.options.builder].stores_again


def _of_lines(numbers: Iterable[int]) -> str:
    """Name the layers of some lines, or of the first and how many more there are."""
    named = sorted(numbers)
    return f"the layer{'s' * (len(named) > 1)} of {lines(named, MOST_LINES)}"

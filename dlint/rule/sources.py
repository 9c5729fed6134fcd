"""`build.sources`: what comes, or may come, out of the build context."""

from __future__ import annotations

import posixpath

from dlint.context.ignore import NAME
from dlint.text.paths import within
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlint.bytes.selection import Selection
    from dlint.facts.git_use import GitUse
    from dlint.facts.modes import Writable
    from dlint.facts.taken_in import TakenIn
    from dlint.installs.leftovers import Leftover
    from dlint.installs.unread_ignores import UnreadIgnore
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.reads.missing import Missing
    from dlint.reads.unread import Unread
    from dlint.syntax import Copy, Transfer


class Sources(NamedTuple):
    """What comes, or may come, out of the build context."""

    build: Build

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """What tools have left in the build context: dependencies, caches, build output."""
        from dlint.installs.leftovers import leftovers

        return self.build.fact(leftovers)

    @property
    def expected_leftovers(self) -> tuple[Leftover, ...]:
        """What a local build will leave in the build context, where nothing keeps it out."""
        from dlint.installs.leftovers import expected_leftovers

        return self.build.fact(expected_leftovers)

    def left_to_take(self, transfer: Transfer) -> Sequence[Leftover]:
        """Return what a local build will leave in a folder of the context that one COPY or ADD
        takes, where nothing keeps it out, nor one before it takes it.
        """
        if not self._takes_folder(transfer):
            return ()
        from dlint.installs.leftovers import taken_along

        return self.build.fact(taken_along).get(transfer.index, ())

    @property
    def holds_dockerfile(self) -> bool:
        """Whether the Dockerfile stands in its own build context."""
        path, entries = f"/{self.build.path}", self.build.context.entries
        name = path.rpartition("/")[2]
        return any(path.endswith(f"/{each}") for each in entries if each.endswith(name))

    @property
    def unguarded_copy(self) -> Transfer | None:
        """The first COPY or ADD of a whole context that should have an ignore file."""
        from dlint.installs.leftovers import unguarded_copy

        return self.build.fact(unguarded_copy)

    @property
    def is_ignore_file_brought(self) -> bool:
        """Whether a recipe puts an ignore file into the context, which has none, before the
        build.
        """
        from dlint.facts.ignoring import is_ignore_file_brought

        return self.build.fact(is_ignore_file_brought)

    def bring_files_to(self, stage: Stage, folder: str) -> bool:
        """Tell whether something of the build context arrives below a folder of a stage."""
        from dlint.reads.arrivals import arrivals

        return any(
            within(place, folder)
            for arrival in self.build.fact(arrivals).of_stage(stage)
            for place in arrival.files
        )

    def shipped_selection(self, transfer: Transfer) -> Selection | None:
        """Return what a COPY or ADD brings from the build context into an image that is pushed;
        None where it takes from elsewhere, or where the context does not hold all of it.
        """
        from dlint.reads.arrivals import arrivals

        stage = None if transfer.from_ else self.build.stage_of(transfer)
        if (
            stage is None
            or not self.build.may_be_pushed(stage)
            or self.build.fact(arrivals).doubtful
        ):
            return None
        selection = self.build.selection(transfer)
        return selection if selection is not None and not selection.failures else None

    def is_deleted_below(self, transfer: Transfer) -> bool:
        """Tell whether a RUN of its stage surely deletes all that a COPY or ADD brings."""
        from dlint.facts.deletions import is_deleted_below
        from dlint.reads.arrivals import arrivals
        from dlint.shell.effects import Place

        stage = self.build.stage_of(transfer)
        found = self.build.fact(arrivals).of_stage(stage) if stage else ()
        places = (each.destination for each in found if each.instruction is transfer)
        return any(is_deleted_below(self.build, transfer, Place(each, each)) for each in places)

    def is_sent(self, folder: str) -> bool:
        """Tell whether a build takes a folder of the context, or something in it."""
        from dlint.facts.ignoring import is_sent

        return is_sent(self.build, folder)

    def _takes_folder(self, transfer: Transfer) -> bool:
        if transfer.takes_whole_context:
            return True
        entries = self.build.context.entries
        words = ((self.build.expand(transfer, each.text) or "") for each in transfer.sources)
        named = (entries.get(posixpath.normpath(f"/{each}").strip("/")) for each in words)
        return any(each is not None and each.kind == "dir" for each in named)

    def untracked_deeper(self, name: str) -> str | None:
        """Return a path of a name below the root of the context that a tool created."""
        from dlint.facts.ignoring import untracked_deeper

        return untracked_deeper(self.build, name)

    @property
    def own_folders(self) -> tuple[str, ...]:
        """The `node_modules` that packages of workspaces will get, of those that a build takes."""
        from dlint.installs.workspaces import own_folders

        own = self.build.fact(own_folders)
        return tuple(each for each in own if self.is_sent(posixpath.dirname(each)))

    @property
    def taken_in_whole(self) -> Iterator[TakenIn]:
        """The folders that the ignore file takes in again as a whole, though it names parts."""
        from dlint.facts.taken_in import taken_in_whole

        return taken_in_whole(self.build)

    def instead_of(self, found: TakenIn) -> str:
        """Say what should stand in place of a line that includes such a folder; "" where installs
        may read more of it than is known.
        """
        from dlint.installs.read_in_folder import instead_of

        return instead_of(self.build, found.folder, frozenset(found.parts))

    def named_elsewhere(self, transfer: Transfer, patterns: Collection[str]) -> frozenset[str]:
        """Return those of some patterns for the ignore file that would leave out what another
        instruction names, in this Dockerfile or in one with the same ignore file.
        """
        from dlint.facts.named_beside import named_elsewhere

        return named_elsewhere(self.build, transfer, patterns)

    def unnamed(self, transfer: Transfer, found: Sequence[Leftover]) -> list[Leftover]:
        """Return those of some leftovers that no other instruction names, as `named_elsewhere`."""
        named = self.named_elsewhere(transfer, [each.pattern for each in found])
        return [each for each in found if each.pattern not in named]

    def copied_first(self, transfer: Transfer, paths: Sequence[str]) -> str:
        """Say in which COPY some of what `transfer` takes is to be copied before it."""
        from dlint.facts.taken import copied_first

        return copied_first(self.build, transfer, paths)

    def stands_already(self, transfer: Transfer, paths: Sequence[str]) -> bool:
        """Tell whether earlier steps have copied some paths of the context to where `transfer`
        copies them again.
        """
        from dlint.facts.taken import stands_already

        return stands_already(self.build, transfer, paths)

    def names_inside(self, transfer: Transfer, paths: Sequence[str]) -> list[str]:
        """Return the names by which `--exclude` leaves paths of the context out of a COPY or ADD
        that takes a folder around them.
        """
        from dlint.facts.taken import names_inside

        return names_inside(self.build, transfer, paths)

    def unread_ignores(self, least: int) -> tuple[UnreadIgnore, ...]:
        """Return the ignore files that no build reads of Dockerfiles with the same context, this
        one's among them, that would leave out `least` bytes, or what a local build makes.
        """
        recipes, folder = self.build.recipes, posixpath.dirname(self.build.path)
        if not folder or recipes is None or not (recipes.root / folder / NAME).is_file():
            return ()  # so most checks load nothing more
        from dlint.installs.unread_ignores import unread_ignores

        return unread_ignores(self.build, least)

    def left_out_by(self, path: str) -> int | None:
        """Return the number of the ignore file's line that leaves one path out of the context."""
        from dlint.facts.ignoring import left_out_by

        return left_out_by(self.build, path)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What the build needs of its context that the repository has not."""
        from dlint.reads.missing import missing_sources

        return self.build.fact(missing_sources)

    def repeated_after(self, path: str, line: int) -> str:
        """Say which of the ignore file's patterns have to be repeated where a path is taken in
        again after one of its lines; "" for none.
        """
        from dlint.facts.ignoring import overruled_by
        from dlint.text.units import listed

        again = listed(f"`{each}`" for each in overruled_by(self.build, path, line))
        return f", and repeat {again} after that" if again else ""

    def git_folders_in(self, transfer: Transfer) -> tuple[str, ...]:
        """Return the `.git` folders that a COPY or ADD takes from the build context, though neither
        it nor the ignore file names one.
        """
        from dlint.facts.git_folders import git_folders_in

        return git_folders_in(self.build, transfer)

    def git_place(self, transfer: Transfer, folder: str) -> str:
        """Return where a COPY or ADD puts a `.git` of the context."""
        from dlint.facts.git_folders import git_place

        return git_place(self.build, transfer, folder)

    def git_carrier(self, stage: Stage, transfer: Transfer, folder: str) -> Copy | None:
        """Return the COPY by which a `.git` that `transfer` brought into a stage that does not ship
        gets into an image that does.
        """
        from dlint.facts.git_folders import git_carrier

        return git_carrier(self.build, stage, transfer, folder)

    def takes_git(self, transfer: Transfer) -> bool:
        """Tell whether a COPY or ADD takes a `.git` folder from the context, on purpose or not."""
        from dlint.facts.git_folders import takes_git

        return takes_git(self.build, transfer)

    def is_changed_by_git(self, transfer: Transfer, *, ships: bool) -> bool:
        """Tell whether there are builds that would take a COPY from a cache without its `.git`, and
        what runs below it where no layer of it `ships`.
        """
        from dlint.facts.git_folders import is_changed_by_git

        return is_changed_by_git(self.build, transfer, ships=ships)

    def is_changed_by_git_alone(self, stage: Stage, transfer: Transfer) -> bool:
        """Tell whether commits are known that would push nothing from a COPY on without its
        `.git`.
        """
        from dlint.facts.git_folders import is_changed_by_git_alone

        return is_changed_by_git_alone(self.build, stage, transfer)

    @property
    def is_git_named(self) -> bool:
        """Whether an instruction names something of `.git`, which so has to be in the context."""
        from dlint.facts.git_folders import is_git_named

        return self.build.fact(is_git_named)

    def is_git_needed(self, stage: Stage, transfer: Transfer) -> bool:
        """Tell whether the `.git` that a COPY takes has to be in the context for somebody."""
        from dlint.facts.git_beside import is_git_needed

        return is_git_needed(self.build, stage, transfer)

    def need_of_git(self, stage: Stage, transfer: Transfer) -> GitUse:
        """Tell how sure it is that somebody needs the `.git` that a COPY takes: a step, or who
        works in the image.
        """
        from dlint.facts.git_use import need_of_git

        return need_of_git(self.build, stage, transfer)

    def git_use_after(self, stage: Stage, transfer: Transfer) -> GitUse:
        """Tell how sure it is that a RUN after `transfer` asks git, in `stage` or on top of it."""
        from dlint.facts.git_use import git_use_after

        return git_use_after(self.build, stage, transfer)

    def is_git_in_place(self, stage: Stage, transfer: Transfer) -> bool:
        """Tell whether a COPY should bring `.git`: who surely asks git, or nothing is won
        without.
        """
        from dlint.facts.git_use import is_git_in_place

        return is_git_in_place(self.build, stage, transfer)

    def unread(self, stage: Stage, transfer: Transfer, least: int) -> Unread | None:
        """Return what a COPY of one folder takes and that changed in the last commits though
        nothing reads it; None where there is nothing to tell, and where nothing reruns for it but
        trifles and layers of less than `least` bytes.
        """
        from dlint.facts.volatility import takes_written
        from dlint.reads.unread import unread

        is_new = self.takes_git(transfer) or takes_written(self.build, transfer)
        if is_new:  # with each commit, whatever it changes
            return None
        found = unread(self.build, stage, transfer)
        return found and self._felt(stage, transfer, found, least)

    def _felt(self, stage: Stage, transfer: Transfer, found: Unread, least: int) -> Unread | None:
        """Return the same of the commits alone after which something of note reruns for it."""
        from dlint.facts.volatile_uses import changes_below
        from dlint.reads.unread import counted_with
        from dlint.sizes.reruns import steps_of_note

        is_alone = changes_below(self.build, stage, transfer)
        steps = steps_of_note(self.build, stage, transfer, least, alone=is_alone)
        if steps is None:
            return None
        return counted_with(self.build, stage, transfer, found, steps) if steps else found

    def writable_files(self, transfer: Transfer) -> Writable:
        """Return what a COPY takes that the group or all may write; of a repository's files, the
        tracked ones count.
        """
        from dlint.facts.modes import writable_files

        return writable_files(self.build, transfer)

    def mode_under_umask(self, transfer: Transfer) -> int | None:
        """Return the mode that what a COPY takes has under umask 022; None where that is not one
        for all, or not all are files.
        """
        from dlint.facts.modes import mode_under_umask

        return mode_under_umask(self.build.selection(transfer))

"""`build.downloads`: what comes from an address: its version, and who verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dlint.facts.addresses import Drift
    from dlint.facts.downloads import CalledFetch
    from dlint.facts.unpacking import TreeLeft
    from dlint.model.build import Build
    from dlint.shell import Clone, Command, Fetch, Place
    from dlint.syntax import Add, Instruction, Run


class Downloads(NamedTuple):
    """What comes from an address: its version, and who verifies it."""

    build: Build

    def shipped_histories(self, run: Run) -> list[tuple[Clone, str]]:
        """Return the clones of a RUN that get into a pushed image with all commits, each with the
        words that say how.
        """
        from dlint.facts.downloads import shipped_histories

        return shipped_histories(self.build, run)

    def is_of_same_owner(self, clone: Clone) -> bool:
        """Tell whether a clone is of a repository of who pushes the images."""
        from dlint.facts.addresses import without_user
        from dlint.facts.destinations import is_of_same_owner

        return is_of_same_owner(self.build, without_user(clone.form))

    def kept(self, run: Run) -> Iterator[tuple[Place, Fetch]]:
        """Yield the downloads of a RUN that it does not delete, with their places."""
        from dlint.facts.downloads import kept_downloads

        return kept_downloads(self.build, run)

    def used_up(self, run: Run, place: Place, fetch: Fetch) -> tuple[str, Command] | None:
        """Return how a RUN uses up what it fetches, and the last command that does: it is
        "unpacked", "installed" as a package of the distribution, or "started" as an installer that
        carries all in itself.
        """
        from dlint.facts.downloads import used_up

        return used_up(self.build, run, place, fetch)

    def used_up_below(self, run: Run, place: Place, fetch: Fetch) -> tuple[str, Run] | None:
        """Return how the first RUN below one uses up what that has fetched, and that RUN, if no
        later one deletes it.
        """
        from dlint.facts.downloads import used_up_below

        return used_up_below(self.build, run, place, fetch)

    def trees_left(self, run: Run) -> Iterator[TreeLeft]:
        """Yield the folders that a RUN unpacks or clones, installs all that is wanted of elsewhere,
        and leaves, if no other instruction names them.
        """
        from dlint.facts.unpacking import trees_left

        return trees_left(self.build, run)

    def trees_alike(self, run: Run, told: Collection[str]) -> list[list[TreeLeft]]:
        """Return those of them that have no name of `told`: what nothing deletes, or looks for in
        one other folder, together.
        """
        left: dict[str, list[TreeLeft]] = {}
        for tree in self.trees_left(run):
            if tree.name not in told:
                left.setdefault(tree.where, []).append(tree)
        return [*left.values()]

    def unpacker_below(self, instruction: Instruction, form: str) -> Run | None:
        """Return the first RUN below an instruction that unpacks a file which that has brought, if
        no later one deletes it.
        """
        from dlint.facts.unpacking import unpacker_below

        return unpacker_below(self.build, instruction, form)

    def may_be_unpacked_below(self, instruction: Instruction) -> bool:
        """Tell whether a RUN below an instruction names a program that unpacks."""
        from dlint.facts.unpacking import unpackers_below

        return any(unpackers_below(self.build, instruction))

    def installer_below(self, instruction: Instruction, place: Place) -> Run | None:
        """Return the first RUN below an instruction that surely installs a file which that has
        brought as a package of the distribution, if none deletes it.
        """
        from dlint.facts.downloads import installer_below

        return installer_below(self.build, instruction, place)

    def drift(self, run: Run, fetch: Fetch) -> Drift:
        """Return why what a command downloads may change; "question" too where the RUN takes a
        value out of the answer.
        """
        from dlint.facts.downloads import drift_of_fetch

        return drift_of_fetch(self.build.script(run), fetch)

    def unverified_in_scripts(self, run: Run) -> Iterator[CalledFetch]:
        """Yield what scripts of the context that a RUN starts surely download and do not verify,
        each address once.
        """
        from dlint.facts.downloads import unverified_in_scripts

        return unverified_in_scripts(self.build, run)

    def drift_of_add(self, address: str) -> Drift:
        """Return why what ADD takes from an address may change; git's addresses name a version
        behind `#`.
        """
        from dlint.facts.downloads import drift_of_add

        return drift_of_add(address)

    def drift_of_clone(self, run: Run, clone: Clone) -> Drift:
        """Return why a clone may be at another commit in another build."""
        from dlint.facts.downloads import drift_of_clone

        return drift_of_clone(self.build, run, clone)

    def added_address(self, add: Add, text: str) -> str | None:
        """Return the address that a source of ADD means; None where it is a file, where a variable
        hides it, and where no version could be told.
        """
        from dlint.facts.downloads import added_address

        return added_address(self.build, add, text)

    def own_file(self, address: str) -> str | None:
        """Return the file of the context that an address gives as it is on a branch of this
        repository.
        """
        from dlint.facts.downloads import own_file

        return own_file(self.build, address)

    def is_default(self, written: str) -> bool:
        """Tell whether an address comes of arguments' defaults, in the place of which each build
        that pushes the image passes something that is put in.
        """
        from dlint.facts.downloads import is_default

        return is_default(self.build, written)

    def is_unverified(self, run: Run, fetch: Fetch) -> bool:
        """Tell whether the address of a download alone decides what the image holds: it is no
        question and no key, no version is told elsewhere, and no RUN verifies what comes.
        """
        from dlint.facts.downloads import is_unverified

        return is_unverified(self.build, run, fetch)

    def is_prose(self, address: str) -> bool:
        """Tell whether an address gives a license, or another text for people to read."""
        from dlint.facts.addresses import is_prose

        return is_prose(address)

    def is_meant_to_move(self, instruction: Instruction) -> bool:
        """Tell whether a comment above an instruction, or the file's name, says that the newest is
        wanted, or no release.
        """
        from dlint.facts.downloads import is_meant_to_move

        return is_meant_to_move(self.build, instruction)

    def is_run_anew(self, run: Run) -> bool:
        """Tell whether an argument above a RUN is there to run it again, or holds what a build of
        the image works out.
        """
        from dlint.facts.downloads import is_run_anew

        return is_run_anew(self.build, run)

    def is_lesser_question(self, run: Run, question: Fetch) -> bool:
        """Tell whether an address is asked for what is built each night, in a branch that this
        build does not take, or for what the address of another download is.
        """
        from dlint.facts.downloads import is_of_head, is_within_another
        from dlint.model.switched_off import is_skipped_here

        is_rare = is_of_head(question.form) or is_skipped_here(self.build, run, question.command)
        return is_rare or is_within_another(self.build, run, question)

    def follows_program(self, run: Run, fetch: Fetch) -> bool:
        """Tell whether a RUN downloads what fits the version that it has asked a program for."""
        from dlint.facts.downloads import follows_program

        return follows_program(self.build, run, fetch)

    def is_never_made(self, run: Run, what: Fetch | Clone) -> bool:
        """Tell whether a download or a clone is in a branch that no known build takes."""
        from dlint.model.switched_off import never_runs

        return never_runs(self.build, run, what.command)

    def sets_up_packages(self, address: str) -> bool:
        """Tell whether an address is of a script that adds a repository of packages."""
        from dlint.facts.downloads import sets_up_packages

        return sets_up_packages(address)

    def asking_for_commits(self, run: Run) -> Iterator[Run]:
        """Yield the RUNs that ask git for older commits: `run` itself, unless it just checks one
        out, and those below it in its stage and in the stages on top of that.
        """
        from dlint.facts.downloads import asking_for_commits

        return asking_for_commits(self.build, run)

    def checks_out(self, run: Run) -> bool:
        """Tell whether a RUN asks git for older commits, and surely for the files of one alone:
        once these are there, it needs the history no more.
        """
        from dlint.facts.downloads import checks_out

        return checks_out(self.build, run)

    def verifies_added(self, add: Add, address: str) -> bool:
        """Tell whether a later RUN checks the sum or the signature of what ADD downloads."""
        from dlint.facts.downloads import verifies_added

        return verifies_added(self.build, add, address)

    def is_checked_out_later(self, run: Run, clone: Clone) -> bool:
        """Tell whether a later RUN goes into a clone and takes a commit or a version of it."""
        from dlint.facts.downloads import is_checked_out_later

        return is_checked_out_later(self.build, run, clone)

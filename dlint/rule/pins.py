"""`build.pins`: what fixes, or fails to fix, the versions of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dlint.facts.stamps import Stamp
    from dlint.findings import Fix
    from dlint.installs.lock_files import LockFile
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.shell import Install, Package, ShellWord
    from dlint.syntax import Run
    from dlint.text.source import Span


class Pins(NamedTuple):
    """What fixes, or fails to fix, the versions of packages."""

    build: Build

    def unkept_lock_file(self, run: Run, install: Install) -> LockFile | None:
        """Return the lock file that an install of a project could keep to but need not."""
        from dlint.installs.lock_files import unkept_lock_file

        return unkept_lock_file(self.build, run, install)

    def missed_lock_file(self, run: Run, install: Install) -> LockFile | None:
        """Return the lock file that an install of Yarn 1 which is to keep to it does not find."""
        from dlint.installs.lock_files import missed_lock_file

        return missed_lock_file(self.build, run, install)

    def hold_to_lock(self, run: Run, install: Install, lock: LockFile) -> Fix | None:
        """Return the fix that holds an install of Node's packages to its lock file."""
        from dlint.fixes.locking import hold_to_lock

        return hold_to_lock(self.build, run, install, lock)

    def held_by(self, install: Install, lock: LockFile) -> str:
        """Return what holds an install to its lock file, as people are told."""
        from dlint.fixes.locking import held_by

        return held_by(self.build, install, lock)

    def platforms_to_lock(self, run: Run, install: Install, lock: LockFile) -> list[str]:
        """Return the platforms that Bundler's lock file must name first for an install to keep to
        it.
        """
        from dlint.installs.lock_fit import platforms_to_lock

        is_frozen = self.held_by(install, lock) == install.managed_by.held_by
        is_bundler = install.manager == "bundler" and lock.path and is_frozen
        return platforms_to_lock(self.build, run, lock.path) if is_bundler else []

    def unpinned_packages(self, run: Run, install: Install) -> list[Package]:
        """Return the packages of an install of which another build may take another version."""
        from dlint.installs.pins import unpinned_packages

        return unpinned_packages(self.build, run, install)

    def loose_beside(self, run: Run, install: Install) -> dict[str, int]:
        """Return how many packages each list of the same command names in no exact version."""
        from dlint.installs.pins import loose_beside

        return loose_beside(self.build, run, install)

    def redirected_versions(self, install: Install) -> list[tuple[Package, Span]]:
        """Return the packages behind which the shell takes the version as a redirect, each with the
        place of both.
        """
        from dlint.installs.pins import redirected_versions

        return redirected_versions(install)

    def leaves_own_lock(self, install: Install) -> bool:
        """Tell whether a program of Rust's is built by its name, without the lock file in its
        package.
        """
        from dlint.installs.pins import leaves_own_lock

        return leaves_own_lock(install)

    def unpinned_of_system(self, install: Install) -> list[Package]:
        """Return the packages of a distribution that an install takes without a version."""
        from dlint.installs.pins import unpinned_of_system

        return unpinned_of_system(install)

    def unpinned_managers(self, run: Run) -> list[ShellWord]:
        """Return the managers that Corepack is told to fetch in no exact version."""
        from dlint.installs.pins import unpinned_managers

        return unpinned_managers(self.build, run)

    def named_by_project(self, managers: Collection[str]) -> str:
        """Return how the copied `package.json`s name managers with their versions, in words; ""
        where they do not name all of them.
        """
        from dlint.installs.pins import named_by_project

        return named_by_project(self.build, managers)

    def upgrades_everything(self, install: Install) -> bool:
        """Tell whether all packages of a distribution are upgraded, and not some by their names."""
        from dlint.installs.pins import upgrades_everything

        return upgrades_everything(install)

    def upgrades_below(self, stage: Stage, run: Run, install: Install) -> str:
        """Name the other upgrades of all packages by their lines, behind one, in the pushed images
        that hold its stage; "" for none.
        """
        from dlint.installs.pins import upgrades_below

        return upgrades_below(self.build, stage, run, install)

    def is_meant(self, stage: Stage, run: Run, install: Install) -> bool:
        """Tell whether an upgrade is there for security, or has to be, brings the same in each
        build, or comes when hardly anything is left.
        """
        from dlint.installs.pins import is_meant

        return is_meant(self.build, stage, run, install)

    def is_base_renewed(self, stage: Stage) -> bool:
        """Tell whether builds take the newest image of a stage's base anyway, as its tag may
        move.
        """
        from dlint.facts.upgrades import is_base_renewed

        return is_base_renewed(self.build, stage)

    def lacks_index(self, run: Run, install: Install) -> bool:
        """Tell whether nothing has fetched an index of packages before an install."""
        from dlint.installs.pins import lacks_index

        return lacks_index(self.build, run, install)

    def stamps(self, run: Run) -> Iterator[Stamp]:
        """Yield what a RUN stores that differs in each build: the commands, and of which kind."""
        from dlint.facts.stamps import stamps

        return stamps(self.build, run)

    def are_for_project(self, run: Run) -> bool:
        """Tell whether a RUN does nothing but write stamps to files of which the context's files
        speak.
        """
        from dlint.facts.stamp_readers import is_for_project

        return is_for_project(self.build, run)

"""`build.downloads`: what comes from an address: its version, and who verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.facts.addresses import drift
from dlint.facts.apart import only_downloads
from dlint.facts.downloads import (
    added_address,
    decides_content,
    drift_of_add,
    drift_of_clone,
    is_checked_out_later,
    is_verified_later,
    shipped_histories,
    verifies_added,
)

if TYPE_CHECKING:
    from dlint.facts.addresses import Drift
    from dlint.model import Step
    from dlint.model.build import Build
    from dlint.shell import Clone, Fetch
    from dlint.syntax import Add, Instruction, Run


class Downloads(NamedTuple):
    """What comes from an address: its version, and who verifies it."""

    build: Build

    def shipped_histories(self, run: Run) -> list[tuple[Clone, str]]:
        """Return the clones of a RUN that get into a pushed image with all commits, each with the
        words that say how.
        """
        return shipped_histories(self.build, run)

    def only_downloads(self, step: Step) -> bool:
        """Tell whether a RUN surely gets something from elsewhere and does nothing but unpack
        it.
        """
        return only_downloads(self.build, step)

    def drift(self, address: str) -> Drift:
        """Return why what an address gives may change."""
        return drift(address)

    def drift_of_add(self, address: str) -> Drift:
        """Return why what ADD takes from an address may change; git's addresses name a version
        behind `#`.
        """
        return drift_of_add(address)

    def drift_of_clone(self, run: Run, clone: Clone) -> Drift:
        """Return why a clone may be at another commit in another build."""
        return drift_of_clone(self.build, run, clone)

    def added_address(self, add: Add, text: str) -> str | None:
        """Return the address that a source of ADD means; None where it is a file, where a variable
        hides it, and where no version could be told.
        """
        return added_address(self.build, add, text)

    def decides_content(self, run: Run, fetch: Fetch) -> bool:
        """Tell whether the address of a download decides what the image holds: it is no question
        and no key, and no version is told elsewhere.
        """
        return decides_content(self.build, run, fetch)

    def is_verified_later(self, instruction: Instruction, name: str) -> bool:
        """Tell whether a later RUN of the stage checks the sum or the signature of a file of that
        name.
        """
        return is_verified_later(self.build, instruction, name)

    def verifies_added(self, add: Add, address: str) -> bool:
        """Tell whether a later RUN checks the sum or the signature of what ADD downloads."""
        return verifies_added(self.build, add, address)

    def is_checked_out_later(self, run: Run, clone: Clone) -> bool:
        """Tell whether a later RUN goes into a clone and takes a commit or a version of it."""
        return is_checked_out_later(self.build, run, clone)

"""`build.development`: what a project needs for development alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import Install
    from dlint.shell.managers.manager import Flag
    from dlint.syntax import Copy, Instruction, Run


class Development(NamedTuple):
    """What a project needs for development alone."""

    build: Build

    def installed(self, run: Run) -> Install | None:
        """Return a RUN's first install with dependencies for development, if it surely runs, names
        no package and nothing prunes it.
        """
        from dlint.installs.development import installed

        return installed(self.build, run)

    def flag_to_omit(self, run: Run, install: Install) -> Flag | None:
        """Return the flag that leaves them out, as the manager that `run` finds knows it."""
        from dlint.installs.development import flag_to_omit

        return flag_to_omit(self.build, run, install)

    def advice_to_omit(self, run: Run, install: Install) -> str:
        """Return how to leave them out where no flag does, in words; "" where a script of the
        project may need them.
        """
        from dlint.installs.development import advice_to_omit

        return advice_to_omit(self.build, run, install)

    def installed_again(self, run: Run, install: Install) -> Install | None:
        """Return a later install of the same RUN that may bring them again."""
        from dlint.installs.development import installed_again

        return installed_again(self.build, run, install)

    def carrier_of(self, run: Run, install: Install) -> Copy | None:
        """Return the COPY that takes all the dependencies which an install puts into a folder of
        their own out of a stage, so that they get into a pushed image.
        """
        from dlint.facts.shipping import carrier_of

        return carrier_of(self.build, run, install)

    def is_brought(self, run: Run, brings: Instruction, install: Install) -> bool:
        """Tell whether `brings`, an install's RUN or a COPY from its stage, may bring dependencies
        for development into an image that is for production and works with none of them.
        """
        from dlint.installs.development import is_brought

        return is_brought(self.build, run, brings, install)

    def is_used_below(self, run: Run, carrier: Copy, install: Install) -> bool:
        """Tell whether the install's RUN, or one on the way to `carrier`, which brings what it made
        into an image, works with what development needs.
        """
        from dlint.installs.development import is_used_below

        return is_used_below(self.build, run, carrier, install)

    def is_left_out_below(self, run: Run, carrier: Copy) -> bool:
        """Tell whether a RUN, or one on the way to `carrier`, which brings what it made into an
        image, leaves out or takes out again what development needs.
        """
        from dlint.installs.development import is_left_out_below

        return is_left_out_below(self.build, run, carrier)

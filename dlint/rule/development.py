"""`build.development`: what a project needs for development alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.facts.development import flag_to_omit, installed, is_wanted, may_be_installed

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import Install
    from dlint.shell.managers.manager import Flag
    from dlint.syntax import Run


class Development(NamedTuple):
    """What a project needs for development alone."""

    build: Build

    def installed(self, run: Run) -> Install | None:
        """Return a RUN's first install with dependencies for development, if it surely runs, names
        no package and nothing prunes it.
        """
        return installed(self.build, run)

    def flag_to_omit(self, run: Run, install: Install) -> Flag | None:
        """Return the flag that leaves them out, as the manager that `run` finds knows it."""
        return flag_to_omit(self.build, run, install)

    def is_wanted(self, run: Run, install: Install) -> bool:
        """Tell whether the image that `run` is part of wants what `install` brings for development:
        it is none for production, or later RUNs work with it.
        """
        return is_wanted(self.build, run, install)

    def may_be_installed(self, install: Install) -> bool:
        """Tell whether the project may have dependencies for development: none of the manifests
        that can be read says otherwise.
        """
        return may_be_installed(self.build, install)

"""Installs that run only where a check before them finds something missing: `bundle check || bundle
install`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.facts.uses import base_reference

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import Command
    from dlint.syntax import Run

_CHECKS = {"bundle": "check"}  # programs, with the verb that fails where a package is missing


def is_missed_in_base(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of `run` stands behind a check that fails on the stage's base image:
    an official one has none of a project's packages.
    """
    stage = build.stage_of(run)
    base = base_reference(build, stage) if stage else None
    if base is None or not base.is_official:
        return False
    return any(
        after is command and _is_check_of(asked, command)
        for asked, after in pairwise(build.script(run).commands)
    )


def _is_check_of(asked: Command, command: Command) -> bool:
    is_alike = asked.name == command.name and command.connector == "||"
    return is_alike and asked.certain and asked.forms[:1] == [_CHECKS.get(command.name)]

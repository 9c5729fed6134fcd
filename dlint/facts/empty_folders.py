"""Folders that stand there before anything is copied into them, whose owner and mode no flag of a
COPY sets: working directories, which `WORKDIR` makes, and homes, which come with an account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.metadata import FLAGS, alike_in
from dlint.text.paths import within
from dlint.text.units import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model.build import Build, Step
    from dlint.shell import Rewrite
    from dlint.syntax import Run

_ACCOUNTS = frozenset(("adduser", "useradd"))
_OF_WORKDIR = frozenset(("755", "0755"))  # the mode that `WORKDIR` gives
_LISTS = frozenset(("/etc/group", "/etc/passwd", "/etc/shadow"))  # which accounts are added to
_WORKDIR = "the working directory"
_MOST = 3  # folders that a help names


def folders_left(build: Build, run: Run, rewrite: Rewrite) -> str:
    """Say which of them are left to change once a COPY sets what `rewrite`, a command of `run`,
    does to all below a path.
    """
    stage, path = build.stage_of(run), rewrite.place.path
    if not rewrite.recursive or path is None or stage is None:
        return ""
    steps = [each for each in build.chain(stage) if each.instruction.index <= run.index]
    homes = {each for each in _homes(build, steps) if within(each, path)}
    folders = {each for each in _workdirs(steps) if within(each, path)} | homes
    hows = _hows(build, run, rewrite, has_homes=bool(homes))
    if not folders or not hows:
        return ""
    workdir = build.state(run).workdir
    names = [_WORKDIR if each == workdir else f"`{each}`" for each in sorted(folders)]
    themselves = "themselves" if len(names) > 1 else "itself"
    return f"; {listed(hows)} {listed(names, _MOST)} {themselves} without `-R`"


def _hows(build: Build, run: Run, rewrite: Rewrite, *, has_homes: bool) -> list[str]:
    """Return the commands that do something to such folders."""
    found = {
        each.how
        for each in (rewrite, *alike_in(build, run, rewrite))
        if each.how in FLAGS and (has_homes or each.value not in _OF_WORKDIR)
    }
    return [f"`{each}`" for each in sorted(found, reverse=True)]


def _workdirs(steps: Iterable[Step]) -> set[str]:
    found = (each.state.workdir for each in steps)
    return {each for each in found if each is not None and each != "/"}


def _homes(build: Build, steps: Iterable[Step]) -> set[str]:
    """Return the homes of the accounts that RUNs make."""
    from dlint.shell import Create

    made = (create for _, create in build.effects_of(Create, steps))
    places = (each.place.rooted for each in made if each.command.name in _ACCOUNTS)
    return {each for each in places if each is not None and each not in _LISTS}

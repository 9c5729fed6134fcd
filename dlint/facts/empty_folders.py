"""Folders that stand there before anything is copied into them, whose owner and mode no flag of a
COPY sets: working directories, which `WORKDIR` makes, and homes, which come with an account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.metadata import FLAGS, alike_in
from dlint.text.paths import within
from dlint.text.units import listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
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
    every = build.fact_of(_folders, stage)
    there = [each for each in every if each.since <= run.index and within(each.path, path)]
    hows = _hows(build, run, rewrite, has_homes=any(each.is_home for each in there))
    if not there or not hows:
        return ""
    workdir, paths = build.state(run).workdir, sorted({each.path for each in there})
    names = [_WORKDIR if each == workdir else f"`{each}`" for each in paths]
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


class _Folder(NamedTuple):
    """Such a folder, and the number of the instruction since which it stands there."""

    path: str
    is_home: bool
    since: int


def _folders(build: Build, stage: Stage) -> list[_Folder]:
    """Return the folders of a stage."""
    first: dict[tuple[str, bool], int] = {}
    for step in build.chain(stage):
        workdir = step.state.workdir
        if workdir is not None and workdir != "/":
            first.setdefault((workdir, False), step.instruction.index)
    for run, home in _homes(build, build.chain(stage)):
        first.setdefault((home, True), run.index)
    return [_Folder(path, is_home, since) for (path, is_home), since in first.items()]


def _homes(build: Build, steps: Iterable[Step]) -> Iterator[tuple[Run, str]]:
    """Yield the homes of the accounts that RUNs make, each with the RUN that does."""
    from dlint.shell import Create

    for run, create in build.effects_of(Create, steps):
        home = create.place.rooted if create.command.name in _ACCOUNTS else None
        if home is not None and home not in _LISTS:
            yield run, home

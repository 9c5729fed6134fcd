"""Builds of a project that `cargo new` has made, which depends on nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.model.scope import join
from dlint.reads.arrivals import files_of
from dlint.syntax import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command, Install

_MANIFEST = "Cargo.toml"
_MAKES = frozenset(("new", "init"))
_VALUES = frozenset(("--color", "--config", "--edition", "--name", "--registry", "--vcs"))


def is_of_new_project(
    build: Build, stage: Stage, run: Run, install: Install, here: Iterable[Arrival]
) -> bool:
    """Tell whether a build is of a project that `cargo new` has made and nothing has changed since:
    of the context's manifests none has taken the place of its own, beside which those of members
    of a workspace are not read.
    """
    if install.manager != "cargo" or not install.hidden:
        return False
    above = [*_runs_up_to(build, stage, run)]
    texts = [each.value.text for each in above]
    if not any("cargo new" in text or "cargo init" in text for text in texts):
        return False
    if any(_MANIFEST in text or "cargo add" in text for text in texts):
        return False  # which may name what it depends on
    made = {folder for each in above for folder in _made(build, each)}
    own = made & install.folders
    places = files_of(here)
    return bool(own) and not any(join(folder, _MANIFEST) in places for folder in own)


def _runs_up_to(build: Build, stage: Stage, run: Run) -> Iterator[Run]:
    """Yield the RUNs of a stage's chain above one, and that."""
    above = (step.instruction for step in build.steps_before(stage, run))
    yield from (each for each in above if isinstance(each, Run))
    yield run


def _made(build: Build, run: Run) -> Iterator[str]:
    """Yield the folders in which a RUN makes projects."""
    from dlint.shell.effects import Unknown

    for unknown in build.effects(run).of(Unknown):
        command = unknown.command
        if command.name == "cargo" and not _MAKES.isdisjoint(command.forms[:1]):
            folder = _folder(command, build.state(run).workdir)
            if folder is not None:
                yield folder


def _folder(command: Command, workdir: str | None) -> str | None:
    """Return the folder in which a `cargo new` or `cargo init` makes a project."""
    from dlint.shell.arguments import arguments

    if command.cwd is None:
        return None
    here = join(workdir, command.cwd or ".")
    named = arguments(command.args[1:], _VALUES, clusters=False).operands
    return join(here, named[0].text) if named else here

"""How many bytes the steps of a chain have stored at a path, where all that stands there is
known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.needs import is_system_manager
from dlint.facts.stored import storage
from dlint.facts.writing import base_may_hold, may_write
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import within
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build, Step
    from dlint.shell.effects import Effect

# Measured with Docker 26.1.5 on Debian 13, compressed: a further path in a layer, an empty
# environment that `python -m venv` makes (what it takes is pip), one of virtualenv's (pip with byte
# code), and one without pip.
PATH, VENV, VIRTUALENV, WITHOUT_PIP = 20, 3_530_000, 5_350_000, 5_000
_MAKES_ENVIRONMENT = regex(
    r"(?:.*[\s/])?(?:python|pypy)[\d.]*\s+-m\s+(venv|virtualenv)\s|(?:sudo\s+|\S+=\S*[\s\\]+)*(?:\S*/)?virtualenv\s"
)


class UnknownSizeError(Exception):
    """Nothing tells how much stands somewhere, or how much a command writes."""


class Holding:
    """What some steps, the first of a chain, have stored."""

    def __init__(
        self, build: Build, steps: Sequence[Step], weigh: Callable[[Stored], int | None]
    ) -> None:
        """Take the steps; `weigh` tells what an install, or a COPY from another stage, has put
        somewhere.
        """
        self._build, self._steps, self._weigh = build, steps, weigh
        self._stored = [each for step in steps for each in build.fact(storage).of(step)]

    def bytes(self, path: str, *, whole: bool, there: bool = False, new: bool = False) -> int:
        """Return about how many compressed bytes the steps have stored at `path`; `whole`: and
        below it.

        `there` tells that a folder surely stands there, `new` that it, or the file, is one that no
        step has made. Raises UnknownSizeError where something else may stand there, or nothing
        tells how large a part of it is.
        """
        if path.startswith(UNKNOWN_WORKDIR):
            raise UnknownSizeError
        parts = [each for each in self._stored if _holds(each, path)]
        if any(_is_file(each, path) for each in parts) or (new and not parts):
            return self._sum(parts, path)
        if not there and not parts:
            raise UnknownSizeError
        if not whole:
            return 0  # the folder alone
        # A program that runs in a folder above may write anything, but hardly into what a manager
        # keeps there.
        built = any(each.how != "install" for each in parts) and any(
            self._is_run_above(step, path) for step in self._steps
        )
        if built or base_may_hold(path) or any(self._is_unsure(step, path) for step in self._steps):
            raise UnknownSizeError
        return self._sum(parts, path)

    def _is_unsure(self, step: Step, path: str) -> bool:
        """Tell whether a step may have written there what is not told, or deleted some of what
        is.
        """
        from dlint.shell import Delete, Remove

        if may_write(self._build, step, path, lambda effect: self._is_told(step, effect)):
            return True
        effects = (
            self._build.effects(step.instruction, step.state).items
            if isinstance(step.instruction, Run)
            else ()
        )
        return any(
            (isinstance(each, Remove) and not is_system_manager(each.manager))
            or (isinstance(each, Delete) and _meets(each.place.rooted, path))
            for each in effects
        )

    def _is_run_above(self, step: Step, path: str) -> bool:
        """Tell whether a step runs a program that nothing is known of in a folder that holds
        `path`.
        """
        from dlint.shell import Unknown

        if not isinstance(step.instruction, Run):
            return False
        effects, workdir = (
            self._build.effects(step.instruction, step.state),
            step.state.workdir or "/",
        )
        cwds = [join(workdir, each.command.cwd) for each in effects.of(Unknown)]
        return any(
            cwd is None or (cwd != "/" and within(path, cwd))
            for cwd in (cwds if effects.known else [workdir])
        )

    def _is_told(self, step: Step, effect: Effect) -> bool:
        """Tell whether an effect is among what is said to be stored."""
        from dlint.shell import Create, Install

        if isinstance(effect, Install):
            return bool(dependency_folders(self._build, step, effect))
        return (
            isinstance(effect, Create) and not effect.place.glob and effect.place.rooted is not None
        )

    def _sum(self, parts: Sequence[Stored], path: str) -> int:
        """Return the bytes of the parts that stand at or below `path`; each file as the last step
        left it.
        """
        total, seen = 0, set[str]()
        for stored in reversed(parts):
            size: int | None = None
            if stored.arrival is not None:
                files = {
                    place: source
                    for place, source in stored.arrival.files.items()
                    if within(place, path)
                }
                size = stored.bytes_of(frozenset(files[place] for place in files.keys() - seen))
                seen |= files.keys()
            elif stored.path is None or not within(stored.path, path):
                pass  # it stands in a folder whose content is not told one by one
            elif stored.how == "make" and not stored.tree:
                size = environment_bytes(stored.text) or PATH
            elif stored.how in {"install", "stage"}:
                # all that one RUN installs there is weighed at once
                key = f"{stored.instruction.index} {stored.path}"
                size = 0 if key in seen else self._weigh(stored)
                seen.add(key)
            if size is None:
                raise UnknownSizeError
            total += size
        return total


def environment_bytes(text: str) -> int | None:
    """Return what the virtual environment comes to that a command makes, by its text; None where it
    makes none.
    """
    made = _MAKES_ENVIRONMENT.match(text)
    if made is None:
        return None
    if "--without-pip" in text:
        return WITHOUT_PIP
    return VENV if made[1] == "venv" else VIRTUALENV


def _is_file(stored: Stored, path: str) -> bool:
    if stored.arrival is not None:
        return path in stored.arrival.files
    return stored.path == path and not stored.tree and stored.how != "make"


def _holds(stored: Stored, path: str) -> bool:
    """Tell whether something that a step stored may stand at or below `path`."""
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    return (
        stored.path is None
        or within(stored.path, path)
        or (stored.tree and within(path, stored.path))
    )


def _meets(deleted: str | None, path: str) -> bool:
    return deleted is None or within(deleted, path) or within(path, deleted)

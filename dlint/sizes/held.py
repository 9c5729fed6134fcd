"""How many bytes the steps of a chain have stored at a path, where all that stands there is
known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.needs import is_system_manager
from dlint.facts.stored import storage
from dlint.facts.writing import base_may_hold, may_write
from dlint.findings import Basis, Size
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.scope import join
from dlint.model.tree import within
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build, Step
    from dlint.shell.effects import Effect

# Measured with Docker 26.1.5 on Debian 13, compressed: a further path in a layer, an empty
# environment that `python -m venv` makes (what it takes is pip), one of virtualenv's (pip with byte
# code), and one without pip.
PATH, VENV, VIRTUALENV, WITHOUT_PIP = 20, 3_530_000, 5_350_000, 5_000
NOTHING = Size()
_MAKES_ENVIRONMENT = regex(
    r"(?:.*[\s/])?(?:python|pypy)[\d.]*+\s++-m\s++(venv|virtualenv)\s|(?:sudo\s++|[^\s=]++=\S*+[\s\\]++)*+(?:\S*/)?virtualenv\s"
)


class Holding:
    """What some steps, the first of a chain, have stored."""

    def __init__(
        self, build: Build, steps: Sequence[Step], weigh: Callable[[Stored], Size]
    ) -> None:
        """Take the steps; `weigh` tells what an install, or a COPY from another stage, has put
        somewhere.
        """
        self._build, self._steps, self._weigh = build, steps, weigh
        self._stored = [each for step in steps for each in build.fact(storage).of(step)]

    def size(self, path: str, *, whole: bool, there: bool = False, new: bool = False) -> Size:
        """Return about how many compressed bytes the steps have stored at `path`; `whole`: and
        below it.

        `there` tells that a folder surely stands there, `new` that it, or the file, is one that no
        step has made. At least what is known, where something else may stand there; unknown where
        nothing tells what does, or how much of it was deleted.
        """
        if path.startswith(UNKNOWN_WORKDIR):
            return Size.unknown("a folder that the base image names")
        parts = [each for each in self._stored if _holds(each, path)]
        is_file = any(_is_file(each, path) for each in parts)
        if is_file or (new and not parts):
            return self._sum(parts, path)
        is_folder = there or any(_is_below(each, path) for each in parts)
        if is_folder and not whole:
            return NOTHING  # the folder alone
        return self._folder(parts, path) if is_folder or (whole and parts) else Size.unknown(path)

    def _folder(self, parts: Sequence[Stored], path: str) -> Size:
        """Return the bytes of the parts that a folder holds, and say what else may be in it."""
        if any(self._is_thinned(step, path) for step in self._steps):
            return Size.unknown(f"what is left of {path}")
        known = self._sum(parts, path)
        return known.plus(Size.unknown(path)) if self._holds_more(parts, path) else known

    def _holds_more(self, parts: Sequence[Stored], path: str) -> bool:
        """Tell whether something else than `parts` may stand below `path`.

        A program that runs in a folder above may write anything, but hardly into what a manager
        keeps there.
        """
        built = any(each.how != "install" for each in parts) and any(
            self._is_run_above(step, path) for step in self._steps
        )
        return (
            built or base_may_hold(path) or any(self._is_unsure(step, path) for step in self._steps)
        )

    def _is_unsure(self, step: Step, path: str) -> bool:
        """Tell whether a step may have written there what is not told."""
        return may_write(self._build, step, path, lambda effect: self._is_told(step, effect))

    def _is_thinned(self, step: Step, path: str) -> bool:
        """Tell whether a step may have deleted some of what stands there."""
        from dlint.shell import Delete, Remove

        if not isinstance(step.instruction, Run):
            return False
        effects = self._build.effects(step.instruction, step.state)
        uninstalls = any(not is_system_manager(each.manager) for each in effects.of(Remove))
        return uninstalls or any(_meets(each.place.rooted, path) for each in effects.of(Delete))

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

    def _sum(self, parts: Sequence[Stored], path: str) -> Size:
        """Return the bytes of the parts that stand at or below `path`; each file as the last step
        left it.
        """
        found: list[Size] = []
        seen: set[str] = set()
        for stored in reversed(parts):
            if stored.arrival is not None and stored.arrival.known:
                files = {
                    place: source
                    for place, source in stored.arrival.files.items()
                    if within(place, path)
                }
                found.append(_copied(stored, [files[place] for place in files.keys() - seen]))
                seen |= files.keys()
            elif stored.path is None or not within(stored.path, path):
                found.append(Size.unknown(f"what of line {stored.instruction.line} is in {path}"))
            else:
                # all that one RUN installs there is weighed at once
                key = f"{stored.instruction.index} {stored.path}"
                found.append(self._made(stored, again=key in seen))
                seen.add(key)
        return Size.sum(found)

    def _made(self, stored: Stored, *, again: bool) -> Size:
        """Return what something takes up that no COPY has brought from the context."""
        match stored.how:
            case "install" | "stage":
                return NOTHING if again else self._weigh(stored)
            case "make" if not stored.tree:
                environment = environment_bytes(stored.text)
                return (
                    Size(PATH, Basis.MODELLED)
                    if environment is None
                    else Size(environment, Basis.GUESSED)
                )
            case _:
                return Size.unknown(f"what line {stored.instruction.line} has stored")


def _copied(stored: Stored, sources: Collection[str]) -> Size:
    """Return what files of the context take up that a COPY has brought."""
    size = stored.bytes_of(frozenset(sources)) if sources else 0
    if size is None:
        return Size.unknown(f"what line {stored.instruction.line} has copied")
    return Size(size, Basis.MODELLED)


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


def _is_below(stored: Stored, path: str) -> bool:
    """Tell whether something that a step stored stands below `path`, or is a folder there."""
    if stored.arrival is not None and stored.arrival.known:
        return path not in stored.arrival.files
    if stored.path is None or not within(stored.path, path):
        return False
    # what a COPY brings may be a file where its name does not tell
    return stored.path != path or (stored.tree and stored.how not in {"copy", "stage"})


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

"""Which RUN of a stage has installed what a later one uninstalls."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.shell import Install, Remove
from dlint.shell.managers import manager_named
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects
    from dlint.syntax import Run

DEVELOPMENT = "what development needs"


class _Turn(NamedTuple):
    """A package is installed where it was not, or removed (`run` and `install` are None): by the
    step of a stage with the number `at`.
    """

    at: int
    order: int
    run: Run | None = None
    install: Install | None = None


class FirstInstalls:
    """The first RUN of each stage that installs a package or a group by its name, or what
    development needs, and does not remove it again: the first since a RUN surely has removed that.
    """

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._by_stage: dict[int, dict[tuple[str, str], list[_Turn]]] = {}

    def first(
        self, stage: Stage, run: Run, manager: str, names: Iterable[str]
    ) -> tuple[Run, Install] | None:
        """Return a manager's first install above `run` of one of these names, less the packages
        that the same RUN removes again.
        """
        parts = self._build.parts_before(stage, run)
        turns = [(self._in_stage(each), count) for each, count in parts]
        found = (self._last(turns, (manager, name)) for name in names)
        _, turn = min(filter(None, found), default=(0, None), key=_place)
        if turn is None or turn.run is None or turn.install is None:
            return None
        return turn.run, turn.install

    def _last(
        self, parts: list[tuple[dict[tuple[str, str], list[_Turn]], int]], key: tuple[str, str]
    ) -> tuple[int, _Turn] | None:
        """Return by which install something is there in the end, with the number of the part of the
        chain that it is in; None where nothing is there.
        """
        found: tuple[int, _Turn] | None = None
        for number, (turns, count) in enumerate(parts):
            known = turns.get(key, [])
            at = bisect_left(known, count, key=attrgetter("at"))
            if at and known[at - 1].install is None:
                found = None
            elif at and (at > 1 or found is None):
                found = number, known[at - 1]
        return found

    def _in_stage(self, stage: Stage) -> dict[tuple[str, str], list[_Turn]]:
        found = self._by_stage.get(stage.index)
        if found is None:
            found = self._by_stage[stage.index] = {}
            for at, step in enumerate(self._build.steps(stage)):
                for run, effects in self._build.effects_in([step]):
                    for key, turn in _turns(run, effects, at):
                        known = found.setdefault(key, [])
                        if not known or (known[-1].install is None) is not (turn.install is None):
                            known.append(turn)
        return found


def prunes(remove: Remove) -> bool:
    """Tell whether what development needs is removed."""
    return not remove.packages and manager_named(remove.manager).prunes


def _turns(run: Run, effects: Effects, at: int) -> Iterator[tuple[tuple[str, str], _Turn]]:
    """Yield what a RUN surely removes, but to install it behind that, and what it installs and
    keeps.
    """
    for remove in effects.of(Remove):
        if remove.command.certain:
            behind = (each for each in effects.of(Install) if each.span.start > remove.span.start)
            again = frozenset[str]().union(*(each.names for each in behind))
            for name in (DEVELOPMENT,) if prunes(remove) else remove.names - again:
                yield (remove.manager, name), _Turn(at, 0)
    for order, install in enumerate(effects.kept_installs()):
        for name in _told_by(install):
            yield (install.manager, name), _Turn(at, order, run, install)


def _told_by(install: Install) -> Iterator[str]:
    """Yield the names that a removal of an install's packages has."""
    yield from install.names
    if install.group:
        yield install.group
    if install.dev and not install.packages:
        yield DEVELOPMENT


def _place(found: tuple[int, _Turn]) -> tuple[int, int, int]:
    number, turn = found
    return number, turn.at, turn.order

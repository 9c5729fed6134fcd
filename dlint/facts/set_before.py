"""Which owners, groups and modes RUNs above have set already."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.facts.modes import keeps_given
from dlint.facts.owners import may_be, owner
from dlint.syntax import Run
from dlint.text.paths import above, within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.shell import Rewrite

# Commands on one path that are looked at, from the last one up: those of stages that the image
# does not stand on may be many.
_MOST_LOOKED_AT = 20


class _Setter(NamedTuple):
    """A command that sets `value`: `at` is its RUN's number, and where it begins there."""

    at: tuple[int, int]
    run: Run
    rewrite: Rewrite
    value: str


_AT = attrgetter("at")


def is_set_before(build: Build, run: Run, rewrite: Rewrite, stored: Stored) -> bool | None:
    """Tell whether commands above have set, as the last ones, the owner or mode that a command of a
    RUN sets of something stored; None where its own step decides.
    """
    wanted = _values(rewrite)
    last = {kind: _last(build, run, rewrite, stored, kind) for kind in wanted}
    kept = [_keeps(kind, last[kind], value) for kind, value in wanted.items()]
    if False in kept:
        return False
    return True if kept and None not in kept else None


def _keeps(kind: str, setter: _Setter | None, now: str) -> bool | None:
    """Tell whether what a command has set stays under another; None where there is none."""
    if setter is None:
        return None
    return keeps_given(setter.value, now) if kind == "mode" else may_be(now, setter.value)


def _values(rewrite: Rewrite) -> dict[str, str]:
    """Return what a command sets: owner, group or mode, each with its value."""
    value = rewrite.value or ""
    if rewrite.how == "chmod":
        values = {"mode": value}
    elif rewrite.how == "chgrp":
        values = {"group": owner(value)[0]}
    elif rewrite.how == "chown":
        values = dict(zip(("user", "group"), owner(value.replace(".", ":")), strict=True))
    else:
        values = {}
    return {kind: each for kind, each in values.items() if each}


def _last(build: Build, run: Run, rewrite: Rewrite, stored: Stored, kind: str) -> _Setter | None:
    """Return the last command above one that sets the same of all that it changes of something
    stored, since that was.
    """
    path = rewrite.place.rooted
    if path is None:
        return None
    inner = stored.path if stored.path and within(stored.path, path) else path
    setters = build.fact(_setters)
    times = (stored.instruction.index, stored.start), (run.index, rewrite.command.span.start)
    last: _Setter | None = None
    for place in (inner, *above(inner), "/"):
        for setter in _between(setters.get((kind, place), ()), *times):
            if _takes(setter.rewrite, stored, inner) and _is_of_image(build, run, setter):
                last = max(last or setter, setter, key=_AT)
                break
    return last


def _between(
    setters: Sequence[_Setter], since: tuple[int, int], until: tuple[int, int]
) -> Iterator[_Setter]:
    """Yield the commands that run between two, the last ones first."""
    end = bisect_left(setters, until, key=_AT)
    for number in range(end - 1, max(end - _MOST_LOOKED_AT, 0) - 1, -1):
        if setters[number].at <= since:
            return
        yield setters[number]


def _is_of_image(build: Build, run: Run, setter: _Setter) -> bool:
    """Tell whether the image that a RUN is part of holds the layer of a command."""
    stage, own = build.stage_of(setter.run), build.stage_of(run)
    return stage is not None and own is not None and build.stands_on(own, stage)


def _takes(setter: Rewrite, stored: Stored, path: str) -> bool:
    """Tell whether a command changes all of what was stored at or below a path."""
    return setter.recursive or (setter.place.rooted == path and stored.is_file(path))


def _setters(build: Build) -> Mapping[tuple[str, str], Sequence[_Setter]]:
    """Return the commands that surely set something of the files at a path, in their order, by what
    they set and the path; a fact.
    """
    from dlint.shell.effects import Rewrite

    found: dict[tuple[str, str], list[_Setter]] = {}
    runs = (each for each in build.dockerfile.instructions if isinstance(each, Run))
    for run in runs:
        for rewrite in filter(_is_sure, build.effects(run).of(Rewrite)):
            at = (run.index, rewrite.command.span.start)
            for kind, value in _values(rewrite).items():
                key = kind, rewrite.place.rooted or ""
                found.setdefault(key, []).append(_Setter(at, run, rewrite, value))
    return found


def _is_sure(rewrite: Rewrite) -> bool:
    """Tell whether a command changes all files at or below one path."""
    is_known = rewrite.place.rooted is not None and not rewrite.place.glob
    return is_known and rewrite.command.certain and rewrite.only in {"", "f"}

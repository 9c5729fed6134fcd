"""How to move late installs of system packages before a COPY, in words."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.installs.late_installs import arrived
from dlint.installs.system_installs import sets_sources
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.syntax import Arg, Env, Run, Shell, User
from dlint.text.paths import within
from dlint.text.patterns import VARIABLE, regex
from dlint.text.units import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.installs.late_installs import LateInstall
    from dlint.model.build import Build
    from dlint.syntax import Instruction

# Where programs find others, their libraries and their settings without a word of them.
_FOUND_UNNAMED = regex(r"/(?:bin|etc|home|lib\w*|root|sbin|usr|var)/")


def way_above(build: Build, late: Sequence[LateInstall], place: str) -> str:
    """Say how to move installs before a COPY, which `place` names, with what goes along: of several
    RUNs, one may need that, and another prepare it. Or that goes after a RUN that does more.
    """
    if len(late) == 1 and _may_sink(build, late[0]):
        return f"move {place} after this `RUN`, which does not mention the file"
    copy, runs = late[0].copy, [each.run for each in late]
    needed = _moved_along(build, copy, runs)
    user = _user_between(build, copy, runs, needed)
    if needed and len(late) > 1 and not any(each.is_part for each in late):
        rows = sorted(each.line for each in (*needed, *runs))
        return f"move {lines(rows)} before {place}, in this order{user}"
    apart = " in a `RUN` of its own" * late[0].is_part
    named = " and ".join(f"line {each.line}" for each in needed)
    return f"install{apart} before {place}{f', with {named} before it' * bool(needed)}{user}"


def _user_between(
    build: Build, copy: Instruction, runs: Sequence[Run], moved: Sequence[Instruction]
) -> str:
    """Say which user RUNs need that move before a COPY, where a RUN behind the COPY needs the one
    that is set there: a USER that moves along would be that of both.
    """
    own, user = build.state(copy).user, build.state(runs[0]).user
    if own == user or not _is_user_needed(build, copy, runs, moved):
        return ""
    before = f"`USER {own}`" if own else "the base image's user"
    return f", with `USER {user}` before and {before} after {'them' if runs[1:] else 'it'}"


def _is_user_needed(
    build: Build, copy: Instruction, runs: Sequence[Run], moved: Sequence[Instruction]
) -> bool:
    """Tell whether a RUN between a COPY and RUNs that move before it runs as the COPY's user, and
    stays.
    """
    own, staying = build.state(copy).user, frozenset((*runs, *moved))
    return any(
        isinstance(each, Run) and each not in staying and build.state(each).user == own
        for each in _between(build, copy, runs)
    )


def _may_sink(build: Build, late: LateInstall) -> bool:
    """Tell whether a COPY of one file, right before a RUN that does more than install, may rather
    stand after that, which does not mention the file and works elsewhere.
    """
    copy, run = late.copy, late.run
    if not late.is_part or copy is not late.worst or copy.index + 1 != run.index:
        return False
    arrival = arrived(build, copy)
    places = [*arrival.files] if arrival else []
    return len(places) == 1 and not _may_be_meant(build, run, places[0])


def _may_be_meant(build: Build, run: Run, place: str) -> bool:
    """Tell whether a RUN works where a file stands, or mentions it, or a folder around it, or may
    find it where programs look by themselves.
    """
    name = posixpath.basename(place)
    workdir = build.state(run).workdir or UNKNOWN_WORKDIR
    if _FOUND_UNNAMED.match(place) or within(place, workdir):
        return True
    if any(name in text for text in run.texts):
        return True
    words = {word.form for each in build.script(run).commands for word in each.args}
    around = (each for each in words if each.startswith("/"))
    return any(within(place, each) or fnmatchcase(place, each) for each in around)


def _moved_along(build: Build, copy: Instruction, runs: Sequence[Run]) -> list[Instruction]:
    """Return what stands between a COPY and RUNs that install packages, and goes before those:
    sources of packages, the index that they do not fetch themselves, the settings that they
    mention, and the USERs that they run as, if not as the COPY's and no other RUN's.
    """
    between = [each for each in _between(build, copy, runs) if each not in frozenset(runs)]
    found = [
        each for each in between if isinstance(each, Run) and _is_needed_before(build, each, runs)
    ]
    moved = [*found, *_settings(between, (*found, *runs))]
    if not _is_user_needed(build, copy, runs, moved):
        users = [each for each in between if isinstance(each, User)]
        own = build.state(copy).user
        others = (each for each in runs if build.state(each).user != own)
        last = ([user for user in users if user.index < each.index][-1:] for each in others)
        moved += {*chain.from_iterable(last)}
    return sorted(moved, key=attrgetter("index"))


def _between(build: Build, copy: Instruction, runs: Sequence[Run]) -> list[Instruction]:
    stage = build.stage_of(copy)
    of_stage = stage.instructions if stage else ()
    return [each for each in of_stage if copy.index < each.index < runs[-1].index]


def _settings(between: Sequence[Instruction], runs: Sequence[Run]) -> Iterator[Instruction]:
    """Yield the settings among instructions that RUNs below them mention, or apt looks up, and
    those that these are worked out from.
    """
    used = {"DEBIAN_FRONTEND", *chain.from_iterable(map(_variables, runs))}
    for each in reversed(between):
        match each:
            case Shell():
                yield each
            case Arg() | Env() if not used.isdisjoint(pair.name for pair in each.pairs):
                used.update(_variables(each))
                yield each


def _variables(instruction: Instruction) -> Iterator[str]:
    """Yield the names of the variables that an instruction mentions."""
    return chain.from_iterable(map(VARIABLE.findall, instruction.texts))


def _is_needed_before(build: Build, run: Run, installing: Sequence[Run]) -> bool:
    """Tell whether a RUN names sources of packages, or fetches the index that one of those below
    installs by, which fetches none itself.
    """
    from dlint.shell import Install, Refresh

    if sets_sources(build, run):
        return True
    fetched = {each.manager for each in build.effects(run).of(Refresh)}
    return any(
        install.manager in fetched
        for each in installing
        if each.index > run.index and not build.effects(each).of(Refresh)
        for install in build.effects(each).of(Install)
    )

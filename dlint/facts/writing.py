"""Whether a step may have put files of its own into a folder, as far as its commands tell."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.facts.arrivals import names_below
from dlint.facts.needs import is_system_manager
from dlint.model.profiles import PROFILES
from dlint.model.scope import join
from dlint.model.tree import within
from dlint.syntax import Copy, Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlint.model.build import Build, Step
    from dlint.shell import Install
    from dlint.shell.effects import Effect
    from dlint.syntax import Transfer

_OF_THE_BASE = regex(
    r"/(?:bin|boot|dev|etc|lib\w*|proc|root(?!/\.local)|run|sbin|sys|usr(?!/src/)|var(?!/www/))(?:/|\Z)|/(?:home|opt|usr|var)?\Z"
)
# Folders of the Filesystem Hierarchy Standard 3.0: what stands in them may be a symlink of the
# base.
_STANDARD = tuple(
    f"/{name}/"
    for name in (
        "bin boot dev etc home lib lib64 media mnt proc root run sbin sys tmp usr var".split()
    )
)


def base_may_hold(path: str) -> bool:
    """Tell whether the base image may have files of its own at `path` or below it."""
    return _OF_THE_BASE.match(path) is not None


def works_in(build: Build, run: Run, folder: str) -> bool:
    """Tell whether a program of which nothing is known, or a build, runs in a folder."""
    from dlint.shell import Install, Unknown

    workdir = build.state(run).workdir or "/?"
    return any(
        within(join(workdir, each.command.cwd or ".") or "", folder)
        for each in build.effects(run).items
        if isinstance(each, Unknown) or (isinstance(each, Install) and each.hidden)
    )


def may_write(
    build: Build, step: Step, path: str, known: Callable[[Effect], bool] = lambda _: False
) -> bool:
    """Tell whether the RUN of a step may have put something below `path`, but for the effects that
    are `known`.
    """
    instruction, state = step.instruction, step.state
    if not isinstance(instruction, Run):
        return False
    effects = build.effects(instruction, state)
    if not effects.known:
        return within(state.workdir or "/?", path) or path in instruction.value.text
    return any(
        _writes(each, state.workdir or "/?", path) for each in effects.items if not known(each)
    )


def _writes(effect: Effect, workdir: str, path: str) -> bool:
    from dlint.shell import Create, Install, Unknown

    here = within(join(workdir, effect.command.cwd or ".") or "", path)
    match effect:
        case Create():
            place = effect.place.rooted
            return here if place is None else place != path and within(place, path)
        case Unknown():
            return here or names_below(effect.command, workdir, path)
        case Install():
            return here and _installs_here(effect)
        case _:
            return False


def _installs_here(install: Install) -> bool:
    """Tell whether an install may put something into the folder that it runs in."""
    if is_system_manager(install.manager) or install.everywhere:
        return False
    return not install.managed_by.for_interpreter or bool(install.projects)


def can_be_linked(build: Build, copy: Copy) -> bool:
    """Tell whether `--link` has effect on a COPY: the builder merges layers, and an owner is known
    without the base's users.
    """
    if not PROFILES[build.options.builder].links or copy.chmod:
        return False
    return copy.chown is None or copy.chown.replace(":", "").isdecimal()


def goes_where_nothing_stands(build: Build, step: Step) -> bool:
    """Tell whether a COPY goes to a place outside the base's standard folders, and not right below
    the root, that no step above may have put something at.
    """
    place = step.destination()
    if place is None or place.count("/") == 1 or place.startswith(_STANDARD):
        return False
    return not _is_made_before(build, step, place)


def _is_made_before(build: Build, step: Step, path: str) -> bool:
    """Tell whether a step above `step` may have put something at `path` or below it, or may have
    made a folder on the way there.
    """
    above = takewhile(
        lambda each: each.instruction is not step.instruction, build.chain(step.stage)
    )
    return any(_makes(build, each, path) for each in above)


def _makes(build: Build, step: Step, path: str) -> bool:
    match step.instruction:
        case Copy() as copy if copy.destination:
            place = step.destination()
            return place is None or within(place, path) or within(path, place)
        case Run() as run:
            named = build.effects(run).mentions - {"/"}
            return any(within(path, each) for each in named)
    return False


def write_apart(build: Build, one: Transfer, other: Transfer) -> bool:
    """Tell whether two COPYs share no place, nor a symlink that could lead to one; `other` may take
    from a stage what was found to be apart.
    """
    selections = (build.selection(one), build.selection(other))
    if selections[0] is None or selections[1] is None:
        return bool(other.from_)
    landed = [*selections[0].entries, *selections[1].entries]
    files = [each.path for each in landed if each.entry.kind != "dir"]
    links = any(each.entry.kind == "symlink" for each in landed)
    return len(files) == len(set(files)) and not links

"""Whether a step may have put files of its own into a folder, as far as its commands tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.arrivals import names_below
from dlint.facts.needs import is_system_manager
from dlint.model.scope import join
from dlint.model.tree import within
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlint.model.build import Build, Step
    from dlint.shell import Install
    from dlint.shell.effects import Effect

_OF_THE_BASE = regex(
    r"/(?:bin|boot|dev|etc|lib\w*|proc|root(?!/\.local)|run|sbin|sys|usr(?!/src/)|var(?!/www/))(?:/|\Z)|/(?:home|opt|usr|var)?\Z"
)
_GLOBAL = frozenset(
    ("gem", "pip", "uv")
)  # what they install for a project goes to the interpreter's own folders


def base_may_hold(path: str) -> bool:
    """Tell whether the base image may have files of its own at `path` or below it."""
    return _OF_THE_BASE.match(path) is not None


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
    return install.manager not in _GLOBAL or bool(install.projects)

"""Which version of a tool an image brings, so far as the image's name tells."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dlint.facts.tags import Tag
from dlint.images.reference import parse_reference
from dlint.shell.effects import Install
from dlint.syntax import Run
from dlint.text.patterns import regex
from dlint.text.safe import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell.managers.manager import Flag, Manager

# Names that tags have instead of numbers: the releases of Debian, Ubuntu and Node.js that are old
# enough to matter.
_NAMES: dict[str, dict[str, tuple[int, ...]]] = {
    "debian": {
        "wheezy": (7,),
        "jessie": (8,),
        "stretch": (9,),
        "buster": (10,),
        "bullseye": (11,),
    },
    "ubuntu": {"precise": (12, 4), "trusty": (14, 4), "xenial": (16, 4), "bionic": (18, 4)},
    "node": {"argon": (4,), "boron": (6,), "carbon": (8,)},
}
_NODESOURCE = regex(r"nodesource\.com/setup_(\d+)\.x")
_NODE = regex(r"(?i)node(?:js)?[-_.:]?v?\d")  # `ubi9/nodejs-20`, `ci-image:22.04-node20`
_CONSTRAINT = regex(r"([<>=!~^]{0,3})\s{0,9}v?(\d++(?:\.\d++)*+)")
_NEWEST = 1 << 30  # what a tag leaves open (`8` is the newest 8)
_HIDDEN = (0,)  # some version, which nothing here tells


def version_of(stage: Stage, tool: str) -> tuple[int, ...] | None:
    """Return the version of `tool` that the tag of a stage's outermost base names; None where it
    does not tell.

    The image is called so (`golang:1.22-alpine`, `circleci/node:8`), or its tag says what it stands
    on (`cuda:8.0-devel-ubuntu14.04`). What the tag leaves open counts as the newest: `8` is not
    older than `8.12`.
    """
    base = stage.outermost
    try:
        reference = parse_reference(base.image or "")
    except ValueError:
        return None
    tag = Tag.read(reference.tag or "")
    if reference.name.rpartition("-")[2] == tool and tag.version:
        return _numbers(tag.version)
    names = _NAMES.get(tool, {})
    for part in (*tag.ground, *tag.words):
        if part in names:
            return (*names[part], _NEWEST)
        if part.startswith(tool) and part in tag.ground:
            return _numbers(re.findall(r"\d+", part))
    return None


def _numbers(found: Sequence[str]) -> tuple[int, ...] | None:
    return (*(number(each) or 0 for each in found), _NEWEST) if found else None


def node_version(build: Build, run: Run) -> tuple[int, ...] | None:
    """Return the version of Node.js that a RUN finds, by the setup script that ran before or by the
    base's tag; None where that does not tell, or where another npm was installed.
    """
    stage = build.stage_of(run)
    if stage is None:
        return None
    told = [each for each in build.fact(_node_runs)(stage) if each[0] <= run.index]
    if any(version is None for _, version in told):
        return None
    return (number(told[-1][1] or "") or 0, _NEWEST) if told else version_of(stage, "node")


def is_node_untold(build: Build, run: Run) -> bool:
    """Tell whether nothing says how old the Node.js is that a RUN finds: another's image brings it,
    and neither its name nor a step above tells a version.
    """
    from dlint.facts.uses import base_reference

    stage = build.stage_of(run)
    if stage is None or any(index <= run.index for index, _ in build.fact(_node_runs)(stage)):
        return False
    base = base_reference(build, stage)
    is_official = base is not None and base.is_official
    return not (
        is_official or version_of(stage, "node") or _NODE.search(stage.outermost.image or "")
    )


def _node_runs(build: Build) -> Callable[[Stage], list[tuple[int, str | None]]]:
    """Return what lists the RUNs of a stage's chain that bring Node.js, by their numbers: with its
    version by the setup script, None where they bring another npm.
    """

    @cache
    def runs(stage: Stage) -> list[tuple[int, str | None]]:
        found: list[tuple[int, str | None]] = []
        for run, effects in build.effects_in(build.chain(stage)):
            found += ((run.index, match[1]) for match in _NODESOURCE.finditer(run.value.text))
            if any(_is_npm(each) for each in effects.of(Install)):
                found.append((run.index, None))
        return found

    return runs


def knows(build: Build, run: Run, manager: Manager, flag: Flag) -> bool:
    """Tell whether the manager that a RUN finds knows a flag, so far as the steps above and the
    base's tag tell; where they do not, it is a new one.
    """
    version = build.fact(_Versions).at(run, manager)
    if version is not None:
        return version >= _version(flag.since)
    stage = build.stage_of(run)
    for tool, first in flag.images.items():
        found = version_of(stage, tool) if stage else None
        if tool == "node":
            found = node_version(build, run)
        if found is not None and found < _version(first):
            return False
    return True


def name_known(build: Build, run: Run, manager: Manager, flag: Flag) -> str:
    """Return a flag as the manager that a RUN finds knows it; "" where it has nothing like it, or
    nobody can tell.
    """
    if knows(build, run, manager, flag):
        return flag.name
    is_hidden = build.fact(_Versions).at(run, manager) == _HIDDEN
    return "" if flag.gone and is_hidden else flag.before


class _Versions:
    """The versions of managers that the RUNs of a stage's chain bring, worked out by need."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._known: dict[tuple[int, str], list[tuple[int, tuple[int, ...]]]] = {}

    def at(self, run: Run, manager: Manager) -> tuple[int, ...] | None:
        """Return the version that the last step up to `run` installs; older than all is one that is
        named, but not known.
        """
        stage = self._build.stage_of(run)
        if stage is None:
            return None
        key = stage.index, manager.name
        if key not in self._known:
            self._known[key] = list(self._brought(stage, manager))
        found = [version for index, version in self._known[key] if index <= run.index]
        return found[-1] if found else None

    def _brought(self, stage: Stage, manager: Manager) -> Iterator[tuple[int, tuple[int, ...]]]:
        for step in self._build.chain(stage):
            if version := _brought(self._build, step, manager):
                yield step.instruction.index, version


def _brought(build: Build, step: Step, manager: Manager) -> tuple[int, ...] | None:
    """Return the version of a manager that a RUN brings as a package."""
    run = step.instruction
    if not isinstance(run, Run):
        return None
    named = [
        _limit(step.state.expand(package.version) or package.version)
        for install in build.effects(run, step.state).of(Install)
        for package in install.packages
        if package.name == manager.name and not install.managed_by.is_system
    ]
    return named[-1] if named else None


def _limit(constraint: str) -> tuple[int, ...]:
    """Return the newest version that a constraint allows."""
    if "$" in constraint or "`" in constraint:
        return _HIDDEN
    limits = [_newest(*match.groups()) for match in _CONSTRAINT.finditer(constraint)]
    return min(limits, default=(_NEWEST,))


def _newest(sign: str, text: str) -> tuple[int, ...]:
    numbers = _version(text)
    match sign:
        case ">" | ">=" | "!=":
            return (_NEWEST,)
        case "<":
            while numbers[1:] and not numbers[-1]:
                numbers = numbers[:-1]
            numbers = (*numbers[:-1], numbers[-1] - 1)
        case "^":
            numbers = numbers[:1]
        case "~=":
            numbers = numbers[:-1]
        case "~":
            numbers = numbers[:2]
    return (*numbers, _NEWEST)


def _version(text: str) -> tuple[int, ...]:
    return tuple(number(each) or 0 for each in re.findall(r"\d+", text))


def _is_npm(install: Install) -> bool:
    """Tell whether an install brings a version of npm of its own."""
    return any(each.name == "npm" and each.version for each in install.packages)

"""What the bases that the repository builds itself hand on: variables, working directory, user,
shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.context import EmptyContext
from dlint.errors import DlintError
from dlint.model.build import BaseState, Build, Options
from dlint.model.stages import read_stages
from dlint.project.names import builds_of_base, names_of_bases
from dlint.syntax import Env
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.stages import Stage
    from dlint.project.recipes import Recipes
    from dlint.syntax import Dockerfile

DEEPEST = 4  # bases of bases
_PASSED = "\0passed"  # in place of what a recipe passes: what it goes into is not known


def states_of_own_bases(
    recipes: Recipes, path: str, options: Options, depth: int = 0
) -> Mapping[str, BaseState]:
    """Return what the bases of the Dockerfile `path` hand on that its repository builds itself, by
    the names in its FROMs.
    """
    text = recipes.dockerfiles.get(path, "")
    if depth >= DEEPEST or not any(name in text for name in names_of_bases(recipes)):
        return {}
    stages = read_stages(_parsed(path, text), options.build_args, options.platform)
    names = sorted({_name(stage) for stage in stages if stage.is_external} - {""})
    found = {name: _state_of(recipes, path, name, options, depth) for name in names}
    return {name: state for name, state in found.items() if state is not None}


def _parsed(path: str, text: str) -> Dockerfile:
    return parse(Source.from_bytes(path, text.encode("utf-8", "replace")))


def _name(stage: Stage) -> str:
    """Return the image that a stage stands on; "" where a variable is a part of its name, not only
    of its tag.
    """
    name = stage.named_image
    return "" if "$" in name.partition(":")[0] else name


def _state_of(
    recipes: Recipes, path: str, name: str, options: Options, depth: int
) -> BaseState | None:
    """Return what a base hands on, where one Dockerfile and one target of the repository make
    it.
    """
    builds = builds_of_base(recipes, path, name)
    places = {(each.dockerfile, each.target) for each in builds}
    if len(places) != 1 or path in {each.dockerfile for each in builds}:
        return None
    own, target = places.pop()
    key = (_read, own, target, options.platform)
    found: BaseState | None = recipes.keep(
        key, lambda: _read(recipes, own, target, options, depth + 1)
    )
    return found


def _read(
    recipes: Recipes, path: str, target: str, options: Options, depth: int
) -> BaseState | None:
    """Return what a target of a Dockerfile sets in the end, whatever arguments are passed."""
    dockerfile = _parsed(path, recipes.dockerfiles.get(path, ""))
    bases = states_of_own_bases(recipes, path, options, depth)
    plain = Options(target=target or None, platform=options.platform, bases=bases)
    passed = dict.fromkeys((each.name for each in recipes.arguments), _PASSED)
    found = [_end(dockerfile, plain), _end(dockerfile, plain._replace(build_args=passed))]
    one, other = found
    if one is None or other is None:
        return None
    return BaseState(
        tuple(sorted(set(one.values).intersection(other.values))),
        one.workdir if one.workdir == other.workdir else None,
        one.user if one.user == other.user else None,
        one.shell if one.shell == other.shell else None,
    )


def _end(dockerfile: Dockerfile, options: Options) -> BaseState | None:
    try:
        build = Build(dockerfile, EmptyContext(), options)
    except DlintError:
        return None
    if dockerfile.errors or build.target is None:
        return None
    end = build.end(build.target)
    names = set(_variables(build, build.target))
    values = ((name, value) for name, value in end.values.items() if name in names)
    return BaseState(tuple(values), end.workdir, end.user, end.shell)


def _variables(build: Build, target: Stage) -> Iterator[str]:
    """Yield the variables that an image hands on: those of its base, and of each ENV."""
    steps = build.chain(target)
    yield from steps[0].state.values
    for step in steps:
        if isinstance(step.instruction, Env):
            yield from (pair.name for pair in step.instruction.pairs)

"""Build arguments by which recipes choose what a FROM of the Dockerfile names, where its default
names nothing, or where all that pushes the image chooses another stage.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.context.moby import references
from dlint.model.stages import read_stages
from dlint.syntax import Arg, From
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Options
    from dlint.model.stages import Stage
    from dlint.project.recipes import Recipes
    from dlint.syntax import Dockerfile


def arguments_of_bases(recipes: Recipes, path: str, options: Options) -> Mapping[str, str]:
    """Return the build arguments that decide which stage, or image, a FROM of the Dockerfile `path`
    names: those that all that pushes it passes alike, or else all builds that tell any.
    """
    text = recipes.dockerfiles.get(path, "")
    if not text or not recipes.builds_of(path):
        return {}
    dockerfile = parse(Source.from_bytes(path, text.encode("utf-8", "replace")))
    pushed = _passed_by_pushes(recipes, path, dockerfile)
    passed = pushed or _agreed(recipes, path)
    if not passed:
        return {}
    given, platform = options.build_args, options.platform
    before = read_stages(dockerfile, given, platform)
    after = read_stages(dockerfile, {**passed, **given}, platform)
    names = {
        name
        for old, new in zip(before, after, strict=True)
        if _is_decided(old, new) or (pushed and _is_another(old, new))
        for name in _names(dockerfile, new.from_)
    }
    return {name: value for name, value in passed.items() if name in names}


def _passed_by_pushes(recipes: Recipes, path: str, dockerfile: Dockerfile) -> dict[str, str]:
    """Return the arguments above the first FROM that all that pushes an image passes, written out
    and with one value.
    """
    pushes = recipes.regular_pushes(path)
    above = takewhile(lambda each: not isinstance(each, From), dockerfile.instructions)
    names = (pair.name for each in above if isinstance(each, Arg) for pair in each.pairs)
    found = {}
    for name in names:
        if not (pushes and all(each.passes and name in each.passes for each in pushes)):
            continue
        paths = {each.path for each in pushes}
        told = (each for each in recipes.arguments_of(name) if each.given and each.path in paths)
        values = {"" if each.is_put_in else each.value for each in told}
        if len(values) == 1 and all(values):
            found[name] = values.pop()
    return found


def _agreed(recipes: Recipes, path: str) -> dict[str, str]:
    builds = [each.args for each in recipes.builds_of(path) if each.args]
    if not builds:
        return {}
    common = frozenset(builds[0]).intersection(*builds[1:])
    return dict(sorted(common))


def _is_decided(old: Stage, new: Stage) -> bool:
    """Tell whether a FROM names something by the values that are passed, and nothing without."""
    if new.base is not None:
        return old.base is None
    return old.image is None and new.image is not None


def _is_another(old: Stage, new: Stage) -> bool:
    """Tell whether a FROM names another stage by the values that are passed than without."""
    bases = {each.base.index for each in (old, new) if each.base is not None}
    return len(bases) > 1


def _names(dockerfile: Dockerfile, from_: From) -> Iterator[str]:
    """Yield the arguments that make what a FROM names, also by the defaults of others."""
    escape = dockerfile.escape
    wanted = set(references(from_.image.text, escape)) if from_.image else set[str]()
    for each in reversed(dockerfile.instructions[: from_.index]):
        if not isinstance(each, Arg):
            continue
        for pair in reversed(each.pairs):
            if pair.name in wanted:
                wanted |= references(pair.value or "", escape)
    yield from wanted

"""Build arguments that a Bake or Compose file passes, and without which no FROM of the Dockerfile
names what it stands on.
"""

from __future__ import annotations

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
    """Return the build arguments that all builds of the Dockerfile `path` pass which tell any, and
    that decide which stage, or image, a FROM names: its default names none.
    """
    passed = _agreed(recipes, path)
    text = recipes.dockerfiles.get(path, "")
    if not passed or not text:
        return {}
    dockerfile = parse(Source.from_bytes(path, text.encode("utf-8", "replace")))
    given, platform = options.build_args, options.platform
    before = read_stages(dockerfile, given, platform)
    after = read_stages(dockerfile, {**passed, **given}, platform)
    names = {
        name
        for old, new in zip(before, after, strict=True)
        if _is_decided(old, new)
        for name in _names(dockerfile, new.from_)
    }
    return {name: value for name, value in passed.items() if name in names}


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

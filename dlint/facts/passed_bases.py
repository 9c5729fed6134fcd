"""Build arguments that recipes pass, and that decide what a FROM of the Dockerfile stands on: its
default names nothing, or another stage than each push does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.context.moby import references
from dlint.model.stages import read_stages
from dlint.syntax import Arg, From
from dlint.syntax.parser import parse
from dlint.text.patterns import regex
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.model.build import Options
    from dlint.model.stages import Stage
    from dlint.project.recipes import Recipes
    from dlint.syntax import Dockerfile

_ANY_VARIES = regex(r"(?im)^[ \t]*+FROM\b[^#]{0,400}?\$")


def arguments_of_bases(recipes: Recipes, path: str, options: Options) -> Mapping[str, str]:
    """Return the build arguments that decide which stage, or image, a FROM of the Dockerfile `path`
    names: those that all builds pass which tell any, where its default names none, and those with
    which each push chooses another stage.
    """
    is_passed_any = any(each.args or each.passes for each in recipes.builds_of(path))
    text = recipes.dockerfiles.get(path, "") if is_passed_any else ""
    if not _ANY_VARIES.search(text):
        return {}
    dockerfile = parse(Source.from_bytes(path, text.encode("utf-8", "replace")))

    agreed, pushed = _agreed(recipes, path), _pushed(recipes, path, dockerfile)
    return {
        **_deciding(agreed, _is_decided, dockerfile, options),
        **_deciding(pushed, _chooses_stage, dockerfile, options),
    }


def _deciding(
    passed: Mapping[str, str],
    is_decided: Callable[[Stage, Stage], bool],
    dockerfile: Dockerfile,
    options: Options,
) -> dict[str, str]:
    """Return those of some arguments that decide what a FROM names."""
    if not passed:
        return {}
    given, platform = options.build_args, options.platform
    before = read_stages(dockerfile, given, platform)
    after = read_stages(dockerfile, {**passed, **given}, platform)
    names = {
        name
        for old, new in zip(before, after, strict=True)
        if is_decided(old, new)
        for name in _names(dockerfile, new.from_)
    }
    return {name: value for name, value in passed.items() if name in names}


def _agreed(recipes: Recipes, path: str) -> dict[str, str]:
    """Return what all builds pass that tell any: those that push, where one of them does."""
    pushing = [each for each in recipes.regular_pushes(path) if each.args]
    return _common(each.args for each in pushing or recipes.builds_of(path) if each.args)


def _pushed(recipes: Recipes, path: str, dockerfile: Dockerfile) -> dict[str, str]:
    """Return what each build that pushes passes, of the arguments that a FROM names."""
    pushing = recipes.regular_pushes(path)
    if not pushing:
        return {}
    found = _common(each.args for each in pushing)
    bases = [each for each in dockerfile.instructions if isinstance(each, From)]
    for name in {name for each in bases for name in _names(dockerfile, each)}:
        values = {each.value: each.is_put_in for each in recipes.passed_by_pushes(path, name)}
        is_always = all(name in (each.passes or ()) for each in pushing)
        if is_always and [*values.values()] == [False] and not recipes.leave_out(path, name):
            found[name] = next(iter(values))
    return dict(sorted(found.items()))


def _common(builds: Iterable[tuple[tuple[str, str], ...]]) -> dict[str, str]:
    told = list(map(frozenset, builds))
    return dict(sorted(told[0].intersection(*told[1:]))) if told else {}


def _is_decided(old: Stage, new: Stage) -> bool:
    """Tell whether a FROM names something by the values that are passed, and nothing without."""
    if new.base is not None:
        return old.base is None
    return old.image is None and new.image is not None


def _chooses_stage(old: Stage, new: Stage) -> bool:
    """Tell whether a FROM names another stage by the values that are passed."""
    if new.base is None:
        return False
    return old.base is None or old.base.index != new.base.index


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

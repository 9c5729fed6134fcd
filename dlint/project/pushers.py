"""Who pushes an image: the one policy by which dlint speaks of pushes (docs/numbers.md).

An image is pushed where a build of its Dockerfile is seen to push it, or a command of the same file
pushes what that build names. One that recipes only build is not. Where CI builds no image of its
folder, pushes none built from it, and no recipe builds this one, somebody may push it. So may
somebody whose recipe builds it under the name of a registry, in a repository of which no recipe is
seen to push any image, or whose Compose file takes it from the account that recipes push others to.
So may a script that CI starts to push whatever it is told.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.project.deploying import PLAIN
from dlint.project.fitting import names_folder
from dlint.project.image import TARGET
from dlint.project.pushes import RUN_BY, are_built_by_others, is_baked, is_sent
from dlint.project.pushing_scripts import may_be_pushed_by_script
from dlint.project.recipes import ANY, COLD, IMPORTED, Pushing, is_of_ci
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence, Set as AbstractSet

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes

# A machine with a port, one of a domain, whose last part is no number, an address, or a variable.
_REGISTRY = regex(r".*[:$].*|.*\.[A-Za-z][\w-]*|(?:\d+\.){3}\d+")

# What builds and pushes images of a program in Go, and reads no Dockerfile (https://ko.build/).
_WITHOUT_DOCKERFILE = regex(
    r"(?m)^[^#\n]*(?<![\w./-])ko[ \t]+(?:apply|build|create|publish|resolve)\b"
)


def may_leave(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a Dockerfile's image is seen to be pushed, or nothing tells who builds it, or it
    is the one that the programs of others take, which CI starts, or one that a script may push.
    """
    return (
        is_seen_pushed(recipes, dockerfile)
        or _is_untold(recipes, dockerfile)
        or (dockerfile in PLAIN and _may_be_built_by_others(recipes))
        or may_be_pushed_by_script(recipes, dockerfile)
    )


def _may_be_built_by_others(recipes: Recipes) -> bool:
    """Tell whether CI starts programs of others that build images, and none of the repository's is
    seen to be pushed: from a Dockerfile, or from Go's code without one.
    """
    if not are_built_by_others(recipes) or _is_seen_in_ci(recipes):
        return False
    return not recipes.mention(_WITHOUT_DOCKERFILE)


def pushing_alike(recipes: Recipes, dockerfile: str, arguments: AbstractSet[str]) -> Pushing | None:
    """Return how a Dockerfile's image is pushed, which declares these arguments; None where it is
    not, where two builds that push it differ, or one is not read in full.
    """
    pushes = _pushes_of(recipes, dockerfile)
    if not pushes:
        return Pushing() if _may_be_pushed_by_hand(recipes, dockerfile) else None
    states = {(_cache_of(recipes, each), each.target.lower()) for each in pushes}
    cache, target = states.pop()
    if states or not cache or "$" in target:
        return None
    if cache != COLD and not _pass_alike(pushes, arguments):
        return None
    if any(each.hides_platforms for each in pushes):
        return Pushing(cache)  # how many those are is not known
    counts = {len(each.platforms) for each in pushes}
    return Pushing(cache, max(counts), len(counts) == 1)


def _may_be_pushed_by_hand(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether nothing tells who builds a Dockerfile, nor that programs of others do."""
    return _is_untold(recipes, dockerfile) and not are_built_by_others(recipes)


def _any_is_pushed(recipes: Recipes) -> bool:
    """Tell whether a recipe is seen to push an image, whichever Dockerfile it builds."""
    return any(each.delivery.is_pushed for each in recipes.builds)


def _pushes_of(recipes: Recipes, dockerfile: str) -> Sequence[Built]:
    """Return the builds that push a Dockerfile: those of CI, where it does."""
    pushes = [each for each in recipes.builds_of(dockerfile) if each.delivery.is_pushed]
    return [each for each in pushes if is_of_ci(each.path)] or pushes


def _cache_of(recipes: Recipes, built: Built) -> str:
    """Return which cache a build finds; "" where that differs, or is not read."""
    told = built.delivery
    if recipes.is_cold(built):
        return COLD
    if recipes.is_warmed_by_hand(built) or told.unwarmed:
        return ""
    if told.fresh and not (told.reads and _is_warmed(recipes, built)):
        return ""
    return IMPORTED if told.fresh or told.renewed else ANY


def _is_warmed(recipes: Recipes, built: Built) -> bool:
    """Tell whether a cache that a build reads may hold steps for each of its platforms: builds of
    the Dockerfile export some, as far as is known.
    """
    own = recipes.builds_of(built.dockerfile)
    exported = [each.warmed for each in own if each.caches.every_export]
    if not exported or not all(exported):
        return True
    return frozenset(built.platforms) <= frozenset[str]().union(*exported)


def _pass_alike(pushes: Sequence[Built], arguments: AbstractSet[str]) -> bool:
    """Tell whether all builds are known to be given the same of some arguments."""
    if not arguments:
        return True
    told = [names for each in pushes for names in (each.passes, each.fewest)]
    return None not in told and len({names & arguments for names in told if names is not None}) == 1


def _is_seen_in_ci(recipes: Recipes) -> bool:
    return any(each.delivery.is_pushed and is_of_ci(each.path) for each in recipes.builds)


def is_seen_pushed(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether something is seen to push a Dockerfile's image."""
    return (
        bool(pushing_builds(recipes, dockerfile))
        or any(
            each.delivery.is_pushed and names_folder(each.file)
            for _, each in recipes.hidden_of(dockerfile)
        )
        or dockerfile in recipes.released
        or is_sent(recipes, dockerfile)
    )


def pushing_builds(recipes: Recipes, dockerfile: str) -> list[Built]:
    """Return the builds of a Dockerfile that are seen to push it."""
    own = recipes.builds_of(dockerfile)
    return [each for each in own if each.delivery.is_pushed or _is_run_by_push(recipes, each)]


def _is_run_by_push(recipes: Recipes, built: Built) -> bool:
    """Tell whether a Compose or Bake file has a registry's name for an image, and a recipe that
    pushes starts what builds and pushes it.
    """
    if built.delivery.is_for_builder or built.delivery.files:
        return False
    kind = next((each for named, each in RUN_BY if named.search(built.path)), None)
    return is_baked(recipes, built) or (
        kind is not None and any(kind.search(recipes.text_of[each]) for each in recipes.pushing)
    )


def _is_untold(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI builds no image of its folder, and no recipe this one but under the name of a
    registry: where others are seen to be pushed, that of the account which has those. One that no
    recipe builds is not taken for pushed where CI pushes another one with its folder as context.
    """
    if _ci_builds_near(recipes, posixpath.dirname(dockerfile)):
        return False
    own = recipes.builds_of(dockerfile)
    names = [name for each in own for name in each.names if not each.delivery.stays]
    is_built = bool(own or recipes.hidden_of(dockerfile)) or _is_only_tried(recipes, dockerfile)
    if not is_built:
        return not _ci_pushes_from(recipes, posixpath.dirname(dockerfile))
    if _any_is_pushed(recipes):
        from dlint.project.taken import is_taken_by_name

        return is_taken_by_name(recipes, dockerfile)
    return any(map(_names_registry, names))


def _is_only_tried(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether workflows of other repositories are given a Dockerfile, and let into no registry
    with it.
    """
    from dlint.project.foreign_calls import only_tried_from

    tried: frozenset[str] = recipes.keep(only_tried_from, lambda: only_tried_from(recipes.texts))
    return dockerfile in tried


def _ci_builds_near(recipes: Recipes, folder: str) -> bool:
    """Tell whether CI builds a Dockerfile of a folder, or one that is not known."""
    built = {posixpath.dirname(each.dockerfile) for each in recipes.builds if is_of_ci(each.path)}
    hidden = any(is_of_ci(path) for path, _ in recipes.hidden)
    return hidden or folder in built or (not built and any(map(is_of_ci, recipes.pushing)))


def _ci_pushes_from(recipes: Recipes, folder: str) -> bool:
    """Tell whether CI pushes an image whose build context is a folder."""
    return any(
        each.context == (folder or ".") and each.delivery.is_pushed and is_of_ci(each.path)
        for each in recipes.builds
    )


def _names_registry(image: str) -> bool:
    """Tell whether an image's name begins with a registry, or a variable that may hold one."""
    first, slash, _ = image.partition("/")
    return bool(slash) and _REGISTRY.fullmatch(first.removeprefix(TARGET)) is not None

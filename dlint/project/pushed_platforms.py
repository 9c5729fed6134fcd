"""For which platforms recipes push an image."""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dlint.project.recipes import Recipes


class PushedPlatforms(NamedTuple):
    """The platforms for which an image is pushed, and the first recipe that says so."""

    platforms: tuple[str, ...] = ()
    recipe: str = ""


def pushed_platforms(
    recipes: Recipes, dockerfile: str, targets: AbstractSet[str]
) -> PushedPlatforms:
    """Return the platforms for which the builds push a Dockerfile that name one of some targets, in
    lower case, "" for the last stage; none where two of them differ, or one does not tell.
    """
    pushing = recipes.regular_pushes(dockerfile)
    told = [each for each in pushing if each.target.lower() in targets]
    if len({frozenset(each.platforms) for each in told}) != 1:
        return PushedPlatforms()
    return PushedPlatforms(told[0].platforms, told[0].path)

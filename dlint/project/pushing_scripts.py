"""Scripts that CI starts to push whatever image they are told: which of those that other recipes
build is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.recipes import is_of_ci
from dlint.project.starting import is_started_by
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.recipes import Recipes

# Nothing but variables, as far as the name of the image goes.
_PUSHES_ANY = regex(
    r"\b(?:docker|podman|buildah)[ \t]+(?:image[ \t]+)?push[ \t]+[\"']?\$\{?[A-Za-z0-9]"
)


def may_be_pushed_by_script(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a recipe builds a Dockerfile of which nothing says that it is only tried, and CI
    starts a script that may push its image.
    """
    is_built = bool(recipes.builds_of(dockerfile) or recipes.hidden_of(dockerfile))
    return is_built and _are_pushed(recipes) and not recipes.is_built_by_ci(dockerfile)


def _are_pushed(recipes: Recipes) -> bool:
    found: bool = recipes.keep(_are_pushed, lambda: any(_started_by_ci(recipes)))
    return found


def _started_by_ci(recipes: Recipes) -> Iterator[str]:
    """Yield the scripts that push any image, and build none, which CI starts, also by another
    recipe.
    """
    building = {each.path for each in recipes.builds} | {path for path, _ in recipes.hidden}
    for path in sorted(recipes.pushing - building):
        if is_of_ci(path) or not _PUSHES_ANY.search(recipes.without_prose(path)):
            continue
        starting = [each for each, text in recipes.texts if is_started_by(text, path)]
        if any(is_of_ci(each) or _is_started(recipes, each) for each in starting if each != path):
            yield path


def _is_started(recipes: Recipes, path: str) -> bool:
    """Tell whether CI starts a recipe."""
    return any(is_of_ci(each) and is_started_by(text, path) for each, text in recipes.texts)

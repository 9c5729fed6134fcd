"""GitHub's cache where tags and releases alone write it: no tag reads the cache of another
(https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.delivery import GITHUBS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes


def cached_on_tags(recipes: Recipes, dockerfile: str) -> Sequence[Built]:
    """Return the builds that push a Dockerfile, where all of them run for tags and releases alone,
    and read and write no cache but GitHub's, of which they find none; none where one may.
    """
    pushes = [each for each in recipes.builds_of(dockerfile) if each.delivery.is_pushed]
    return pushes if all(_is_cached_in_vain(recipes, each) for each in pushes) else ()


def _is_cached_in_vain(recipes: Recipes, built: Built) -> bool:
    if built.delivery.hopes != GITHUBS or not recipes.is_cold(built):
        return False
    return built.path in recipes.keepers(GITHUBS) and recipes.is_for_tags(built.path)

"""Which Dockerfiles a repository has left behind: nothing builds them, and nobody has touched them
for years.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.context.repositories import find_repository
from dlint.errors import DlintError
from dlint.project.deploying import PLAIN, is_deployed
from dlint.project.fitting import VARIABLE
from dlint.project.pushes import takes_any
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.project.recipes import Recipes

# Of 267 Dockerfiles that the recipes of 114 public repositories name, 19 had not been touched for
# so long; of the 74 that nothing names, 24.
_SECONDS = 2 * 365 * 24 * 60 * 60
# A text without any of these builds no image: one may tell that a tool's version is in many files.
_OF_IMAGES = regex(r"(?i)docker(?!file)|podman|nerdctl|buildah|kaniko|container|images?[-:]")
_MOST = 20  # files that name one Dockerfile, and are read


def is_forgotten(recipes: Recipes, dockerfile: str, commits: int) -> bool:
    """Tell whether no file speaks of a Dockerfile in a repository that builds others, and no commit
    of the last years, nor one of the last `commits`, touched it.
    """
    if dockerfile not in _unnamed(recipes):
        return False
    found: frozenset[str] = recipes.keep(_left_alone, lambda: _left_alone(recipes, commits))
    return dockerfile in found and not _is_spoken_of(recipes, dockerfile)


def _unnamed(recipes: Recipes) -> Sequence[str]:
    """Return the Dockerfiles below the root of which no recipe is known to build any; none where
    recipes build no other ones.
    """
    found: Sequence[str] = recipes.keep(
        _unnamed,
        lambda: [
            path
            for path in (recipes.dockerfiles if recipes.builds else ())
            if "/" in path and not recipes.builds_of(path)
        ],
    )
    return found


def _left_alone(recipes: Recipes, commits: int) -> frozenset[str]:
    repository = find_repository(recipes.root)
    try:
        unnamed = _unnamed(recipes)
        return repository.left_alone(unnamed, _SECONDS, commits) if repository else frozenset()
    except DlintError:  # git takes too long
        return frozenset()


def _is_spoken_of(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a file that may build a Dockerfile, or tells how to, speaks of it: where a
    variable stands for the whole name of one, something else has to name it.
    """
    if takes_any(recipes) or is_deployed(recipes, dockerfile):
        return True
    for _, claim in recipes.hidden_of(dockerfile):
        if VARIABLE.sub("", posixpath.basename(claim.file)).strip("./"):
            return True
    folder, _, name = dockerfile.rpartition("/")
    word = posixpath.basename(folder) if name in PLAIN else name
    others = [path for path in _naming(recipes, word) if path != dockerfile]
    return len(others) > _MOST or any(_OF_IMAGES.search(recipes.read(each)) for each in others)


def _naming(recipes: Recipes, word: str) -> Sequence[str]:
    repository = find_repository(recipes.root)
    return repository.naming(word) if repository else ()

"""Which Dockerfiles CI leaves out that pushes others of the repository: nobody else gets their
images.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING

from dlint.project.deploying import PLAIN, is_deployed
from dlint.project.mentions import Texts
from dlint.project.pushers import is_seen_pushed
from dlint.project.pushes import (
    are_built_by_others,
    ci_pushes,
    ci_pushes_product,
    deciding_texts,
    pushed_by_ci,
    takes_any,
)
from dlint.project.pushing_scripts import may_be_pushed_by_script
from dlint.project.taken import is_taken_by_name
from dlint.text.safe import naming
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.project.recipes import Recipes

# What any folder with a Dockerfile may be called: a text that has the word means no certain one.
_OF_DOCKERFILES = frozenset(
    ".docker build container containers deploy deployment docker dockerfiles".split()
)
# What stands before the name of one at the root, which those in folders are called as well, and
# before others: `**/` finds all that are called so.
_AT_ROOT, _IN_FOLDER = r"(?<![\w./-])(?:\./)?", r"(?<!\*\*/)(?<![\w.-])"


def is_left_out(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI builds and pushes other Dockerfiles of the repository, nothing is seen to
    push this one, nor a script that CI starts, and no recipe that pushes speaks of it, nor a
    document, nor does a Compose file take it from where the others are; at the root, only beside
    one of the repository's product, and if it is not built by others.
    """
    if is_seen_pushed(recipes, dockerfile) or not ci_pushes(recipes) or takes_any(recipes):
        return False
    if is_deployed(recipes, dockerfile) or is_taken_by_name(recipes, dockerfile):
        return False
    if may_be_pushed_by_script(recipes, dockerfile):
        return False
    if "/" not in dockerfile and not _is_spare(recipes, dockerfile):
        return False
    return not _is_spoken_of(recipes, dockerfile)


def _is_spare(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether CI pushes the repository's product from another Dockerfile than one at the root,
    and neither a recipe with a variable for one nor a program of others may take this one.
    """
    if recipes.hidden_of(dockerfile) or (dockerfile in PLAIN and are_built_by_others(recipes)):
        return False
    return ci_pushes_product(recipes) and all(
        each.delivery.is_for_builder for each in recipes.builds_of(dockerfile)
    )


def _is_spoken_of(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a recipe that pushes, or one of CI, has the name of a Dockerfile or its folder,
    which means another one where recipes keep this image for themselves.
    """
    if any(each.dockerfile == dockerfile for each in recipes.documented):
        return True
    own = recipes.builds_of(dockerfile)
    if own and all(each.delivery.is_for_builder for each in own):
        return False
    texts: Texts = recipes.keep(is_left_out, lambda: Texts(deciding_texts(recipes)))
    word = _word_for(recipes, dockerfile)
    before = _IN_FOLDER if "/" in dockerfile else _AT_ROOT
    return texts.speak_of(word, naming(word, before, r"(?![\w.-])"))


def _word_for(recipes: Recipes, dockerfile: str) -> str:
    """Return what means a Dockerfile: the name of its folder or its own; the whole path where
    others of the repository are called alike.
    """
    folder, name = posixpath.split(dockerfile)
    last = posixpath.basename(folder)
    called: _Called = recipes.keep(_Called, lambda: _Called.of(recipes))
    if folder not in called.pushed and _may_be_meant_by_folder(recipes, folder, name):
        return last if called.folders[last] <= 1 else folder
    return dockerfile if name in PLAIN or called.files[name] > 1 else name


def _may_be_meant_by_folder(recipes: Recipes, folder: str, name: str) -> bool:
    """Tell whether the name of a folder means this Dockerfile in it, and not a plain one."""
    if not folder or posixpath.basename(folder) in _OF_DOCKERFILES:
        return False
    return name in PLAIN or not any((recipes.root / folder / each).is_file() for each in PLAIN)


class _Called(NamedTuple):
    """How many Dockerfiles of a repository have a name, how many folders with one have a name, and
    the folders of those that CI pushes.
    """

    files: Counter[str]
    folders: Counter[str]
    pushed: frozenset[str]

    @classmethod
    def of(cls, recipes: Recipes) -> _Called:
        """Count the names of a repository's Dockerfiles."""
        folders = set(map(posixpath.dirname, recipes.dockerfiles))
        return cls(
            Counter(map(posixpath.basename, recipes.dockerfiles)),
            Counter(map(posixpath.basename, folders)),
            frozenset(posixpath.dirname(each.dockerfile) for each in pushed_by_ci(recipes)),
        )

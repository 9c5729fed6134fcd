"""What the repository's other Dockerfiles are built on.

Read from the files themselves, not from a run's other tasks: what is found in one file must not
depend on which others are checked along with it, nor in which process.
"""

from __future__ import annotations

import os

from dlint.context import EmptyContext
from dlint.facts.uses import ImageUse, image_uses
from dlint.model.build import Build
from dlint.project.purpose import is_aside
from dlint.syntax.parser import parse
from dlint.text.source import Source
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.recipes import Recipes


class Base(NamedTuple):
    """What an image stands on that another Dockerfile ships; `path` is relative to the
    repository.
    """

    path: str
    use: ImageUse
    source: Source


class Neighbours(NamedTuple):
    """The bases of the repository's other Dockerfiles that this one names, too, wherever they come
    from; of those that are built together with it, where a recipe builds it at all.

    `path` is this file's own place in the repository.
    """

    path: str
    bases: tuple[Base, ...]


def shipped_bases(build: Build) -> tuple[ImageUse, ...]:
    """Return the images from outside that the layers of pushed images stand on."""
    return tuple(
        use for use in build.fact(image_uses) if use.how == "from" and build.is_pushed(use.stage)
    )


def neighbours(build: Build) -> Neighbours:
    """Look at those Dockerfiles of the repository whose text holds the name of a base of this one.

    A name is the last part of the repository's: a mirror has the same. Examples, tests and what
    else stands beside the product are none to compare with.
    """
    recipes = build.recipes
    names = {
        use.reference.name for use in build.fact(shipped_bases) if use.reference and use.pulled
    }
    if recipes is None or not names or _is_beside(recipes, build.path):
        return Neighbours(build.path, ())
    own = build.path
    together = recipes.built_with(own)
    found = tuple(
        each
        for name in sorted(names)
        for each in _bases(recipes, name)
        if each.path != own and (not together or each.path in together)
    )
    # What stays with whom builds it shares nothing.
    return Neighbours(own, found if found and build.may_leave else ())


def _is_beside(recipes: Recipes, path: str) -> bool:
    """Tell whether a Dockerfile stands beside the product, and CI is not known to push it."""
    if not is_aside(path):
        return False
    from dlint.project.pushes import ci_pushes_file

    return is_aside(path, pushed=ci_pushes_file(recipes, path))


def _bases(recipes: Recipes, name: str) -> tuple[Base, ...]:
    """Return the shipped bases called `name` of all Dockerfiles of a repository."""
    found: tuple[Base, ...] = recipes.keep((_bases, name), lambda: _find_bases(recipes, name))
    return found


def _find_bases(recipes: Recipes, name: str) -> tuple[Base, ...]:
    return tuple(
        each
        for path, text in recipes.dockerfiles.items()
        if name in text and not _is_beside(recipes, path)
        for each in _named(recipes, path, name)
    )


def _named(recipes: Recipes, path: str, name: str) -> Iterator[Base]:
    source, uses = recipes.keep((_read, path), lambda: _read(recipes, path))
    for use in uses:
        if use.reference and use.reference.name == name and use.pulled:
            yield Base(path, use, source)


def _read(recipes: Recipes, path: str) -> tuple[Source, tuple[ImageUse, ...]]:
    shown = os.path.relpath(recipes.root / path).replace(os.sep, "/")
    source = Source.from_bytes(shown, recipes.dockerfiles[path].encode())
    build = Build(parse(source), EmptyContext(), recipes=recipes)
    is_pushed = build.may_leave and not build.dockerfile.errors
    return source, shipped_bases(build) if is_pushed else ()

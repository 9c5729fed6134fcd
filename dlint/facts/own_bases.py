"""Bases that the repository builds itself, and what its Dockerfiles say that they hold."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.context import EmptyContext
from dlint.facts.uses import base_reference
from dlint.model.build import Build
from dlint.project.names import builds_of_base, documented_builds
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.patterns import regex
from dlint.text.source import Source
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.model.stages import Stage
    from dlint.project.recipes import Recipes

_CALLED = regex(r"(?i)(?:docker|container)file[._-]?|[._-]?(?:docker|container)file\Z")
# The name of a base, without what tells its version: in FROM, or the default of an argument.
_BASE = regex(r"(?im)^[ \t]*(?:FROM[ \t]+(?:--\S+[ \t]+)*|ARG[ \t]+\w+=)[\"']?([\w./-]+)")
_STAGE = regex(r"(?im)^[ \t]*FROM[ \t][^\n]*[ \t]AS[ \t]+(\S+)")
_TELLING = 4  # characters of a name that more than one image would hardly end with


class Held(NamedTuple):
    """What the repository's own Dockerfile of a base installs: the managers that install the
    dependencies of a project there, and the names of packages.
    """

    managers: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


def is_base_of_others(build: Build) -> bool:
    """Tell whether another Dockerfile of the repository stands on the image of this one, by its
    name or by what a recipe calls it. A fact.
    """
    recipes = build.recipes
    if recipes is None:
        return False
    others = (path for path in recipes.dockerfiles if path != build.path)
    named = {name for path in others for name in _named_in(recipes, path)}
    if any("/" in each and _is_called(build.path, posixpath.basename(each)) for each in named):
        return True
    return any(build.path in _built_as(recipes, build.path, each) for each in named)


def _named_in(recipes: Recipes, path: str) -> frozenset[str]:
    """Return the names that a Dockerfile may stand on, without those of its own stages."""
    text = recipes.dockerfiles[path]
    found: frozenset[str] = recipes.keep(
        (_named_in, path),
        lambda: frozenset(_BASE.findall(text)).difference(_STAGE.findall(text)),
    )
    return found


def held_by_base(build: Build, stage: Stage) -> Held:
    """Return what the base of a stage holds for sure, or by its name, where a Dockerfile beside
    this one builds it; nothing where none does.
    """
    held: Held = build.fact(_held)[stage.outermost.index]
    return held


def _held(build: Build) -> dict[int, Held]:
    return {each.index: _of_base(build, each) for each in build.stages if each.base is None}


def _of_base(build: Build, stage: Stage) -> Held:
    image, recipes = _image_of(build, stage), build.recipes
    if not image or recipes is None:
        return Held()
    reference = base_reference(build, stage)
    whole = reference.familiar if reference is not None else image
    built = _built_as(recipes, build.path, whole)
    paths = (path for path in recipes.dockerfiles if path != build.path)
    found = [_read(recipes, path) for path in paths if path in built or _is_called(path, image)]
    return Held(
        frozenset[str]().union(*(each.managers for each in found)),
        frozenset[str]().union(*(each.packages for each in found)),
    )


def _image_of(build: Build, stage: Stage) -> str:
    """Return the name of the image that a stage stands on, whatever its tag; "" of an official one,
    and where a variable is a part of the name.
    """
    reference, word = base_reference(build, stage), stage.from_.image
    if reference is not None:
        return "" if reference.is_official else reference.name
    account, _, name = (word.text if word else "").rpartition("/")
    name = name.partition(":")[0]
    return name if account and "$" not in account + name else ""


def _built_as(recipes: Recipes, dockerfile: str, image: str) -> frozenset[str]:
    """Return the Dockerfiles of which recipes or documents make an image of this name, as the
    Dockerfile that stands on it means it.
    """
    builds = builds_of_base(recipes, dockerfile, image) or documented_builds(recipes, image)
    return frozenset(each.dockerfile for each in builds)


def _is_called(path: str, image: str) -> bool:
    """Tell whether a Dockerfile is that of an image by its name, or its folder's: `Dockerfile.base`
    is that of `shop-base`.
    """
    folder, name = posixpath.split(path)
    own = _CALLED.sub("", name) or posixpath.basename(folder)
    return own == image or (len(own) >= _TELLING and image.endswith(f"-{own}"))


def _read(recipes: Recipes, path: str) -> Held:
    held: Held = recipes.keep((_read, path), lambda: _find(recipes, path))
    return held


def _find(recipes: Recipes, path: str) -> Held:
    from dlint.shell import Install

    source = Source.from_bytes(path, recipes.dockerfiles[path].encode())
    build = Build(parse(source), EmptyContext())
    if build.dockerfile.errors or build.target is None:
        return Held()
    found = [
        install
        for step in build.chain(build.target)
        if isinstance(step.instruction, Run)
        for install in build.effects(step.instruction, step.state).of(Install)
    ]
    return Held(
        frozenset(each.manager for each in found if each.manifests or each.projects),
        frozenset(name for each in found for name in each.names),
    )

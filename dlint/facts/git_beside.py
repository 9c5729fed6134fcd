"""Whether other Dockerfiles of the same folder need the `.git` that one of them can do without."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME
from dlint.facts.git_use import git_use, need_of_git
from dlint.model.build import Build
from dlint.project.contexts import likely_contexts
from dlint.reads.python_code import ASKS_GIT
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.stages import Stage
    from dlint.project.recipes import Recipes
    from dlint.syntax import Transfer


def is_git_asked_beside(build: Build) -> bool:
    """Tell whether another Dockerfile that is built in the same folder asks git something, or has a
    compiler do so, so that an ignore file without `.git` would spoil its build: a git that is only
    installed there is no such use. A fact.
    """
    return any(_is_git_used(build, recipes, path) for recipes, path in with_same_ignore_file(build))


def with_same_ignore_file(build: Build) -> Iterator[tuple[Recipes, str]]:
    """Yield the paths of the other Dockerfiles that the repository builds in the same folder, with
    its recipes; none where the ignore file is this Dockerfile's alone.
    """
    ignore, recipes = build.context.ignore, build.recipes
    if recipes is None or (ignore and posixpath.basename(ignore.source.path) != NAME):
        return
    folders = _contexts(recipes, build.path)
    for path in recipes.dockerfiles:
        if path != build.path and not folders.isdisjoint(_contexts(recipes, path)):
            yield recipes, path


def is_git_needed(build: Build, stage: Stage, transfer: Transfer) -> bool:
    """Tell whether the `.git` that a COPY takes has to be in the context for somebody: a step, who
    works in the image, or another Dockerfile.
    """
    return need_of_git(build, stage, transfer).is_likely or build.fact(is_git_asked_beside)


def _is_git_used(build: Build, recipes: Recipes, path: str) -> bool:
    """Tell whether a step of another Dockerfile asks git, or has the `.git` of this context and may
    read it.
    """
    text, ignore = recipes.dockerfiles[path], build.context.ignore

    def look() -> bool:
        if ASKS_GIT.search(text):
            return True
        other = Build(parse(Source.from_bytes(path, text.encode())), build.context, recipes=recipes)
        return not other.dockerfile.errors and other.fact(git_use).is_spoken_of

    key = (
        _is_git_used,
        path,
        _contexts(recipes, build.path),
        ignore.source.text if ignore else None,
    )
    found: bool = recipes.keep(key, look)
    return found


def _contexts(recipes: Recipes, dockerfile: str) -> frozenset[str]:
    """Return the folders in which the repository may build a Dockerfile: those that recipes tell,
    one that hides by a variable what it builds among them, and the likely one where none is sure.
    """

    def look() -> frozenset[str]:
        from dlint.project.fitting import VARIABLE  # a plain file has no recipes

        told = {each.context for each in recipes.builds_of(dockerfile)}
        hidden = {each.folder for _, each in recipes.hidden_of(dockerfile)}
        found = told | {each for each in hidden if not VARIABLE.search(each)}
        return frozenset(found if told else found | _likely(recipes, dockerfile))

    found: frozenset[str] = recipes.keep((_contexts, dockerfile), look)
    return found


def _likely(recipes: Recipes, dockerfile: str) -> set[str]:
    """Return the folders, from the root, that hold most of what a Dockerfile takes."""
    found = likely_contexts(recipes.root / dockerfile)
    return {os.path.relpath(each, recipes.root).replace(os.sep, "/") for each in found}

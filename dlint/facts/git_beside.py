"""Whether other Dockerfiles of the same folder need the `.git` that one of them can do without."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME
from dlint.facts.git_use import git_use
from dlint.model.build import Build
from dlint.reads.python_code import ASKS_GIT
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from dlint.project.recipes import Recipes


def is_git_asked_beside(build: Build) -> bool:
    """Tell whether another Dockerfile that is built in the same folder asks git something, or has a
    compiler do so, so that an ignore file without `.git` would spoil its build. A fact.
    """
    ignore = build.context.ignore
    recipes = build.recipes
    if recipes is None or (ignore and posixpath.basename(ignore.source.path) != NAME):
        return False  # the ignore file is this Dockerfile's alone
    folders = _contexts(recipes, build.path)
    return any(
        path != build.path
        and not folders.isdisjoint(_contexts(recipes, path))
        and (ASKS_GIT.search(text) or _is_git_used(build, path, text))
        for path, text in recipes.dockerfiles.items()
    )


def _is_git_used(build: Build, path: str, text: str) -> bool:
    """Tell whether a step of another Dockerfile has the `.git` of this context, and reads it."""
    source = Source.from_bytes(path, text.encode())
    other = Build(parse(source), build.context, recipes=build.recipes)
    return not other.dockerfile.errors and other.fact(git_use).is_likely


def _contexts(recipes: Recipes, dockerfile: str) -> set[str]:
    """Return the folders in which the repository builds a Dockerfile: its own where none tells."""
    told = {each.context for each in recipes.builds_of(dockerfile)}
    return told or {posixpath.dirname(dockerfile) or "."}

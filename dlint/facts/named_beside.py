"""What Dockerfiles with one ignore file name of their context, so that it has to stay there."""

from __future__ import annotations

import posixpath
from functools import cache
from typing import TYPE_CHECKING

from dlint.context.moby import Patterns
from dlint.facts.git_beside import with_same_ignore_file
from dlint.syntax import Run, Transfer
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from dlint.model.build import Build
    from dlint.project.recipes import Recipes
    from dlint.syntax import Dockerfile


_BESIDE = -1  # the number of all instructions of other Dockerfiles


def named_elsewhere(build: Build, transfer: Transfer, patterns: Collection[str]) -> frozenset[str]:
    """Return those of some patterns for the ignore file that would leave out what another
    instruction than `transfer` names, in this Dockerfile or in one with the same ignore file.
    """
    if not patterns:
        return frozenset()
    namers = build.fact(_namers)
    return frozenset(each for each in patterns if not namers(each) <= {transfer.index})


def _namers(build: Build) -> Callable[[str], frozenset[int]]:
    """Return what tells by their numbers which instructions name something that a pattern leaves
    out; those of other Dockerfiles are one.
    """
    named = [*((each.index, path) for each, path in _named(build.dockerfile))]
    named += [(_BESIDE, path) for path in build.fact(_named_beside)]

    @cache
    def namers(pattern: str) -> frozenset[int]:
        kind = Patterns([pattern])
        return frozenset(index for index, path in named if kind.excludes(path))

    return namers


def _named_beside(build: Build) -> frozenset[str]:
    """Return the paths that other Dockerfiles name of the same context; a fact."""
    beside = with_same_ignore_file(build)
    return frozenset[str]().union(*(names_of(recipes, path) for recipes, path in beside))


def names_of(recipes: Recipes, path: str) -> frozenset[str]:
    """Return what one of the repository's Dockerfiles names, read once for all that ask."""

    def look() -> frozenset[str]:
        text = recipes.dockerfiles[path]
        named = _named(parse(Source.from_bytes(path, text.encode())))
        return frozenset(name for _, name in named)

    found: frozenset[str] = recipes.keep((names_of, path), look)
    return found


def _named(dockerfile: Dockerfile) -> Iterator[tuple[Run | Transfer, str]]:
    """Yield the paths of the context that instructions copy or mount by name."""
    for each in dockerfile.instructions:
        match each:
            case Transfer(from_=None):
                words = [word.text.strip("\"'") for word in each.sources]
            case Run():
                mounts = [mount for mount in each.mounts if mount.type == "bind"]
                words = [mount.source or "" for mount in mounts if not mount.from_]
            case _:
                continue
        for word in words:
            path = posixpath.normpath(f"/{word}").strip("/")
            if path and "://" not in word:
                yield each, path

"""What Dockerfiles with one ignore file name of their context, so that it has to stay there."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dlint.context.moby import Patterns
from dlint.facts.git_beside import with_same_ignore_file
from dlint.syntax import Run, Transfer
from dlint.syntax.parser import parse
from dlint.text.patterns import regex
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from dlint.model.build import Build
    from dlint.project.recipes import Recipes
    from dlint.syntax import Dockerfile


_NAMES = regex(r"[\w.@-]+")
_REMOVALS = regex(r"\brm[ \t][^;&|]*")  # what they name, nothing reads
_BESIDE = -1  # the number of all instructions of other Dockerfiles


def named_elsewhere(build: Build, transfer: Transfer, patterns: Collection[str]) -> frozenset[str]:
    """Return those of some patterns for the ignore file that would leave out what another
    instruction than `transfer` names, in this Dockerfile or in one with the same ignore file.
    """
    if not patterns:
        return frozenset()
    namers = build.fact(_namers)
    return frozenset(each for each in patterns if not namers(each) <= {transfer.index})


def unspoken(
    build: Build, transfer: Transfer, paths: Sequence[str], beside: re.Pattern[str]
) -> list[str]:
    """Return those of the context's paths, among them that `beside` finds, which an ignore file may
    leave out: no other instruction than `transfer` speaks of a name in the part that is found, nor
    names them as `named_elsewhere`. What the builder fetches has none that it reads.
    """
    if build.is_fetched:
        return []
    others = (each for each in build.dockerfile.instructions if each is not transfer)
    spoken = _words(_REMOVALS.sub("", "\n".join(text for each in others for text in each.texts)))
    found = [
        path
        for path in paths
        if (part := beside.search(path)) and spoken.isdisjoint(_words(part[0]))
    ]
    named = named_elsewhere(build, transfer, found)
    return [path for path in found if path not in named]


def of_other_images(build: Build, transfer: Transfer, paths: Sequence[str]) -> dict[str, str]:
    """Return those of the context's paths that stand in a folder which is the context of another
    image, each with that folder: no other instruction than `transfer` speaks of it.
    """
    recipes, repository = build.recipes, build.repository
    if recipes is None or repository is None:
        return {}
    told = {each.context for each in recipes.builds}
    told -= {each.context for each in recipes.builds_of(build.path)}
    above = repository.above
    contexts = sorted(each.removeprefix(above) for each in told if each.startswith(above))
    folders = {path: each for path in paths for each in contexts if path.startswith(f"{each}/")}
    unspoken_of = {
        folder
        for folder in set(folders.values())
        if unspoken(build, transfer, [folder], regex(re.escape(folder)))
    }
    return {path: folder for path, folder in folders.items() if folder in unspoken_of}


def _words(text: str) -> set[str]:
    return set(_NAMES.findall(text))


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
    return frozenset[str]().union(*(_names_of(recipes, path) for recipes, path in beside))


def _names_of(recipes: Recipes, path: str) -> frozenset[str]:
    """Return what one of the repository's Dockerfiles names, read once for all that ask."""

    def look() -> frozenset[str]:
        text = recipes.dockerfiles[path]
        named = _named(parse(Source.from_bytes(path, text.encode())))
        return frozenset(name for _, name in named)

    found: frozenset[str] = recipes.keep((_names_of, path), look)
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

"""Ignore files that no build reads: they lie beside a Dockerfile, but all builds of it take another
folder as their context, and a builder reads the ignore file of that one.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME, IgnoreFile
from dlint.context.moby import Patterns
from dlint.errors import DlintError
from dlint.facts.git_beside import with_same_ignore_file
from dlint.facts.named_beside import names_of
from dlint.installs.leftovers import OUTPUT
from dlint.project.deploying import named_for_services
from dlint.project.purpose import is_dockerfile
from dlint.project.recipes import MAX_DEPTH
from dlint.syntax import Transfer
from dlint.syntax.parser import parse
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.source import Source
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dlint.context import Entry
    from dlint.model.build import Build
    from dlint.project.recipes import Recipes
    from dlint.syntax import Dockerfile

_PLAIN = regex(r"(\*\*/)?([^!*?\[\\]+)")


class UnreadIgnore(NamedTuple):
    """An ignore file, the context that builds take in the place of its folder, the Dockerfile
    beside it, and its lines that would leave out what this copies, the dearest first, with the
    patterns that the context's ignore file would need; `size` is of the files that are there.
    """

    source: Source
    context: str
    dockerfile: str
    lines: tuple[int, ...]
    patterns: tuple[str, ...]
    size: int


def unread_ignores(build: Build, least: int) -> tuple[UnreadIgnore, ...]:
    """Return the ignore files that no build reads of Dockerfiles with the same context as this one,
    with its own among them, and that would leave out `least` bytes or what a local build makes; the
    dearest first.
    """
    recipes = build.recipes
    if recipes is None or build.is_fetched or recipes.is_assembled(build.path):
        return ()
    context = _context_of(recipes, build.path)
    own = build.context.ignore
    if context is None or (own and posixpath.basename(own.source.path) != NAME):
        return ()
    found: tuple[UnreadIgnore, ...] = build.context.keep(
        (unread_ignores, context, least), lambda: _unread_in(build, recipes, context, least)
    )
    folder = posixpath.dirname(build.path)
    return found if any(posixpath.dirname(each.dockerfile) == folder for each in found) else ()


def _unread_in(
    build: Build, recipes: Recipes, context: str, least: int
) -> tuple[UnreadIgnore, ...]:
    """Return those of all Dockerfiles that are built in one context."""
    alike = [build.path, *(path for _, path in with_same_ignore_file(build))]
    names = frozenset(name for path in alike for name in names_of(recipes, path))
    paths = [each for each in sorted(recipes.dockerfiles) if _context_of(recipes, each) == context]
    found = (_unread_beside(build, recipes, path, names, least) for path in paths)
    each_once = {each.source.path: each for each in found if each and each.lines}
    return tuple(sorted(each_once.values(), key=lambda each: (-each.size, each.source.path)))


def _context_of(recipes: Recipes, dockerfile: str) -> str | None:
    """Return the context of all builds of a Dockerfile whose folder has an ignore file that none of
    the repository's builds reads; None for others, and where that is not sure.
    """
    folder = posixpath.dirname(dockerfile)
    is_seen = folder.count("/") < MAX_DEPTH  # recipes that lie deeper are not read
    if not folder or not is_seen or not _has_ignore_file_beside(recipes, dockerfile):
        return None
    contexts = {each.context for each in recipes.builds_of(dockerfile)}
    if len(contexts) != 1 or recipes.hidden_of(dockerfile) or _is_context(recipes, folder):
        return None
    context = contexts.pop()
    return context if context == "." or within(folder, context) else None


def _has_ignore_file_beside(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether there is one in a Dockerfile's folder, and none of this Dockerfile's own."""
    place = recipes.root / dockerfile
    beside = place.with_name(NAME)
    is_file = beside.is_file() and not beside.is_symlink()
    return is_file and not place.with_name(place.name + NAME).exists()


def _is_context(recipes: Recipes, folder: str) -> bool:
    """Tell whether something may build a folder, or takes its ignore file elsewhere."""

    def find() -> bool:
        builds = (*recipes.builds, *recipes.documented)
        beside = (each for each in recipes.dockerfiles if posixpath.dirname(each) == folder)
        return (
            any(each.context == folder for each in builds)
            or not all(map(recipes.builds_of, beside))
            or named_for_services(recipes, folder) is not None
            or any(f"{folder}/{NAME}" in text for _, text in recipes.texts)
        )

    told: bool = recipes.keep((_is_context, folder), find)
    return told


def _unread_beside(
    build: Build, recipes: Recipes, dockerfile: str, names: Iterable[str], least: int
) -> UnreadIgnore | None:
    """Return the ignore file beside a Dockerfile with the lines that would leave out what this
    copies, but nothing that is copied by one of `names`; None for a malformed one.
    """
    context = recipes.builds_of(dockerfile)[0].context
    folder = posixpath.dirname(dockerfile)
    parsed = parse(Source.from_bytes(dockerfile, recipes.dockerfiles[dockerfile].encode()))
    copied = _folders(build, parsed)
    inside = posixpath.relpath(folder, context)
    if not any(not each or nested(inside, each) for each in copied):
        inside = ""  # nothing of its folder: it is written for the context
    shown = os.path.relpath(recipes.root / folder / NAME).replace(os.sep, "/")
    source = Source.from_bytes(shown, recipes.read(f"{folder}/{NAME}").encode())
    try:
        own = IgnoreFile(source)
        moved = IgnoreFile(Source(source.path, "\n".join(_moved(own.patterns.patterns, inside))))
    except DlintError:
        return None
    patterns = moved.patterns.patterns
    sizes = _left_out(build, moved, inside, copied)
    kept = [each for each in sizes if not any(map(Patterns([patterns[each]]).excludes, names))]
    if sum(sizes[each] for each in kept) < least:
        kept = [each for each in kept if not sizes[each]]
    kept.sort(key=lambda each: (-sizes[each], each))
    return UnreadIgnore(
        source,
        context,
        dockerfile,
        tuple(own.lines[each] for each in kept),
        tuple(patterns[each] for each in kept),
        sum(sizes[each] for each in kept),
    )


def _moved(patterns: Iterable[str], inside: str) -> Iterator[str]:
    """Yield patterns as they have to be for a folder around theirs."""
    for each in patterns:
        is_kept = each.startswith("!")
        yield "!" * is_kept + posixpath.join(inside, each[is_kept:].lstrip("/"))


def _folders(build: Build, dockerfile: Dockerfile) -> list[str]:
    """Return the folders of the context that a Dockerfile copies as a whole, "" for all of it."""
    found = []
    for each in dockerfile.instructions:
        if isinstance(each, Transfer) and not each.from_ and not each.excludes:
            names = [word.text.strip("\"'").removesuffix("*") for word in each.sources]
            paths = [posixpath.normpath(f"/{name}").strip("/") for name in names]
            found += [path for path in paths if not path or _is_folder(build, path)]
    return found


def _is_folder(build: Build, path: str) -> bool:
    entry = build.context.entries.get(path)
    return entry is not None and entry.kind == "dir"


def _left_out(
    build: Build, moved: IgnoreFile, inside: str, folders: Iterable[str]
) -> Mapping[int, int]:
    """Return by their numbers the patterns that would leave out something of the folders that are
    copied, with the bytes of what is there; of what is not there, what git ignores is made.
    """
    taken = [each for each in folders if not each or not inside or nested(inside, each)]
    sizes = _there(build, moved, inside, taken)

    def is_new(path: str) -> bool:
        is_excluded = moved.patterns.excludes(path) and not build.context.ignored(path)
        return is_excluded and _is_below(path, taken)

    absent = {
        f"{path}/": number
        for number, path in _output(moved, inside, taken)
        if number not in sizes and is_new(path)
    }
    made = build.repository.ignored(absent) if build.repository else ()
    return sizes | {absent[each]: 0 for each in made}


def _there(build: Build, moved: IgnoreFile, inside: str, taken: Collection[str]) -> dict[int, int]:
    """Return the bytes of the files in some folders that each pattern would leave out."""
    sizes: dict[int, int] = {}
    for entry in build.context.below(inside) if taken else ():
        by = moved.decider(entry.path) if _may_matter(entry) else None
        if by is not None and _is_below(entry.path, taken) and moved.patterns.excludes(entry.path):
            sizes[by] = sizes.get(by, 0) + entry.size
    return sizes


def _may_matter(entry: Entry) -> bool:
    """Tell whether a file is more than what a build itself is told by."""
    name = posixpath.basename(entry.path)
    return entry.kind == "file" and name != NAME and not is_dockerfile(name)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(not each or path.startswith(f"{each}/") for each in folders)


def _output(moved: IgnoreFile, inside: str, taken: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the folders that installs and builds create and patterns name, with the numbers of
    these; one for any folder stands for each that is taken.
    """
    for number, pattern in enumerate(moved.patterns.patterns):
        found = _PLAIN.fullmatch(pattern.removeprefix(f"{inside}/"))
        if found is None or posixpath.basename(found[2]) not in OUTPUT:
            continue
        for each in taken if found[1] else [inside]:
            folder = each if within(each, inside) or not inside else inside
            yield number, posixpath.join(folder, found[2])

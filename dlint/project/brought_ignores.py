"""Ignore files that recipes put into a build context before they build there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.recipes import Recipes

_NAME = ".dockerignore"
_COPIES = frozenset(("cp", "install", "ln", "mv", "rsync"))
_BETWEEN = regex(r"[;&|\n]")  # commands of a line
_WRITES = regex(r"(?<![\d&])>>?[ \t]*+(\S++)|\btee[ \t]++(?:-a[ \t]++)?(\S++)")
_MESSAGES = regex(r"\d>.*")  # behind a command's words
_QUOTES = "\"',"
_VARIABLES = frozenset("$%{`")
_ANYWHERE = ""  # where a variable holds the folder


def is_ignore_file_brought(recipes: Recipes, dockerfile: str, folder: str) -> bool:
    """Tell whether a recipe that may build a Dockerfile first puts an ignore file into its context,
    given by its path from the root.
    """
    places: dict[str, frozenset[str]] = recipes.keep(
        is_ignore_file_brought,
        lambda: {path: found for path, text in recipes.texts if (found := _places(path, text))},
    )
    if not places:
        return False
    own = {posixpath.normpath(posixpath.join(folder, _NAME)), dockerfile + _NAME}
    others = {each.path for each in recipes.builds}
    others -= {each.path for each in recipes.builds_of(dockerfile)}
    return any(
        not own.isdisjoint(found) or (_ANYWHERE in found and path not in others)
        for path, found in places.items()
    )


def _places(path: str, text: str) -> frozenset[str]:
    """Return the ignore files that a recipe writes, as paths from the root: it may be started
    there, or in its own folder.
    """
    if _NAME not in text:
        return frozenset()
    starts = ("", posixpath.dirname(path))
    return frozenset(
        _ANYWHERE if _VARIABLES.intersection(each) else _joined(start, each)
        for each in _written(text)
        for start in starts
    )


def _joined(start: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(start, path))


def _written(text: str) -> Iterator[str]:
    """Yield the ignore files that commands write, as they are written; not those of comments."""
    lines = (each.strip() for each in text.splitlines() if _NAME in each)
    commands = (_BETWEEN.split(each) for each in lines if not each.startswith(("#", "//")))
    for command in (each for line in commands for each in line if _NAME in each):
        told = _WRITES.search(command)
        path = (told[1] or told[2]).strip(_QUOTES) if told else _copied_to(command)
        if path.endswith(_NAME):
            yield path


def _copied_to(command: str) -> str:
    """Return the file that a command copies, moves or links an ignore file to, as far as that is
    told; "" for other commands.
    """
    words = [each.strip(_QUOTES) for each in _MESSAGES.sub("", command).split()]
    at = next((at for at, each in enumerate(words) if each in _COPIES), len(words))
    *sources, target = [each for each in words[at + 1 :] if not each.startswith("-")] or [""]
    if not sources or target.endswith(_NAME):
        return target if sources else ""
    is_own = any(posixpath.basename(each) == _NAME for each in sources)
    return posixpath.join(target, _NAME) if is_own else ""

"""The names that a repository's own builds give to images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.commands import assigned, filled
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.recipes import Recipes

_OPTION = regex(r"""(?:\s-t|--tag)[ =]["']?([^\s"',]+)""")
_INPUT = regex(r"\btags:[ \t]*+([^\n]*)")  # of a step in CI; its lines may follow
_WORD = regex(r"""[\w$][^\s"',]*""")
_LONGEST = 300  # characters of a name


def names_of_own_images(recipes: Recipes) -> frozenset[str]:
    """Return the names, without tags, of the images that a repository's recipes build."""
    found: frozenset[str] = recipes.keep(_names, lambda: frozenset(_names(recipes)))
    return found


def _names(recipes: Recipes) -> Iterator[str]:
    for _, text in recipes.texts:
        written = {*_OPTION.findall(text)}
        written.update(word for line in _inputs(text) for word in _WORD.findall(line))
        values = assigned(text) if any("$" in each for each in written) else {}
        for each in written:
            if len(each) <= _LONGEST:
                for name in filled(each, values):
                    yield _without_tag(name)


def _inputs(text: str) -> Iterator[str]:
    """Yield the lines of the tags that steps of CI are given."""
    is_listed = False
    for line in text.splitlines() if "tags:" in text else ():
        found = _INPUT.search(line)
        if found is not None:
            yield found[1]
        elif is_listed and "/" in line:
            yield line
        else:
            is_listed = False
            continue
        is_listed = True


def _without_tag(name: str) -> str:
    """Return a name without its tag; a registry's port is none."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0].partition('@')[0]}"

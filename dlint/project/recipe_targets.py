"""Recipes whose targets are called by name, as those of make, just and go-task: which file is
meant, and all commands that a target leads to.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_ENTERS = regex(r"\b(?:cd|pushd)[ \t]")
_MOST = 20  # targets that one leads to


class Call(NamedTuple):
    """A target that is called, and the words that it is given."""

    target: str
    given: tuple[str, ...] = ()


class Rule(NamedTuple):
    """What a target needs before, and its own commands."""

    needs: Sequence[Call]
    commands: Sequence[str]


def path_of(base: str, names: Iterable[str], recipes: Mapping[str, str]) -> str:
    """Return the path of the first recipe of these names in the folder `base`; "" for none."""
    paths = (posixpath.normpath(posixpath.join(base, each)) for each in names)
    return next((each for each in paths if each in recipes), "")


def text_of(base: str, names: Iterable[str], recipes: Mapping[str, str]) -> str:
    """Return the text of the first recipe of these names in the folder `base`; "" for none."""
    return recipes.get(path_of(base, names, recipes), "")


def commands_for(
    calls: Iterable[Call], rules_of: Callable[[Call], Iterable[Rule]]
) -> Iterator[str]:
    """Yield the commands of some targets, each after those of what it needs."""
    seen: set[Call] = set()

    def follow(call: Call) -> Iterator[str]:
        if call in seen or len(seen) == _MOST:
            return
        seen.add(call)
        for rule in rules_of(call):
            for need in rule.needs:
                yield from follow(need)
            yield from rule.commands

    for each in calls:
        yield from follow(each)


def alone(line: str) -> str:
    """Return a line of commands that has a shell of its own, so that no folder which it enters is
    one for the next; "" where it enters one behind other commands.
    """
    match = _ENTERS.search(line)
    if match is None:
        return line
    return f"({line})" if not line[: match.start()].strip() else ""


def within(folder: str, line: str) -> str:
    """Return a line of commands as one that runs in a folder; "" where it enters another there."""
    if posixpath.normpath(folder) == ".":
        return alone(line)
    return f"(cd {folder}; {line})" if line == alone(line) else ""

"""What RUNs make of the files that were copied before an install reads them."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.syntax import Run
from dlint.text.paths import within
from dlint.text.patterns import WILDCARD
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Build, Step
    from dlint.shell import Create, Install

_EMPTY = frozenset(("mkdir", "touch"))  # they give a file no other content


class Remade(NamedTuple):
    """What stands where since the COPYs: `copies` are copies and renames within the image, in order
    (source and target, absolute), `made` the files that a command writes anew.
    """

    copies: tuple[tuple[str, str], ...] = ()
    made: frozenset[str] = frozenset()

    def applied(self, places: Mapping[str, str]) -> Mapping[str, str]:
        """Return the context's files by all places where they stand."""
        found = dict(places)
        for source, target in self.copies:
            found = {**dict(_copied(found, source, target)), **found}
        return found


def _copied(places: Mapping[str, str], source: str, target: str) -> Iterator[tuple[str, str]]:
    """Yield where a copy of `source`, which may end in a pattern, puts files of the context."""
    folder, name = posixpath.split(source)
    if not WILDCARD.search(name):
        folder, name = source, ""
    elif posixpath.basename(target) == name:
        target = posixpath.dirname(target)
    for place, path in places.items():
        if place == folder and not name:
            yield target, path
        elif within(place, folder) and place != folder:
            relative = posixpath.relpath(place, folder)
            if not name or fnmatchcase(relative.partition("/")[0], name):
                yield posixpath.join(target, relative), path


NOTHING = Remade()


def remade(build: Build, step: Step, install: Install) -> Remade:
    """Return what the RUNs above an install in its stage's chain, and its own before it, have made
    of files.
    """
    copies: list[tuple[str, str]] = []
    made: set[str] = set()
    for create in _created(build, step, install):
        if create.command.name in _EMPTY or _appends(create):
            continue
        if create.source is not None:
            copies.append((create.source.form, create.place.form))
        elif not create.tree:
            made.add(create.place.form)
    return Remade(tuple(copies), frozenset(made))


def _created(build: Build, step: Step, install: Install) -> Iterator[Create]:
    from dlint.shell.effects import Create

    own = step.instruction
    for _, created in build.effects_above(Create, step.stage, own):
        yield created
    for effect in build.effects(own, step.state).items if isinstance(own, Run) else ():
        if effect is install:
            return
        if isinstance(effect, Create):
            yield effect


def _appends(create: Create) -> bool:
    return any(redirect.operator == ">>" for redirect in create.command.redirects)

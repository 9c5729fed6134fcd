"""What a RUN finds by its name and deletes of what earlier steps have stored."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import dropwhile
from typing import TYPE_CHECKING

from dlint.facts.deletions import CLEANING, at_source, stays_deleted, still_stored
from dlint.facts.stored import storage
from dlint.shell import Delete
from dlint.shell.judge import deletes
from dlint.syntax import Copy
from dlint.text.paths import within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Run

# Of a clone, a search finds what git keeps: what a build would leave there comes from elsewhere.
_OF_CLONES = ".git"
_BY_NAME = frozenset("-name -type -depth -prune -delete -exec -rf -fr -r -f -o -or".split())
_HOLDING = frozenset(("install", "stage", "unpack"))


class FoundDeletion(NamedTuple):
    """A search below a folder that deletes what has certain names, a thing of an earlier step that
    it surely looks through, and of the context's files those that it takes.
    """

    delete: Delete
    stored: Stored
    files: frozenset[str]

    @property
    def bytes(self) -> int | None:
        """The compressed size of the files (modelled); None where that is not known, as where the
        search asks for more than names.
        """
        is_by_name = bool(self.files) and _is_by_name(self.delete)
        return self.stored.bytes_of(self.files) if is_by_name else None


class Taken(NamedTuple):
    """What the deletions of a RUN take of what stands above it."""

    deletes: tuple[Delete, ...] = ()

    def surely(self, path: str) -> bool:
        """Tell whether one of them is sure to take a file."""
        return any(_is_told(each) and _takes_file(each, path) for each in self.deletes)

    def maybe(self, path: str) -> bool:
        """Tell whether one of them may take some of what is at or below a path, and nobody knows
        what.
        """
        return any(self._near(path, is_told=False))

    def some(self, path: str) -> bool:
        """Tell whether one of them may take something at or below a path."""
        return self.maybe(path) or any(self._near(path, is_told=True))

    def _near(self, path: str, *, is_told: bool) -> Iterator[Delete]:
        for each in self.deletes:
            at = each.place.rooted
            folder = at.rpartition("/")[0] or "/" if at and each.place.glob else at
            if folder is not None and _is_near(folder, path) and _is_told(each) is is_told:
                yield each


def _is_by_name(delete: Delete) -> bool:
    """Tell whether a search asks for names alone."""
    command = delete.command
    asked = {word.form for word in command.args if word.form[:1] in {"-", "!"}}
    return command.name == "find" and asked <= _BY_NAME


def _is_told(delete: Delete) -> bool:
    """Tell whether a command is sure to delete, and says what by its path and by names."""
    is_of_names = bool(delete.names) and _is_by_name(delete)
    return delete.command.certain and (not delete.partial or is_of_names)


def _takes_file(delete: Delete, path: str) -> bool:
    folder = delete.place.rooted
    if folder is None:
        return False
    if not delete.partial:
        return deletes(delete._replace(place=delete.place._replace(path=folder)), path)
    return within(path, folder) and _is_found(delete, folder, path)


def found_deletions(build: Build, stage: Stage, run: Run) -> Iterator[FoundDeletion]:
    """Yield the searches of a RUN, which does nothing but delete, that take a part of what steps
    above it have stored; where the context is seen to hold it, nothing else is blamed.
    """
    effects = build.effects(run)
    searches = [(each, path) for each in effects.of(Delete) if (path := _searched(each))]
    if not searches or not effects.known or not effects.are_all(CLEANING):
        return
    above = still_stored(build, stage, run)
    for search, folder in searches:
        held = (each for each in above if _may_hold(build, search, folder, each))
        taken = ((stored, _taken(search, folder, stored)) for stored in held)
        found = [
            FoundDeletion(search, stored, files) for stored, files in taken if files is not None
        ]
        yield from [each for each in found if each.files] or found


def _may_hold(build: Build, search: Delete, folder: str, stored: Stored) -> bool:
    """Tell whether something that a step stored may have in it what a search asks for."""
    if _is_for_clones(search) and not _may_be_cloned(build, stored):
        return False
    return not _is_gone_at_source(build, search, folder, stored)


def _searched(delete: Delete) -> str | None:
    """Return the folder that a command surely looks through for names to delete."""
    is_search = delete.partial and bool(delete.names) and delete.command.certain
    return delete.place.rooted if is_search and not delete.place.glob else None


def _is_near(path: str, folder: str) -> bool:
    return within(path, folder) or within(folder, path)


def _taken(search: Delete, folder: str, stored: Stored) -> frozenset[str] | None:
    """Return the context's files of what was stored that a search takes: none where it is not of
    the context; None where it takes nothing, as far as is known.
    """
    if stored.arrival is not None:
        files = stored.arrival.files if stored.arrival.known else {}
        found = (path for path in files if within(path, folder) and _is_found(search, folder, path))
        return frozenset(files[path] for path in found) or None
    if stored.path is None or not stored.tree or not _is_near(stored.path, folder):
        return None
    if stored.how == "clone":
        return frozenset() if _is_for_clones(search) else None
    return frozenset() if stored.how in _HOLDING else None


def _is_for_clones(search: Delete) -> bool:
    """Tell whether a search asks for what git keeps."""
    return any(each.startswith(_OF_CLONES) for each in search.names)


def _may_be_cloned(build: Build, stored: Stored) -> bool:
    """Tell whether something is a clone, or files of the context, or is taken from a stage that has
    a clone there: what installs or builds make has none in it.
    """
    copy = stored.instruction
    if stored.how == "clone" or stored.arrival is not None:
        return True
    if not isinstance(copy, Copy):
        return False
    stage, place = build.origin_of(copy), at_source(build, copy, "")
    if stage is None or place is None:
        return False
    there = build.fact(storage).nearest(stage, None, place)
    return any(each.how == "clone" and each.path and within(each.path, place) for each in there)


def _is_gone_at_source(build: Build, search: Delete, folder: str, stored: Stored) -> bool:
    """Tell whether the stage that a COPY brings a folder from has deleted by the same search what
    this one would find there.
    """
    copy, path = stored.instruction, stored.path
    if not isinstance(copy, Copy) or path is None or not _is_near(path, folder):
        return False
    stage = build.origin_of(copy)
    inside = folder.removeprefix(path).lstrip("/") if within(folder, path) else ""
    place = at_source(build, copy, inside)
    if stage is None or place is None:
        return False
    return stays_deleted(build, stage, place, _searching(build, stage, search, place))


def _searching(build: Build, stage: Stage, search: Delete, place: str) -> Iterator[int]:
    """Yield the numbers of the RUNs in a stage's chain that surely delete at a place what a search
    asks for.
    """
    for run, effects in build.effects_in(build.chain(stage)):
        for each in effects.of(Delete):
            looked = _searched(each)
            if looked and within(place, looked) and _asked(each) == _asked(search):
                yield run.index


def _asked(search: Delete) -> list[str]:
    """Return what a search asks for, and does with it: all but where it looks."""
    return [*dropwhile(lambda form: form[:1] not in {"-", "!", "("}, search.command.forms)]


def _is_found(search: Delete, folder: str, path: str) -> bool:
    """Tell whether a search asks for a file, or for a folder around it, by its name."""
    parts = path.removeprefix(folder).strip("/").split("/")
    return any(fnmatchcase(part, name) for part in parts for name in search.names)

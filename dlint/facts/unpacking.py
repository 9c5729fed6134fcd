"""Which archives RUNs unpack and leave in place, and which folders they install from and leave."""

from __future__ import annotations

import posixpath
from bisect import bisect
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from dlint.facts.shipping import shipping
from dlint.facts.writing import base_may_hold
from dlint.model.mounts import is_stored
from dlint.model.scope import join
from dlint.model.tree import STANDARD
from dlint.shell.effects import Clone, Create, Delete, Extract, Place
from dlint.syntax import Cmd, Entrypoint, Healthcheck, Label, Run
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build, Step
    from dlint.shell import Effects
    from dlint.shell.script import Command
    from dlint.syntax import Instruction

# Programs that replace the archive by its content, unless a flag keeps it.
_REPLACES = regex(r"(?:gzip|pigz|bzip2|xz|zstd|gunzip|bunzip2|unxz|unzstd|uncompress|unlzma)$")
_MAKES = regex(r"(?:unzip|7z[ar]?)$")  # the folder that it unpacks to
# What an archive holds that is no folder of its own, but is laid over one that is there.
_PARTS = STANDARD | {"include", "share"}
_UNPACKS = regex(r"tar|zip|unxz|7z|xz|bunzip|jar")


def unpacker_of(build: Build, run: Run, place: Place) -> Command | None:
    """Return the last command of a RUN that unpacks a file and leaves it, if any does."""
    for extract in reversed(build.effects(run).of(Extract)):
        if _is_of(extract, place.form):
            return extract.command
    return None


def unpacker_below(build: Build, instruction: Instruction, form: str) -> Run | None:
    """Return the first RUN below an instruction that unpacks a file which that has brought, also
    where others have moved it to, if no later one deletes it.
    """
    from dlint.facts.deletions import is_deleted_below

    for bringing, place in _places_below(build, instruction, form):
        if is_deleted_below(build, bringing, Place(place, place)):
            continue
        for run, extract in build.effects_of(Extract, unpackers_below(build, bringing)):
            if _is_of(extract, place) and extract.command.certain:
                return run
    return None


def _places_below(
    build: Build, instruction: Instruction, form: str
) -> Iterator[tuple[Instruction, str]]:
    """Yield where a file may be that an instruction has brought, each with what brings it there:
    `mv` may name the file, or the folder that it goes to.
    """
    todo: list[tuple[Instruction, str]] = [(instruction, form)]
    for bringing, place in islice(todo, _MOST_MOVES):
        yield bringing, place
        if found := _moved_below(build, bringing, place):
            run, target = found
            todo += [(run, target), (run, posixpath.join(target, posixpath.basename(place)))]


def _moved_below(build: Build, instruction: Instruction, form: str) -> tuple[Run, str] | None:
    """Return the first RUN below an instruction that moves a file, and where to."""
    own, moves = build.stage_of(instruction), build.fact(_moves).get(form, ())
    for run, target in islice(moves, bisect(moves, instruction.index, key=_number), None):
        stage = build.stage_of(run)
        if own is not None and stage is not None and build.stands_on(stage, own):
            return run, target
    return None


def _number(move: tuple[Run, str]) -> int:
    return move[0].index


def _moves(build: Build) -> dict[str, list[tuple[Run, str]]]:
    """Return the RUNs of pushed stages that surely move something, with where to, by what they
    move; a fact.
    """
    found: dict[str, list[tuple[Run, str]]] = {}
    for stage in filter(build.shipped, build.stages):
        named = (step for step in build.steps(stage) if "mv" in step.instruction.value.text)
        for run, create in build.effects_of(Create, named):
            if create.command.name == "mv" and create.command.certain and create.source:
                found.setdefault(create.source.form, []).append((run, create.place.form))
    return found


def unpackers_below(build: Build, instruction: Instruction) -> Iterator[Step]:
    """Yield the RUNs below an instruction whose text names a program that unpacks."""
    found = build.fact(_unpackers)
    later = build.fact(shipping).later(instruction) if found else iter(())
    return (each for each in later if each.instruction.index in found)


def _is_of(extract: Extract, form: str) -> bool:
    """Tell whether it unpacks that file and leaves it in place."""
    archive = extract.archive
    if archive is None or form not in {archive.form, archive.rooted}:
        return False
    return not _REPLACES.search(extract.command.name)


def _unpackers(build: Build) -> set[int]:
    """Return the numbers of the RUNs whose text names a program that unpacks; a fact."""
    found = set[int]()
    for stage in filter(build.shipped, build.stages):
        for each in stage.instructions:
            match each:
                case Run(heredocs=bodies, value=text) if bodies or _UNPACKS.search(text.text):
                    found.add(each.index)
    return found


_MOST_MOVES = 9  # places that a file is followed to


class TreeLeft(NamedTuple):
    """A folder that a RUN unpacks or clones, installs from by `command`, and leaves in its layer;
    `missed` is what deletes one of its name in another folder.
    """

    path: str
    command: Command
    missed: Delete | None

    @property
    def name(self) -> str:
        """The folder as it is seen from where the RUN works."""
        return f"`{self.path.removeprefix('/?/')}`"

    @property
    def where(self) -> str:
        """The folder that is searched instead; empty if nothing is."""
        return self.missed.place.form.rpartition("/")[0] if self.missed else ""


def trees_left(build: Build, run: Run) -> Iterator[TreeLeft]:
    """Yield the folders that a RUN unpacks or clones, installs all that is wanted of elsewhere, and
    leaves, if no later instruction names them.
    """
    step, effects = build.step_of(run), build.effects(run)
    if step is None or not effects.known:
        return
    here = step.state.workdir or "/?"
    seen: set[str] = set()
    for command, place in _installed_from(build, run, effects, here):
        tree = _tree_around(effects, place, here)
        if tree is None or tree in seen:
            continue
        seen.add(tree)
        missed = _missed(effects, tree)
        if missed is not None and _is_clone(effects, tree):
            continue  # bloat/late-cleanup tells that
        if (
            is_stored(build, run, tree)
            and not _goes(effects, tree)
            and not _is_named_elsewhere(build, run, tree)
        ):
            yield TreeLeft(tree, command, missed)


def _installed_from(
    build: Build, run: Run, effects: Effects, here: str
) -> Iterator[tuple[Command, str]]:
    """Yield the commands that install what was built or unpacked, each with the folder from which
    it takes that.
    """
    for command in build.script(run).commands:
        folder = join(here, command.cwd or ".") if command.cwd is not None else None
        if not command.certain or folder is None:
            continue
        if command.name in _MAKERS and _INSTALLS.search(" ".join(command.forms)):
            yield command, _folder_of_make(command, folder)
        elif _OWN_INSTALLER.search(command.word.form):
            yield command, posixpath.dirname(join(folder, command.word.form) or folder)
    for create in effects.of(Create):
        if create.command.name in _COPIES and create.command.certain:
            yield from _copied_from(create)


def _folder_of_make(command: Command, here: str) -> str:
    """Return the folder that `make` works in: `-C` names it."""
    given = dict(pairwise(command.forms)).get("-C")
    return (join(here, given) if given else None) or here


def _copied_from(create: Create) -> Iterator[tuple[Command, str]]:
    """Yield a command that copies to elsewhere, with the folder from which it takes that."""
    folder = posixpath.dirname((create.source and create.source.rooted) or "")
    target = create.place.rooted
    if folder and target is not None and not within(target, folder):
        yield create.command, folder


def _tree_around(effects: Effects, place: str, here: str) -> str | None:
    """Return the folder that the RUN has cloned, or unpacked in a folder that holds more, in which
    a place stands.

    None where that may be a folder of the base's, or an archive has no folder of its own.
    """
    made = {each.place.path for each in effects.of(Create) if each.command.name == "mkdir"}
    for clone in effects.of(Clone):
        root = clone.destination.rooted
        if root is not None and clone.command.certain and within(place, root):
            return root
    for extract in effects.of(Extract):
        root = extract.destination.rooted
        if root is None or not extract.command.certain or not within(place, root):
            continue
        return _folder_of(extract, root, place, here, made)
    return None


def _folder_of(
    extract: Extract, root: str, place: str, here: str, made: set[str | None]
) -> str | None:
    """Return the folder of an archive that was unpacked in `root`, in which a place stands."""
    if _makes(extract, root, here):
        return root
    if place == root:
        return root if root in made else None
    first = posixpath.relpath(place, root).partition("/")[0]
    tree = posixpath.join(root, first)
    return None if tree in made or first in _PARTS else tree


def _makes(extract: Extract, root: str, here: str) -> bool:
    """Tell whether it makes the folder itself that it unpacks to: `unzip -d tool`."""
    command = extract.command
    folder = join(here, command.cwd) if command.cwd is not None else None
    if not _MAKES.match(command.name) or folder is None or within(folder, root):
        return False
    plain = root.removeprefix("/?")  # the folder to work in is the root, if nobody says another
    return plain.strip("/") not in STANDARD and not base_may_hold(plain)


def _goes(effects: Effects, tree: str) -> bool:
    """Tell whether a RUN deletes a folder, moves it away, or may do so."""
    for delete in effects.of(Delete):
        path = delete.place.rooted
        if path is None or within(tree, path):
            return True
        if delete.place.glob and within(tree, posixpath.dirname(path)):
            return True
        if delete.children and within(tree, path):
            return True
    moved = (each.source for each in effects.of(Create) if each.command.name == "mv")
    return any(
        each is not None and (each.rooted is None or within(tree, each.rooted)) for each in moved
    )


def _is_named_elsewhere(build: Build, run: Run, tree: str) -> bool:
    """Tell whether another instruction names a folder, or what one works in is part of it."""
    name = posixpath.basename(tree)
    if not name or within(build.state(run).workdir or "/?", tree):
        return True
    others = (each for each in build.dockerfile.instructions if each is not run)
    return any(
        _may_mean(word, tree, is_program=isinstance(each, _STARTERS))
        for each in others
        if name in each.value.text
        for word in _PATHS.findall(each.value.text)
        if name in word
    )


def _may_mean(word: str, tree: str, *, is_program: bool) -> bool:
    """Tell whether a word may be a path in a folder: `/opt/tool/bin/tool` is none in `/tmp/tool`,
    nor is a program's name.
    """
    if _VARIED.search(word):
        return True
    path = posixpath.normpath(word)
    if path.startswith("/") and not tree.startswith("/?"):
        return within(path, tree)
    name = posixpath.basename(tree)
    return name in path.split("/") and not (is_program and path == name)


def _is_clone(effects: Effects, tree: str) -> bool:
    return any(each.destination.rooted == tree for each in effects.of(Clone))


def _missed(effects: Effects, tree: str) -> Delete | None:
    """Return what deletes a folder of that name elsewhere."""
    name = posixpath.basename(tree)
    found = (each for each in effects.of(Delete) if posixpath.basename(each.place.form) == name)
    return next(found, None)


_PATHS = regex(r"[^\s\"'`=,;:&|<>()\[\]]+")
_VARIED = regex(r"[$*?{~]")
_STARTERS = (Cmd, Entrypoint, Healthcheck, Label)  # or tell of it
_MAKERS = frozenset(("cmake", "gmake", "make", "meson", "ninja"))
_INSTALLS = regex(r"(?:^|\s)(?:--)?install(?:-strip)?(?:\s|$)")
_OWN_INSTALLER = regex(r"(?:^|/)aws/install$")  # copies itself
_COPIES = frozenset(("cp", "install"))

"""How many bytes the steps of a chain have stored at a path, where all that stands there is
known.
"""

from __future__ import annotations

from copy import copy
from functools import cache, partial
from sys import maxsize
from typing import TYPE_CHECKING

from dlint.bytes.estimate import PATH
from dlint.facts.dependencies import dependency_folders
from dlint.facts.found_deletions import Taken
from dlint.facts.stored import MOST_NEAR, storage
from dlint.findings import Basis, Size
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.run_writes import KEEPS_CONTENT
from dlint.shell.managers import is_system_manager
from dlint.text.paths import within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from typing import Self

    from dlint.facts.stored import Stored
    from dlint.facts.writing import Writers
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects
    from dlint.shell.effects import Effect
    from dlint.syntax import Instruction

# Measured with Docker 26.1.5 on Debian 13, compressed: an empty environment that `python -m venv`
# makes (what it takes is pip), one of virtualenv's (pip with byte code), and one without pip.
VENV, VIRTUALENV, WITHOUT_PIP = 3_530_000, 5_350_000, 5_000
NOTHING = Size()
_MAKES_ENVIRONMENT = regex(
    r"(?:.*[\s/])?(?:python|pypy)[\d.]*+\s++-m\s++(venv|virtualenv)\s|(?:sudo\s++|[^\s=]++=\S*+[\s\\]++)*+(?:\S*/)?virtualenv\s"
)

_PIP = regex(r"[\"']?pip(?:[\"'=<>~!]|\Z)")  # as an install names it, with a version or not


class Holding:
    """What the steps of a chain before one of its instructions, or all of them, have stored."""

    def __init__(
        self,
        build: Build,
        stage: Stage,
        before: Instruction | None,
        weigh: Callable[[Stored], Size],
        taken: Taken | None = None,
    ) -> None:
        """Take the chain of `stage`; `weigh` tells what an install, or a COPY from another stage,
        has put somewhere, and `taken` what is deleted of it.
        """
        self._build, self._stage, self._before, self._weigh = build, stage, before, weigh
        self._taken = taken or Taken()
        self.spared: frozenset[str] = frozenset()  # places of files that do not count

    def sparing(self, places: frozenset[str]) -> Self:
        """Return the same, less the context's files at some places."""
        other = copy(self)
        other.spared = places
        return other

    def size(self, path: str, *, whole: bool, there: bool = False, new: bool = False) -> Size:
        """Return about how many compressed bytes the steps have stored at `path`; `whole`: and
        below it.

        `there` tells that a folder surely stands there, `new` that it, or the file, is one that no
        step has made. At least what is known, where something else may stand there; unknown where
        nothing tells what does, or how much of it was deleted.
        """
        near = list(self._build.fact(storage).near(self._stage, self._before, path))
        size = self._of(near[-MOST_NEAR:], path, whole=whole, there=there, new=new)
        is_of_base = path.startswith(UNKNOWN_WORKDIR)  # a folder that the base image names
        more = is_of_base or (whole and len(near) > MOST_NEAR)
        return size.plus(Size.unknown(f"more of {path}")) if more else size

    def _of(
        self, near: Sequence[Stored], path: str, *, whole: bool, there: bool, new: bool
    ) -> Size:
        parts = [each for each in near if _holds(each, path)]
        is_file = any(_is_file(each, path) for each in parts)
        if is_file or (new and not parts):
            return self._file(parts, path)
        is_folder = there or any(_is_below(each, path) for each in parts)
        if is_folder and not whole:
            return NOTHING  # the folder alone
        return self._folder(parts, path) if is_folder or (whole and parts) else Size.unknown(path)

    def _file(self, parts: Sequence[Stored], path: str) -> Size:
        """Return the bytes of a file, unless a program may have changed it."""
        last = self._last_thinning(path)
        if parts and parts[-1].instruction.index > last and _is_file(parts[-1], path):
            parts = parts[-1:]
        if any(each.instruction.index <= last for each in parts):
            return Size.unknown(f"what is left of {path}")
        return self._about(self._sum(parts, path), path)

    def _last_thinning(self, path: str) -> int:
        """Return the number of the last instruction that may have deleted or changed some of what
        stands at a path; one below all of them for none.
        """
        if self._taken.maybe(path):
            return maxsize
        last, programs = -1, self._build.fact(_programs)
        for stage, count in self._build.parts_before(self._stage, self._before):
            below = programs(stage).first_thinning_below(path)
            if below is not None and below < count:
                return maxsize
            at = programs(stage).last_thinning_above(path, count)
            if at is not None:
                last = max(last, self._build.steps(stage)[at].instruction.index)
        return last

    def _about(self, size: Size, path: str) -> Size:
        """Return the size as a guess where lines of the files were changed."""
        is_edited = size.bytes and self._ask(_Programs.first_editing, path)
        return size._replace(basis=Basis.GUESSED) if is_edited else size

    def _folder(self, parts: Sequence[Stored], path: str) -> Size:
        """Return the bytes of the parts that a folder holds, and say what else may be in it."""
        last = self._last_thinning(path)
        sure = [each for each in parts if each.instruction.index > last]
        known = self._about(self._sum(sure, path), path)
        if last >= 0:  # what may delete may write, too
            return known.plus(Size.unknown(f"what is left of {path}"))
        return known.plus(Size.unknown(path)) if self._holds_more(parts, path) else known

    def _holds_more(self, parts: Sequence[Stored], path: str) -> bool:
        """Tell whether something else than `parts` may stand below `path`.

        A build may write anything, but hardly into what a manager keeps there.
        """
        from dlint.facts.metadata import prefix_of_base
        from dlint.facts.writing import base_may_hold

        if base_may_hold(path) or prefix_of_base(self._build, self._stage, path):
            return True
        built = any(each.how != "install" for each in parts)
        if built and self._ask(_Programs.first_building, path):
            return True
        return self._build.fact(_untold).before(self._stage, self._before, path)

    def _ask(self, first: Callable[[_Programs, str], int | None], path: str) -> bool:
        """Tell whether one of the steps is what `first` looks up by its number in its stage."""
        for stage, count in self._build.parts_before(self._stage, self._before):
            at = first(self._build.fact(_programs)(stage), path)
            if at is not None and at < count:
                return True
        return False

    def _sum(self, parts: Sequence[Stored], path: str) -> Size:
        """Return the bytes of the parts that stand at or below `path`; each file as the last step
        left it.
        """
        found: list[Size] = []
        seen: set[str] = set()
        for stored in reversed(parts):
            if stored.arrival is not None and stored.arrival.known:
                files = {
                    place: source
                    for place, source in stored.arrival.files.items()
                    if within(place, path) and not self._taken.surely(place)
                }
                counted = files.keys() - seen - self.spared
                found.append(_copied(stored, [files[place] for place in counted]))
                seen |= files.keys()
            elif stored.path is None or not within(stored.path, path):
                found.append(Size.unknown(f"what of line {stored.instruction.line} is in {path}"))
            elif self._taken.some(stored.path):
                found.append(Size.unknown(f"what is left of {stored.path}"))
            else:
                # all that one RUN installs there is weighed at once
                key = f"{stored.instruction.index} {stored.path}"
                found.append(self._made(stored, parts, again=key in seen))
                seen.add(key)
        return Size.sum(found)

    def _made(self, stored: Stored, parts: Iterable[Stored], *, again: bool) -> Size:
        """Return what something takes up that no COPY has brought from the context; `parts` are all
        that stand there.
        """
        match stored.how:
            case "install" | "stage":
                return NOTHING if again else self._weigh(stored)
            case "make" if environment := environment_bytes(stored.text, stored.path, parts):
                return Size(environment, Basis.GUESSED)
            case "make" if not (stored.tree or stored.filled):
                return Size(PATH, Basis.MODELLED)
            case _:
                return Size.unknown(f"what line {stored.instruction.line} has stored")


def _copied(stored: Stored, sources: Collection[str]) -> Size:
    """Return what files of the context take up that a COPY has brought."""
    size = stored.bytes_of(frozenset(sources)) if sources else 0
    if size is None:
        return Size.unknown(f"what line {stored.instruction.line} has copied")
    return Size(size, Basis.MODELLED)


def environment_bytes(text: str, path: str | None, parts: Iterable[Stored]) -> int | None:
    """Return what the virtual environment comes to that a command makes at a path, by its text;
    None where it makes none. The pip that another one of the `parts` replaces is not counted.
    """
    made = _MAKES_ENVIRONMENT.match(text)
    if made is None:
        return None
    if "--without-pip" in text or any(_brings_pip(each, path) for each in parts):
        return WITHOUT_PIP
    return VENV if made[1] == "venv" else VIRTUALENV


def _brings_pip(stored: Stored, environment: str | None) -> bool:
    """Tell whether something stored is a pip that was installed into an environment."""
    if stored.how != "install" or stored.path is None or environment is None:
        return False
    _, _, named = stored.text.partition(" install ")
    return within(stored.path, environment) and any(map(_PIP.match, named.split()))


def _is_file(stored: Stored, path: str) -> bool:
    if stored.arrival is not None:
        return path in stored.arrival.files
    return stored.path == path and not stored.tree and stored.how != "make"


def _is_below(stored: Stored, path: str) -> bool:
    """Tell whether something that a step stored stands below `path`, or is a folder there."""
    if stored.arrival is not None and stored.arrival.known:
        return path not in stored.arrival.files
    if stored.path is None or not within(stored.path, path):
        return False
    # what a COPY brings may be a file where its name does not tell
    return stored.path != path or (stored.tree and stored.how not in {"copy", "stage"})


def _holds(stored: Stored, path: str) -> bool:
    """Tell whether something that a step stored may stand at or below `path`."""
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    return (
        stored.path is None
        or within(stored.path, path)
        or (stored.tree and within(path, stored.path))
    )


# They change words and lines of files, which hardly changes how large these are.
_EDIT_LINES = frozenset(("sed", "perl", "dos2unix"))
# They compile and put together: what was there stays, and more may stand anywhere.
_BUILD = regex(
    r"(?:.*-)?(?:c?make|g?make|ninja|meson|bazel(?:isk)?|scons|ant|sbt|gradlew?|mvnw?|g?cc|g\+\+|c\+\+|clang(?:\+\+)?|ld|ar"
    r"|rustc|javac|msbuild|configure|autoreconf|autogen\.sh|automake|autoconf|protoc|qmake|just|task)\Z"
)


def _only_adds(command: Command) -> bool:
    """Tell whether a program deletes and changes nothing that stood there before: it builds."""
    from dlint.model.programs import spared_by

    return _BUILD.match(command.name) is not None or spared_by(command) is not None


class _Programs:
    """What the RUNs of one stage may have deleted or changed, and which of them build, by the
    numbers of the steps.
    """

    def __init__(self, build: Build, stage: Stage) -> None:
        # at the root, which meets all paths: what deletes nobody knows what, or runs anywhere
        from dlint.model.places import Places

        self._deleted, self._edited, self._built = Places(), Places(), Places()
        for at, step in enumerate(build.steps(stage)):
            for _, effects in build.effects_in([step]):
                self._note(at, effects)

    def first_thinning_below(self, path: str) -> int | None:
        """Return the first step that may have deleted or changed something by its path, which is
        that or below it.
        """
        return self._deleted.first_below(path)

    def last_thinning_above(self, path: str, before: int) -> int | None:
        """Return the last step before another that may have deleted or changed a path, or what a
        folder around it holds.
        """
        return self._deleted.last_above(path, before)

    def first_editing(self, path: str) -> int | None:
        """Return the first step that has changed lines of files at a path."""
        return self._edited.first_nested(path)

    def first_building(self, path: str) -> int | None:
        """Return the first step that builds something, which may stand at a path."""
        return self._built.first_above(path)

    def _note(self, at: int, effects: Effects) -> None:
        from dlint.shell.effects import Delete, Install, Remove, Rewrite, Unknown

        if not effects.known:
            self._deleted.note("/", at)
        if any(not is_system_manager(each.manager) for each in effects.of(Remove)):
            self._deleted.note("/", at)
        for deleted in effects.of(Delete):
            self._deleted.note(deleted.place.rooted or "/", at)
        for rewrite in effects.of(Rewrite):
            if rewrite.how not in KEEPS_CONTENT:
                changed = self._edited if rewrite.how in _EDIT_LINES else self._deleted
                changed.note(rewrite.place.rooted or "/", at)
        for unknown in effects.of(Unknown):
            (self._built if _only_adds(unknown.command) else self._deleted).note("/", at)
        if any(each.hidden for each in effects.of(Install)):
            self._built.note("/", at)


def _programs(build: Build) -> Callable[[Stage], _Programs]:
    """Return what tells of a stage's programs, each stage looked at once."""
    return cache(partial(_Programs, build))


def _untold(build: Build) -> Writers:
    """Return which steps write what is not told."""
    from dlint.facts.writing import Writers

    return Writers(build, _is_told)


def _is_told(build: Build, step: Step, effect: Effect) -> bool:
    """Tell whether an effect is among what is said to be stored."""
    from dlint.shell.effects import Create, Install

    if isinstance(effect, Install):
        return bool(dependency_folders(build, step, effect))
    return isinstance(effect, Create) and not effect.place.glob and effect.place.rooted is not None

"""Which instructions of a stage must stay in their order, so that the image and what each RUN sees
are the same.

Two may change places where neither writes what the other reads or writes: files (`footprints`), and
what instructions hand on to later ones: variables, the working directory, the user, the shell, the
image's configuration. Files are told apart by their paths: a link in the base image that leads from
one folder to another is known for the usual ones only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.context import moby
from dlint.order.footprints import Footprints, meet, overlap
from dlint.syntax import Arg, Env, Run, Shell, Transfer, User, Workdir
from dlint.text.paths import above
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.order.footprints import Footprint
    from dlint.syntax import Instruction

_ANY_VARIABLE = "variable *"
# ENTRYPOINT may take back a CMD.
_OVERRIDE = {"CMD": "command", "ENTRYPOINT": "command"}


class Handed(NamedTuple):
    """What an instruction takes from those above it and hands on to those below it, by name."""

    takes: frozenset[str]
    gives: frozenset[str]


class Surroundings:
    """The instructions of a stage behind its FROM, with what each does to its surroundings."""

    def __init__(self, build: Build, stage: Stage) -> None:
        """Look at all of them."""
        self.instructions = stage.instructions[1:]
        steps = {id(step.instruction): step for step in build.steps(stage)}
        self.steps = [steps[id(instruction)] for instruction in self.instructions]
        self.prints = _footprints(build, stage, self.steps)
        self._handed = [_handed(step, build.dockerfile.escape) for step in self.steps]

    def precedence(self, *, free: bool = False) -> list[int]:
        """Return for each instruction, as bits, those that must stand above it.

        With `free`, files of which nobody knows whether they are read or written bind nothing: no
        order that keeps the image can cost less than the best one under that.
        """
        found: list[int] = []
        for at in range(len(self.instructions)):
            mask = 0
            for before in range(at):
                if self._bound(before, at, free=free):
                    mask |= 1 << before | found[before]
            found.append(mask)
        return found

    @property
    def unknown(self) -> list[Instruction]:
        """The instructions that may read or write any file."""
        pairs = zip(self.instructions, self.prints, strict=True)
        return [instruction for instruction, print_ in pairs if print_.is_unknown]

    def _bound(self, before: int, at: int, *, free: bool) -> bool:
        """Tell whether two instructions must stay in their order."""
        if _linked(self._handed[before], self._handed[at]):
            return True
        if free and (self.prints[before].is_unknown or self.prints[at].is_unknown):
            return False
        return self.prints[before].meets(self.prints[at]) and self.missed(before, at) != frozenset()

    def missed(self, copy: int, install: int) -> frozenset[str] | None:
        """Return the places of files that an install reads and that no other COPY brings than this
        one above it.

        None of them: the two may change places, as far as they are concerned. None where more than
        that binds them.
        """
        brought, reader = self.prints[copy], self.prints[install]
        if not reader.installs or not brought.files or brought.reads_of(reader):
            return None
        if meeting(brought.files, reader.writes):
            return None
        others = [number for number in range(install) if number != copy]
        missed: set[str] = set()
        for place in meeting(brought.files, reader.reads):
            same = {number for number in others if self._puts_same(number, copy, place)}
            if self._stays_for(place, copy, same, others):
                return None
            if not same:
                missed.add(place)
        if not self._folders_are_made(copy, install, others, missed):
            return None
        return frozenset(missed)

    def _puts_same(self, other: int, copy: int, place: str) -> bool:
        """Tell whether another instruction brings the same file to `place` as a COPY does."""
        return self.prints[other].files.get(place) == self.prints[copy].files[place]

    def _stays_for(self, place: str, copy: int, same: set[int], others: Iterable[int]) -> bool:
        """Tell whether a COPY must stay above for what it brings to `place`, though `same` bring
        that as well.

        Of all that bring it, the one that brings least must stay above, below what else is put
        there.
        """
        least = min({*same, copy}, key=lambda number: (len(self.prints[number].files), -number))
        differ = [
            number
            for number in others
            if number not in same and overlap((place,), self.prints[number].writes)
        ]
        return max(differ, default=-1) > least or (bool(same) and least == copy)

    def _folders_are_made(
        self, copy: int, install: int, others: Iterable[int], missed: Iterable[str]
    ) -> bool:
        """Tell whether others make the folders that an install finds made by a COPY, but for those
        of the `missed` files.
        """
        reader = self.prints[install]
        made = [self.prints[each].folders for each in others if self.prints[each].meets(reader)]
        return all(
            any(folders.get(folder) == attributes for folders in made) or meeting(missed, (folder,))
            for folder, attributes in self.prints[copy].makes_for(reader).items()
        )


def meeting(places: Iterable[str], paths: tuple[str, ...] | None) -> set[str]:
    """Return those of some places that may be one of `paths`, or stand below or above it."""
    return {place for place in places if any(meet(place, path) for path in paths or ())}


def _footprints(build: Build, stage: Stage, ordered: Sequence[Step]) -> list[Footprint]:
    read = Footprints(build)
    workdirs: set[str] = set()
    found = []
    own = {id(step) for step in ordered}
    for step in build.chain(stage):
        if id(step) in own:
            found.append(read.of(step, workdirs))
        if isinstance(step.instruction, Workdir):
            place = read.folder(step, step.instruction)
            workdirs.update((place, *above(place)) if place else ())
    return found


def _linked(one: Handed, later: Handed) -> bool:
    """Tell whether the order of two matters for what they hand on; `later` stands below."""
    return (
        _share(one.gives, later.takes)
        or _share(one.takes, later.gives)
        or not one.gives.isdisjoint(later.gives)
    )


def _share(gives: frozenset[str], takes: frozenset[str]) -> bool:
    if not gives.isdisjoint(takes):
        return True
    return any(
        _ANY_VARIABLE in some and any(name.startswith("variable ") for name in others)
        for some, others in ((gives, takes), (takes, gives))
    )


def _handed(step: Step, escape: str) -> Handed:
    instruction = step.instruction
    takes, gives = _variables(instruction, escape), frozenset[str]()
    match instruction:
        case Run():
            takes = frozenset((_ANY_VARIABLE, "folder", "user", "shell"))
        case Transfer(destination=to):
            takes = takes if to and to.text.startswith("/") else takes | {"folder"}
        case Env(pairs=pairs) | Arg(pairs=pairs):
            gives = frozenset((instruction.name, *(f"variable {pair.name}" for pair in pairs)))
        case Workdir():
            takes, gives = takes | {"folder", "user"}, frozenset(("folder",))
        case User():
            gives = frozenset(("user",))
        case Shell():
            gives = frozenset(("shell",))
        case _:
            takes = takes | {"shell"} if instruction.takes_json else takes
            gives = frozenset((_OVERRIDE.get(instruction.name, instruction.name),))
    return Handed(takes, gives)


def _variables(instruction: Instruction, escape: str) -> frozenset[str]:
    """Return the variables that an instruction's text mentions."""
    texts = [
        instruction.value.text,
        *(heredoc.body for heredoc in instruction.heredocs if heredoc.expand),
    ]
    try:
        names = {name for text in texts if "$" in text for name in moby.references(text, escape)}
    except ValueError:
        return frozenset((_ANY_VARIABLE,))
    return frozenset(f"variable {name}" for name in names)

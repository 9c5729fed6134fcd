"""Which instructions of a stage must stay in their order, so that the image and what each RUN sees
are the same.

Two may change places where neither writes what the other reads or writes: files (`footprints`), and
what instructions hand on to later ones: variables, the working directory, the user, the shell, the
image's configuration. Files are told apart by their paths: a link in the base image that leads from
one folder to another is known for the usual ones only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.context import moby
from dlint.order.footprints import Footprints, above, meet, overlap
from dlint.syntax import Arg, Env, Run, Shell, Transfer, User, Workdir

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

    def precedence(self) -> list[int]:
        """Return for each instruction, as bits, those that must stand above it."""
        found: list[int] = []
        for at in range(len(self.instructions)):
            mask = 0
            for before in range(at):
                if self._bound(before, at):
                    mask |= 1 << before | found[before]
            found.append(mask)
        return found

    def _bound(self, before: int, at: int) -> bool:
        """Tell whether two instructions must stay in their order."""
        if _linked(self._handed[before], self._handed[at]):
            return True
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
        if any(_among(brought.files, write) for write in reader.writes or ()):
            return None
        others = {number: self.prints[number] for number in range(install) if number != copy}
        missed: set[str] = set()
        for place in {
            place for path in reader.reads or () for place in _among(brought.files, path)
        }:
            same = {
                number
                for number, other in others.items()
                if other.files.get(place) == brought.files[place]
            }
            differ = {
                number for number, other in others.items() if overlap((place,), other.writes)
            } - same
            # of all that bring it, the one that brings least must stay above
            giver = min({*same, copy}, key=lambda number: (len(self.prints[number].files), -number))
            if max(differ, default=-1) > giver or (same and giver == copy):
                return None
            if not same:
                missed.add(place)
        made = [other.folders for other in others.values() if other.meets(reader)]
        for folder, attributes in brought.makes_for(reader).items():
            if not any(other.get(folder) == attributes for other in made) and not _among(
                missed, folder
            ):
                return None
        return frozenset(missed)


def _among(places: Iterable[str], path: str) -> list[str]:
    """Return those of some places that may be `path`, or stand below or above it."""
    return [place for place in places if meet(place, path)]


def _footprints(build: Build, stage: Stage, ordered: Sequence[Step]) -> list[Footprint]:
    read = Footprints(build)
    standing: set[str] = set()
    found = []
    own = {id(step) for step in ordered}
    for step in build.chain(stage):
        if id(step) in own:
            found.append(read.of(step, standing))
        if isinstance(step.instruction, Workdir):
            place = read.folder(step, step.instruction)
            standing.update((place, *above(place)) if place else ())
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
    if isinstance(instruction, Run):
        takes = frozenset((_ANY_VARIABLE, "folder", "user", "shell"))
    elif isinstance(instruction, Transfer):
        absolute = instruction.destination is not None and instruction.destination.text.startswith(
            "/"
        )
        takes = takes if absolute else takes | {"folder"}
    elif isinstance(instruction, Env | Arg):
        gives = frozenset(
            (instruction.name, *(f"variable {pair.name}" for pair in instruction.pairs))
        )
    elif isinstance(instruction, Workdir):
        takes, gives = takes | {"folder", "user"}, frozenset(("folder",))
    elif isinstance(instruction, User | Shell):
        gives = frozenset(("user" if isinstance(instruction, User) else "shell",))
    else:
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

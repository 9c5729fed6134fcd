"""Which instructions of a stage must stay in their order, so that the image and what each RUN sees are the same.

Two may change places where neither writes what the other reads or writes: files (`footprints`), and what instructions
hand on to later ones: variables, the working directory, the user, the shell, the image's configuration. Files are told
apart by their paths: a link in the base image that leads from one folder to another is known for the usual ones only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import moby
from dlint.order.footprints import Footprints, above
from dlint.syntax import Arg, Env, Run, Shell, Transfer, User, Workdir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.layers.build import Build, Step
    from dlint.layers.stages import Stage
    from dlint.order.footprints import Footprint
    from dlint.syntax import Instruction

_ANY_VARIABLE = "variable *"
# ENTRYPOINT may take back a CMD.
_OVERRIDE = {"CMD": "command", "ENTRYPOINT": "command"}


class Handed(NamedTuple):
    """What an instruction takes from those above it and hands on to those below it, by name."""

    takes: frozenset[str]
    gives: frozenset[str]


def precedence(build: Build, stage: Stage) -> list[int]:
    """Return for each instruction of a stage behind its FROM, as bits, those that must stand above it."""
    own = stage.instructions[1:]
    steps = {id(step.instruction): step for step in build.steps(stage)}
    ordered = [steps[id(instruction)] for instruction in own]
    prints = _footprints(build, stage, ordered)
    handed = [_handed(step, build.dockerfile.escape) for step in ordered]
    found: list[int] = []
    for at in range(len(own)):
        mask = 0
        for before in range(at):
            if _linked(handed[before], handed[at]) or prints[before].meets(prints[at]):
                mask |= 1 << before | found[before]
        found.append(mask)
    return found


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
    return _share(one.gives, later.takes) or _share(one.takes, later.gives) or not one.gives.isdisjoint(later.gives)


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
        absolute = instruction.destination is not None and instruction.destination.text.startswith("/")
        takes = takes if absolute else takes | {"folder"}
    elif isinstance(instruction, Env | Arg):
        gives = frozenset((instruction.name, *(f"variable {pair.name}" for pair in instruction.pairs)))
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
    texts = [instruction.value.text, *(heredoc.body for heredoc in instruction.heredocs if heredoc.expand)]
    try:
        names = {name for text in texts if "$" in text for name in moby.references(text, escape)}
    except ValueError:
        return frozenset((_ANY_VARIABLE,))
    return frozenset(f"variable {name}" for name in names)

"""Edits that declare an argument further down."""

from __future__ import annotations

from itertools import filterfalse, takewhile
from typing import TYPE_CHECKING

from dlint.facts.arguments import only_hands_on
from dlint.fixes.moving import move_before, move_behind
from dlint.syntax import Arg, Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.facts.arguments import Argument
    from dlint.model.build import Build
    from dlint.syntax import Instruction, Run
    from dlint.text.source import Edit


def declare_below(build: Build, argument: Argument, last: Run) -> tuple[Edit, ...] | None:
    """Return edits that move an argument, with ENV and LABEL that hand it on, below `last`, a RUN
    that does without it, to the first step that needs it.

    None where `last` is in another stage or needs it first, or where its ARG declares others, too.
    """
    own = argument.stage.instructions
    if len(argument.arg.pairs) > 1 or last not in own:
        return None

    def goes_along(user: Instruction) -> bool:
        """Tell whether a user may go down with it: nothing else of it is needed before."""
        return isinstance(user, Label) or only_hands_on(user, argument.name)

    users = [user for user in argument.users if user in own]
    target = next(filterfalse(goes_along, users), None)
    end = last if target is None else target
    if last.index > end.index:
        return None
    moved: list[Instruction] = [argument.arg, *takewhile(goes_along, users)]
    moved = [each for each in moved if each.index < end.index]
    above = _above(argument, last, target, moved)
    source = build.dockerfile.source
    return move_behind(source, moved, above) if above else move_before(source, moved, end)


def _above(
    argument: Argument, last: Run, target: Instruction | None, moved: Sequence[Instruction]
) -> Instruction | None:
    """Return what an argument goes below: other arguments and labels there, as if it had been moved
    with them.

    None where it goes above `target`, or else below `last` alone.
    """
    names = {name for each in moved for name in _declared(each)}

    def is_alike(each: Instruction) -> bool:
        declared = _declared(each)
        return bool(declared) and names.isdisjoint(declared) and each not in argument.users

    below = [each for each in argument.stage.instructions if each.index > last.index]
    if target is None:
        return [last, *takewhile(is_alike, below)][-1]
    between = below[: below.index(target)]
    return between[-1] if between and is_alike(between[-1]) else None


def _declared(instruction: Instruction) -> Sequence[str]:
    """Return the names that an ARG or LABEL declares."""
    match instruction:
        case Arg(pairs=pairs) | Label(pairs=pairs):
            return [pair.name for pair in pairs]
    return ()

"""Which stages give the same files for every platform, or compile for any, so that they need not
run on the platform that the image is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.portable import group_of
from dlint.facts.portable_front_ends import front_end
from dlint.facts.portable_go import go_program, without_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlint.facts.portable import Group, Portable
    from dlint.model.build import Build
    from dlint.syntax import Instruction


def portable_stages(build: Build) -> tuple[Portable, ...]:
    """Return what need not run on the platform of the image but does, in the file's order: a
    fact.
    """
    if _hides_stage(build):
        return ()
    fronts = _agreed(_found(build, front_end, lambda _, text: text))
    programs = _found(build, go_program, without_settings)
    found = (*fronts.values(), *(each for each in programs if each.needs <= fronts.keys()))
    return tuple(sorted(found, key=lambda each: each.first.index))


def _hides_stage(build: Build) -> bool:
    """Tell whether a variable hides which stage something is taken from."""
    return any(
        build.expand(instruction, name) is None
        for stage in build.stages
        for instruction in stage.instructions
        for name in instruction.from_names
    )


def _agreed(found: Iterable[Portable]) -> dict[int, Portable]:
    """Return those of which all that they need moves along, by the number of the first stage."""
    left = {each.first.index: each for each in found}
    users: dict[int, list[int]] = {}
    for number, each in left.items():
        for need in each.needs:
            users.setdefault(need, []).append(number)
    lost = [need for need in users if need not in left]
    while lost:
        also = [each for each in users.get(lost.pop(), ()) if left.pop(each, None) is not None]
        lost.extend(also)
    return left


def _found(
    build: Build,
    judge: Callable[[Build, Group], Portable | None],
    text_of: Callable[[Instruction, str], str],
) -> Iterator[Portable]:
    """Yield what `judge` finds; `text_of` leaves out what compiles for the image's platform."""
    for stage in build.stages:
        group = group_of(build, stage, text_of) if stage.is_external and build.live(stage) else None
        found = judge(build, group) if group else None
        if found:
            yield found

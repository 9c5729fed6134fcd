"""From an order of instructions back to the file: each is moved whole, with the comments directly above it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from dlint.moving import insert_behind, insertion, lines_of, removals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.source import Edit, Source
    from dlint.syntax import Instruction


def extend(above: Sequence[int], layers: Sequence[int]) -> list[int]:
    """Return an order of all instructions of a stage in which `layers`, some of them, come in that order.

    `above` holds for each instruction, as bits, those that must stand above it. As many layers as can be stay, and so
    does what is no layer, unless a layer that goes up needs it.
    """
    taken = moved(layers)
    order: list[int] = []
    rest = sorted(set(range(len(above))) - set(layers))

    def put(number: int) -> None:
        order.append(number)
        if number in rest:
            rest.remove(number)

    def settle(end: int) -> None:
        """Put what stands before number `end`, as far as it may."""
        for number in [each for each in rest if each < end]:
            if not above[number] & ~sum(1 << each for each in order):
                put(number)

    for at, layer in enumerate(layers):
        settle(next((other for other in layers[at:] if other not in taken), 0))
        for needed in [each for each in rest if above[layer] >> each & 1]:
            put(needed)
        put(layer)
    settle(len(above))
    return order


def moved(order: Sequence[int]) -> set[int]:
    """Return the fewest numbers without which the rest of `order` rises."""
    lowest: list[int] = []  # the least last number of a rising run, by the run's length
    previous: dict[int, int | None] = {}
    for number in order:
        at = bisect_left(lowest, number)
        previous[number] = lowest[at - 1] if at else None
        lowest[at : at + 1] = [number]
    kept: set[int] = set()
    number_kept = lowest[-1] if lowest else None
    while number_kept is not None:
        kept.add(number_kept)
        number_kept = previous[number_kept]
    return set(order) - kept


def reorder(source: Source, instructions: Sequence[Instruction], order: Sequence[int]) -> list[Edit]:
    """Return edits that put `instructions`, those of a stage, into an order of their numbers."""
    taken = moved(order)
    edits = list(removals(source, [instructions[number] for number in sorted(taken)]))
    waiting: list[str] = []
    for number in order:
        if number in taken:
            waiting.append(_text(source, instructions[number]))
        elif waiting:
            edits.append(insertion(source, lines_of(source, instructions[number]).start, "".join(waiting)))
            waiting = []
    if waiting:
        last = next(instructions[number] for number in reversed(order) if number not in taken)
        blank = source.newline if waiting[-1].endswith(source.newline * 2) else ""
        edits.append(insert_behind(source, last, blank + "".join(waiting).removesuffix(blank)))
    return edits


def _text(source: Source, instruction: Instruction) -> str:
    """Return an instruction's lines, with a blank line below where it stands between two, or at the end."""
    lines = lines_of(source, instruction)
    text = source[lines] if source[lines].endswith("\n") else source[lines] + source.newline
    above = source.line_text(source.line(lines.start) - 1)  # there is a FROM
    below = source.line_text(source.line(lines.end)) if lines.end < len(source.text) else ""
    return text if above.strip() or below.strip() else text + source.newline

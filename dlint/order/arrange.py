"""From an order of instructions back to the file: each is moved whole, with the comments directly
above it.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from dlint.fixes.moving import insert_before, insert_behind, lines_of, removals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.syntax import Instruction
    from dlint.text.source import Edit, Source


def extend(above: Sequence[int], layers: Sequence[int]) -> list[int]:
    """Return an order of all instructions of a stage in which `layers`, some of them, come in that
    order.

    `above` holds for each instruction, as bits, those that must stand above it. As many layers as
    can be stay, and so does what is no layer, unless a layer that goes up needs it.
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


def reorder(
    source: Source, instructions: Sequence[Instruction], order: Sequence[int]
) -> list[Edit]:
    """Return edits that put `instructions`, those of a stage, into an order of their numbers."""
    taken = moved(order)
    edits = list(removals(source, [instructions[number] for number in sorted(taken)]))
    waiting: list[Instruction] = []
    last: Instruction | None = None
    for number in order:
        instruction = instructions[number]
        if number in taken:
            waiting.append(instruction)
            continue
        if waiting:
            edits.append(_put(source, waiting, last, instruction))
            waiting = []
        last = instruction
    if waiting and last is not None:
        blank = source.newline if _stands_apart(source, waiting[-1]) else ""
        edits.append(
            insert_behind(source, last, blank + _text(source, waiting).removesuffix(blank))
        )
    return edits


def _put(
    source: Source, moved: Sequence[Instruction], above: Instruction | None, below: Instruction
) -> Edit:
    """Return an edit that puts instructions between two, to the one of them with which they make a
    paragraph.
    """
    text = _text(source, moved)
    if above is None or not _are_parted(source, above, below):
        return insert_before(source, below, text)
    ends_apart = _stands_apart(source, moved[-1])
    if _stands_apart(source, moved[0]) or below.name == moved[0].name != above.name:
        blank = source.newline if _has_comment(source, below) and not ends_apart else ""
        return insert_before(source, below, text + blank)
    blank = source.newline if _has_comment(source, moved[0]) else ""
    return insert_behind(source, above, blank + text.removesuffix(source.newline * ends_apart))


def _has_comment(source: Source, instruction: Instruction) -> bool:
    """Tell whether a comment stands directly above an instruction."""
    return lines_of(source, instruction).start < source.line_span(instruction.line).start


def _are_parted(source: Source, above: Instruction, below: Instruction) -> bool:
    """Tell whether a blank line stands somewhere between two."""
    first, last = above.end_line + 1, source.line(lines_of(source, below).start)
    return any(not source.line_text(line).strip() for line in range(first, last))


def _text(source: Source, moved: Sequence[Instruction]) -> str:
    """Return the lines of instructions, each with a blank line below where it stands between two,
    or at the end.
    """
    lines = []
    for instruction in moved:
        text = source[lines_of(source, instruction)]
        lines.append(text if text.endswith("\n") else text + source.newline)
        lines.append(source.newline * _stands_apart(source, instruction))
    return "".join(lines)


def _stands_apart(source: Source, instruction: Instruction) -> bool:
    """Tell whether an instruction is a paragraph of its own."""
    lines = lines_of(source, instruction)
    above = source.line_text(source.line(lines.start) - 1)  # there is a FROM
    below = source.line_text(source.line(lines.end)) if lines.end < len(source.text) else ""
    return not (above.strip() or below.strip())

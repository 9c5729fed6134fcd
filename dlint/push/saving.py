"""What a change of a Dockerfile saves: the difference of two plans, never a sum of findings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dlint.findings import Cost, Size
from dlint.model.keys import Keys, shallow
from dlint.push.line import push_line
from dlint.push.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model import Build


def saving(before: Build, after: Build) -> Cost:
    """Return by how much the image and the next push become smaller; None for one that does not, or
    where nothing tells.
    """
    image = _difference(_layers(before), _layers(after))
    usual = push_line(before)
    old, new = (
        push_line(each, changed=usual.changed or None) if usual else None
        for each in (before, after)
    )
    push = None
    if old is not None and new is not None and old.changed == new.changed:
        push = _difference([("", old.size)], [("", new.size)])
    known = [each for each in (image, push) if each is not None]
    if not known:
        return Cost()
    total = Size.sum(known)
    return Cost(image and image.bytes, push and push.bytes, total.basis, total.at_least)


def _layers(build: Build) -> list[tuple[str, Size]]:
    """Return the layers of the image above its base, each with the words that make it."""
    sizes, keys = Sizes(build.options.builder), Keys(build, shallow)
    return [
        (keyed.step.instruction.value.text, sizes.of(keyed, build))
        for keyed in keys.image
        if keyed.layer
    ]


def _difference(
    before: Iterable[tuple[str, Size]], after: Iterable[tuple[str, Size]]
) -> Size | None:
    """Return how much less the layers are; what stays as it is may be of unknown size.

    At least that much where the old ones are not known in full, and what is missing of the new ones
    is missing of those as well. None where the new ones may be larger for all that is known.
    """
    old, new = Counter(before), Counter(after)
    gone, come = ([size for _, size in each.elements()] for each in (old - new, new - old))
    less, more = Size.sum(gone), Size.sum(come)
    if less.doubt:
        less = less.plus(Size.unknown("what programs make again"))
    saved = (less.least if less.at_least else less.bytes) - more.bytes
    is_told = set(more.missing) <= set(less.missing) and not any(each.is_unknown for each in come)
    return (
        less.plus(more)._replace(bytes=saved, doubt=0, slack=0) if is_told and saved > 0 else None
    )

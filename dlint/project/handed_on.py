"""Which images that a file's commands build later commands of the same file push by name."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dlint.project.image import untagged
from dlint.project.purpose import PUSHES
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.project.commands import Claim

# The names that commands push images by, or give to others before they do.
_HANDED_ON = regex(
    r"(?:\b(?:docker|podman|buildah|nerdctl)|\$[({]?(?:DOCKER|PODMAN|CONTAINER)\w{0,20}[)}]?)[ \t]+"
    r"(?:image[ \t]+)?(?:push|tag)[ \t]([^\n;&|]*+)"
)
_BRACED = regex(r"\$[({](\w+)[)}]")  # `${IMAGE}` and `$(IMAGE)` are `$IMAGE`


def handed_on(text: str) -> frozenset[str]:
    """Return the names, without tags, of the images that the commands of a text push."""
    from dlint.project.commands import assigned, filled

    if not PUSHES.search(text):
        return frozenset()
    values = assigned(text)
    told = (filled(each, values) for each in _HANDED_ON.findall(text))
    return _plain(chain.from_iterable(map(str.split, chain.from_iterable(told))))


def pushed_by_name(claims: tuple[Claim, ...], handed: frozenset[str]) -> tuple[Claim, ...]:
    """Return what is claimed of a build, which is pushed where one of its names is handed on."""
    return tuple(
        each.delivered(pushes=True) if not each.delivery.stays and is_named(each, handed) else each
        for each in claims
    )


def is_named(claim: Claim, handed: frozenset[str]) -> bool:
    """Tell whether a build gives its image one of these names."""
    return not handed.isdisjoint(_plain(claim.names.split("\n")))


def _plain(names: Iterable[str]) -> frozenset[str]:
    words = (_BRACED.sub(r"$\1", each.strip(" \t\"'")) for each in names)
    return frozenset(untagged(each) for each in words if each and not each.startswith("-"))

"""Which repository a blob is mounted from, where the target's registry holds it elsewhere."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Place(NamedTuple):
    """Where an image goes: its registry, and its repository there."""

    registry: str
    repository: str


def mount_source(builder: str, target: str, places: Iterable[str]) -> str:
    """Return the repository that docker mounts from; of `places` the one that got the blob last is
    the last.

    Both image stores take the one whose path begins most like the target's. Of several the
    graphdriver store takes the one that got the blob last (moby, distribution/push_v2.go,
    sortV2MetadataByLikenessAndAge), the containerd store the last in the alphabet (containerd,
    remotes/docker/handler.go, selectRepositoryMountCandidate).
    """
    last_first = list(places)[::-1]
    if builder == "buildkit":
        last_first.sort(reverse=True)
    return max(last_first, key=lambda place: _common_parts(place, target))


def _common_parts(one: str, other: str) -> int:
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def mounted(
    builder: str, target: Place, held: Mapping[Place, Iterable[str]], wanted: Iterable[str]
) -> dict[str, str]:
    """Return the repository that each of the `wanted` blobs (by digest) is mounted from, "" where
    none can give it; `held` are the blobs of places, the one that was pushed to last at the end.

    A blob of another registry is never mounted.
    """
    found: dict[str, str] = {}
    for digest in wanted:
        places = [
            place.repository
            for place, digests in held.items()
            if place.registry == target.registry and digest in digests and place != target
        ]
        found[digest] = mount_source(builder, target.repository, places) if places else ""
    return found

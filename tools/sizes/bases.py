"""Reads which official images there are, how large, and on which release of which distribution each
stands.

`rows` takes the file of facts: a line of JSON for each tag, with its layers' digests and compressed
bytes. What tells a release is the tag (`bookworm`), what another image's tag says that has the same
first layer, or the size of the first layer, which rebuilds of one release change by less than NEAR.
Else it stays unknown.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.sizes.bases import UBUNTU

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

NEAR = 0.003
_DEBIAN = {"10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie"}
_WORDS = dict.fromkeys(_DEBIAN.values(), "debian") | dict.fromkeys(UBUNTU.values(), "ubuntu")
_SYSTEMS = (
    "alpine",
    "amazonlinux",
    "oraclelinux",
    "rockylinux",
    "almalinux",
    "fedora",
    "photon",
    "archlinux",
)


class Place(NamedTuple):
    """Where an image stands: distribution and release, "" where unknown; slim where documents are
    left out.
    """

    distribution: str = ""
    release: str = ""
    slim: bool = False


Row = tuple[str, str, str, int, str, str, str, int]


def rows(facts: Path) -> Iterator[Row]:
    """Yield the rows of the table `base`, sorted."""
    images = [json.loads(line) for line in facts.read_text().splitlines() if line.strip()]
    shared = _shared(images)
    for image in sorted(images, key=lambda each: (each["image"], each["tag"])):
        place = shared.get(image["layers"][0]["digest"]) or _near(image, images) or Place()
        layers = "\n".join(f"{each['digest']} {each['bytes']}" for each in image["layers"])
        for tag in (image["tag"], *image.get("aliases", ())):
            yield (
                image["image"],
                tag,
                image["as_of"],
                image["total_bytes"],
                layers,
                *place[:2],
                int(place.slim),
            )


def sizes(images: Iterable[Row]) -> str:
    """Return the list of what each image weighs, a tag a line: name, tag, day, bytes, and how many
    layers these are in.
    """
    return "".join(
        f"{name} {tag} {day} {count} {len(layers.splitlines())}\n"
        for name, tag, day, count, layers, *_ in sorted(images)
    )


def _told(image: Mapping[str, Any]) -> Place | None:
    """Return what an image's own name and tags tell."""
    name, tags = image["image"], (image["tag"], *image.get("aliases", ()))
    words = {word for tag in tags for word in tag.split("-")}
    slim = "slim" in words
    if name in {"debian", "ubuntu"}:
        numbers = _DEBIAN if name == "debian" else UBUNTU
        release = next(
            (
                numbers.get(word, word)
                for word in sorted(words)
                if numbers.get(word, word) in _WORDS
            ),
            None,
        )
        return Place(name, release, slim) if release else None
    if release := next((word for word in sorted(words) if word in _WORDS), None):
        return Place(_WORDS[release], release, slim)
    system = next(
        (each for each in _SYSTEMS if name == each or any(word.startswith(each) for word in words)),
        None,
    )
    if system is None:
        return None
    versions = re.findall(r"\d+(?:\.\d+)?", image["tag"]) if name == system else []
    return Place(system, versions[0] if versions else "")


def _shared(images: Iterable[Mapping[str, Any]]) -> dict[str, Place]:
    """Return by first layer what the images tell that have it; what most of them say, of those the
    most precise.
    """
    told: defaultdict[str, Counter[Place]] = defaultdict(Counter)
    for image in images:
        if place := _told(image):
            told[image["layers"][0]["digest"]][place] += 1
    found = {}
    for digest, places in told.items():
        slim = any(place.slim for place in places)
        best = max(places, key=lambda place: (bool(place.release), places[place], place))
        found[digest] = best._replace(slim=slim)
    return found


def _near(image: Mapping[str, Any], images: Iterable[Mapping[str, Any]]) -> Place | None:
    """Return the place of the distribution's own image whose first layer has nearly the same
    bytes.
    """
    size = image["layers"][0]["bytes"]
    own = [each for each in images if each["image"] in {"debian", "ubuntu"} and _told(each)]
    best = min(own, key=lambda each: abs(each["layers"][0]["bytes"] - size), default=None)
    if best is None or abs(best["layers"][0]["bytes"] - size) > NEAR * size:
        return None
    return _told(best)

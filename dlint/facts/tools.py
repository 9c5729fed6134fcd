"""Which version of a tool an image brings, so far as the image's name tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.facts.tags import Tag
from dlint.images.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.stages import Stage

# Names that tags have instead of numbers: the releases of Debian, Ubuntu and Node.js that are old
# enough to matter.
_NAMES: dict[str, dict[str, tuple[int, ...]]] = {
    "debian": {"wheezy": (7,), "jessie": (8,), "stretch": (9,), "buster": (10,)},
    "ubuntu": {"precise": (12, 4), "trusty": (14, 4), "xenial": (16, 4), "bionic": (18, 4)},
    "node": {"argon": (4,), "boron": (6,), "carbon": (8,)},
}
_NEWEST = 1 << 30  # what a tag leaves open (`8` is the newest 8)


def version_of(stage: Stage, tool: str) -> tuple[int, ...] | None:
    """Return the version of `tool` that the tag of a stage's outermost base names; None where it
    does not tell.

    The image is called so (`golang:1.22-alpine`, `circleci/node:8`), or its tag says what it stands
    on (`cuda:8.0-devel-ubuntu14.04`). What the tag leaves open counts as the newest: `8` is not
    older than `8.12`.
    """
    base = stage.outermost
    try:
        reference = parse_reference(base.image or "")
    except ValueError:
        return None
    tag = Tag.read(reference.tag or "")
    if reference.name.rpartition("-")[2] == tool and tag.version:
        return _numbers(tag.version)
    names = _NAMES.get(tool, {})
    for part in (*tag.ground, *tag.words):
        if part in names:
            return (*names[part], _NEWEST)
        if part.startswith(tool) and part in tag.ground:
            return _numbers(re.findall(r"\d+", part))
    return None


def _numbers(found: Sequence[str]) -> tuple[int, ...] | None:
    return (*map(int, found), _NEWEST) if found else None

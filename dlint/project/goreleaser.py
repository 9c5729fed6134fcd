"""Dockerfiles that GoReleaser builds: in a folder of its own, with the programs it compiled and
`extra_files`, and none of the repository's other files
(https://goreleaser.com/customization/docker/).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests.loading import FormatError, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTS = ("dockers", "dockers_v2")
_DEFAULT = "Dockerfile"
_TEMPLATE = "{{"


def released(text: str) -> Iterator[str]:
    """Yield the Dockerfiles that a file of GoReleaser names, from the root; those of a damaged one
    are none.
    """
    try:
        tree = load_yaml(text)
    except FormatError:
        return
    for key in _LISTS:
        images = tree.get(key) if isinstance(tree, dict) else None
        for image in images if isinstance(images, list) else ():
            told = image.get("dockerfile") or _DEFAULT if isinstance(image, dict) else ""
            if isinstance(told, str) and told and _TEMPLATE not in told:
                yield posixpath.normpath(told)

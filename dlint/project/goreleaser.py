"""Dockerfiles that GoReleaser builds: in a folder of its own, with the programs it compiled and
`extra_files`, and none of the repository's other files
(https://goreleaser.com/customization/docker/).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests.loading import tables, yaml_table

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTS = ("dockers", "dockers_v2")
_DEFAULT = "Dockerfile"
_TEMPLATE = "{{"


def released(text: str) -> Iterator[str]:
    """Yield the Dockerfiles that a file of GoReleaser names, from the root; those of a damaged one
    are none.
    """
    tree = yaml_table(text)
    for key in _LISTS:
        for image in tables(tree.get(key)):
            told = image.get("dockerfile") or _DEFAULT
            if isinstance(told, str) and told and _TEMPLATE not in told:
                yield posixpath.normpath(told)

"""go.work (https://go.dev/ref/mod#workspaces)."""

from __future__ import annotations

from dlint.manifests.go_mod import directives
from dlint.manifests.kinds import Manifest, Reference, Role
from dlint.manifests.loading import text_of


def parse(data: bytes) -> Manifest:
    """Read the folders of a workspace's modules."""
    version = ""
    folders: list[str] = []
    for words in directives(text_of(data)):
        match words:
            case ["go", found]:
                version = found
            case ["use", folder]:
                folders.append(folder)
            case ["replace", _, "=>", folder] | ["replace", _, _, "=>", folder]:
                folders.append(folder)
            case _:
                continue
    reads = tuple(Reference(folder, Role.PROJECT) for folder in folders)
    return Manifest("", "go.work", version=version, reads=reads)

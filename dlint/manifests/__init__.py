"""Manifests and lock files of package managers: what they read, what they ask for, what they lock.

`read_manifest` reads one file by its name, `follow` also those that it names, `selected` says which
packages an install takes. Nothing here knows of images, contexts or builds: a file is what a
function returns for its path.
"""

from __future__ import annotations

from dlint.manifests.formats import follow, format_of, read_manifest, resolve
from dlint.manifests.kinds import (
    DEVELOPMENT,
    MAIN,
    OPTIONAL,
    Archive,
    Asked,
    Manifest,
    Need,
    Origin,
    Package,
    Platform,
    Reference,
    Role,
    Target,
)
from dlint.manifests.selection import Chosen, Selection, selected, selection_of

__all__ = [
    "DEVELOPMENT",
    "MAIN",
    "OPTIONAL",
    "Archive",
    "Asked",
    "Chosen",
    "Manifest",
    "Need",
    "Origin",
    "Package",
    "Platform",
    "Reference",
    "Role",
    "Selection",
    "Target",
    "follow",
    "format_of",
    "read_manifest",
    "resolve",
    "selected",
    "selection_of",
]

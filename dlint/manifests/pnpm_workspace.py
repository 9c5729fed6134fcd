"""pnpm-workspace.yaml (https://pnpm.io/pnpm-workspace_yaml)."""

from __future__ import annotations

import posixpath

from dlint.manifests.kinds import Manifest, Reference, Role
from dlint.manifests.loading import load_yaml, strings, table, text_of


def parse(data: bytes) -> Manifest:
    """Read the patterns for the folders of a workspace; those that leave folders out are passed
    over.
    """
    globs = strings(table(load_yaml(text_of(data))).get("packages"))
    return Manifest(
        "",
        "pnpm-workspace",
        reads=tuple(
            Reference(posixpath.join(glob.removeprefix("./"), "package.json"), Role.MEMBER)
            for glob in globs
            if not glob.startswith("!")
        ),
    )

"""Paths as code hosts want them: from the repository's root."""

from __future__ import annotations

import os
from pathlib import Path


def repository_path(path: str) -> str:
    """Return `path` relative to GITHUB_WORKSPACE where it is below it, else as it is shown; always
    with "/". An inline Dockerfile's is that of the file that holds it.

    A relative path of an annotation counts from the repository's root, not from the step's working
    directory.
    """
    if "#" in path:
        from dlint.project.images import file_of  # what reads such files is loaded for them alone

        path = file_of(path)
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if workspace:
        try:
            return Path(path).resolve().relative_to(Path(workspace).resolve()).as_posix()
        except ValueError:
            return Path(path).resolve().as_posix()
    return Path(path).as_posix()


def repository_uri(path: str) -> str:
    """Return the path as a URI reference."""
    from urllib.parse import quote  # for SARIF and JSON's failures alone

    found = repository_path(path)
    text = quote(found, safe="/", errors="surrogateescape")
    return f"file://{text}" if found.startswith("/") else text

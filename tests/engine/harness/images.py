"""What an image holds and says: its file tree, and its settings."""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .engine import Engine

SETTINGS = (
    "Env",
    "Cmd",
    "Entrypoint",
    "User",
    "WorkingDir",
    "Labels",
    "ExposedPorts",
    "Volumes",
    "Shell",
    "StopSignal",
    "Healthcheck",
    "OnBuild",
)


class Entry(NamedTuple):
    """One path of an image's tree: all that a container can see of it but its times.

    `content` is a file's digest and a link's target.
    """

    kind: str
    mode: str
    owner: int
    group: int
    content: str


def tree_of(engine: Engine, image: str) -> dict[str, Entry]:
    """Return the files of an image, all its layers laid over each other by the engine."""
    container = engine.docker("create", image, "-").stdout.strip()
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "tree.tar"
            engine.docker("export", "--output", file, container)
            with tarfile.open(file) as tar:
                return {member.name: _entry(tar, member) for member in tar}
    finally:
        engine.docker("rm", container)


def settings_of(engine: Engine, image: str) -> dict[str, Any]:
    """Return what an image says of how it runs; the order of its variables does not count."""
    config = json.loads(engine.docker("inspect", image).stdout)[0]["Config"]
    config["Env"] = sorted(config.get("Env") or ())
    return {name: config.get(name) for name in SETTINGS}


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    content = member.linkname
    if member.isfile() and (data := tar.extractfile(member)):
        content = hashlib.file_digest(data, "sha256").hexdigest()
    kind = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link"}.get(
        member.type, "other"
    )
    return Entry(kind, f"{member.mode:o}", member.uid, member.gid, content)

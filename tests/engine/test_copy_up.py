"""What a command that sets owner, mode or time stores a second time, as a real engine does it."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from test_layer_tar import last_layer

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engine import Engine

# Which builders store the file a second time.
BOTH, ONE, NEITHER = {"docker", "buildkit"}, {"docker"}, set()


@pytest.mark.parametrize(
    ("copy", "run", "builders"),
    [
        ("COPY --chown=5:5 data /srv/", "chown 6:6 /srv/data", BOTH),
        ("COPY --chown=5:5 data /srv/", "chown 5:5 /srv/data", ONE),
        ("COPY --chown=5:5 data /srv/", "chown -R 5:5 /srv", ONE),
        ("COPY data /srv/", "chown -R 0:0 /srv", ONE),
        ("COPY --chmod=755 data /srv/", "chmod 755 /srv/data", ONE),
        ("COPY --chmod=755 data /srv/", "chmod -R 755 /srv", ONE),
        ("COPY . /srv/", "find /srv -type f -exec chmod u=rw,go=r {} +", ONE),  # a tool's changes
        ("COPY data /srv/", "chown 5:5 /srv", NEITHER),
        ("COPY data /srv/", "touch /srv/data", BOTH),
        ("COPY data /srv/", "rm /srv/data", NEITHER),
    ],
)
def test_what_overlayfs_copies_up(
    store: Engine, copy: str, run: str, builders: set[str], tmp_path: Path
) -> None:
    root = tmp_path / "context"
    root.mkdir()
    (root / "data").write_bytes(b"x" * 1000)
    (root / "data").chmod(0o644)
    (root / "tool").write_bytes(b"x" * 1000)
    (root / "tool").chmod(0o755)
    identity = tmp_path / "id"
    options = ("--network", "none", "--iidfile", identity, "--file", "-", root)
    store.docker("build", "--no-cache", *options, text=f"FROM shell:1\n{copy}\nRUN {run}\n")
    layer = last_layer(store, identity.read_text(), tmp_path)
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        sizes = {member.name: member.size for member in archive if member.isreg()}
    builder = "buildkit" if store.store == "containerd" else "docker"
    assert (sizes.get("srv/data", 0) > 0) is (builder in builders)
    assert (sizes.get("srv/tool", 0) > 0) is run.startswith("find")

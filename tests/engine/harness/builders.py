"""The builders that projects are built with, under the names that `dlint --builder` gives them."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from . import need

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from .engine import Engine
    from .project import Project

STATUS = re.compile(r"(?m)^([0-9a-f]{12}): (Pushed|Layer already exists|Mounted from .*)$")
BUILDAH_BLOB = re.compile(
    r"(?m)^Copying blob sha256:([0-9a-f]{12})[0-9a-f]*( skipped: already exists)?"
)
NO_PROVENANCE = "--provenance=false"


class LayerIds(NamedTuple):
    """Both names of a layer: what its tar is called, and what its compressed blob is called."""

    diff_id: str
    digest: str


class Builder(Protocol):
    """Builds and pushes; `name` is one of dlint's builders."""

    name: str

    def forget(self) -> None:
        """Drop every cached step."""

    def build(
        self, image: str, project: Project, options: Sequence[str], root: Path
    ) -> subprocess.CompletedProcess[str]:
        """Build the project as it stands at root; a failure is the caller's to see."""

    def push(self, image: str) -> str:
        """Push the image; return what the program printed."""

    def status(self, printed: str, layer: LayerIds) -> str | None:
        """Return what the push said of a layer, None where this builder does not say."""


class DockerBuilder:
    """`docker build` and `docker push`: BuildKit over either image store, or the classic
    builder.
    """

    def __init__(self, engine: Engine, *, classic: bool = False) -> None:
        self.engine = engine
        self.classic = classic
        self.name = (
            "classic"
            if classic
            else {"graphdriver": "docker", "containerd": "buildkit"}[engine.store]
        )

    def forget(self) -> None:
        """Drop the build cache; the classic builder's cache is its images."""
        self.engine.docker("builder", "prune", "--all", "--force")
        if self.classic:
            images = self.engine.docker(
                "images", "--quiet", "--filter", "dangling=false", "--filter", "reference=*/*/*"
            ).stdout
            self.engine.docker("rmi", "--force", *images.split(), check=False)

    def build(
        self, image: str, project: Project, options: Sequence[str], root: Path
    ) -> subprocess.CompletedProcess[str]:
        """Build without a network unless the options ask for one; the engine has no bridge."""
        network = () if "--network" in options else ("--network", "none")
        own = () if self.classic else (NO_PROVENANCE,)
        where = ("--file", project.dockerfile, "--tag", image, project.context)
        env = {"DOCKER_BUILDKIT": "0"} if self.classic else {}
        return self.engine.docker(
            "build", *network, *own, *options, *where, check=False, cwd=root, env=env
        )

    def push(self, image: str) -> str:
        """Push; each layer gets a line with its status."""
        return self.engine.docker("push", image).stdout

    def status(self, printed: str, layer: LayerIds) -> str | None:
        """Find the layer's line: the graphdriver store prints DiffIDs, the containerd store
        digests.
        """
        name = layer.digest if self.engine.store == "containerd" else layer.diff_id
        return dict(STATUS.findall(printed)).get(name.removeprefix("sha256:")[:12])


class Buildah:
    """`buildah build --layers` and `buildah push`, with storage of its own."""

    name = "buildah"

    def __init__(self, base: Path) -> None:
        need.programs("buildah")
        need.root()
        self.home = Path(tempfile.mkdtemp(prefix="dlb-"))
        (self.home / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        (self.home / "registries.conf").write_text(
            'unqualified-search-registries = []\nshort-name-mode = "disabled"\n'
        )
        # buildah raises these two limits, which root may not everywhere: here they stay what they
        # are.
        kinds = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
        limits = [
            f"{name}={resource.getrlimit(kind)[1]}:{resource.getrlimit(kind)[1]}"
            for name, kind in kinds.items()
        ]
        (self.home / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n"
        )
        self.env = {
            **os.environ,
            "BUILDAH_ISOLATION": "chroot",
            "CONTAINERS_CONF": str(self.home / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(self.home / "registries.conf"),
            "TMPDIR": str(self.home),
        }
        self._base = base
        self.forget()

    def forget(self) -> None:
        """Remove every image but the base, which is read from the OCI archive that came with it."""
        self._run("rmi", "--all", "--force", check=False)
        self._run("pull", f"docker-archive:{self._base}")

    def build(
        self, image: str, project: Project, options: Sequence[str], root: Path
    ) -> subprocess.CompletedProcess[str]:
        """Build with the layer cache on, which buildah's own default is not."""
        where = ("--file", project.dockerfile, "--tag", image, project.context)
        policy = ("--signature-policy", self.home / "policy.json")
        return self._run(
            "build", *policy, "--layers", "--pull=never", *options, *where, check=False, cwd=root
        )

    def push(self, image: str) -> str:
        """Push; without a terminal buildah names the blobs only."""
        printed = self._run(
            "push", "--tls-verify=false", "--signature-policy", self.home / "policy.json", image
        )
        return printed.stdout + printed.stderr

    def status(self, printed: str, layer: LayerIds) -> str | None:  # noqa: ARG002 - the interface
        """Say nothing: the output does not tell an upload from a layer that was there."""
        return None

    def stop(self) -> None:
        """Remove the storage."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(
        self, verb: str, *args: str | Path, check: bool = True, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        storage = (
            "--storage-driver",
            "vfs",
            "--root",
            self.home / "root",
            "--runroot",
            self.home / "run",
        )
        return need.run("buildah", *storage, verb, *args, check=check, cwd=cwd, env=self.env)

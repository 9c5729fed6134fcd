"""Runs a project's commits through a builder and a registry, and writes down what each push really
did.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from . import need
from .builders import LayerIds
from .project import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from .builders import Builder
    from .engine import Engine
    from .project import Project, Step
    from .registry import Registry
    from .served import Served
    from .wire import Wire

PUSHED = "Pushed"
EXISTS = "Layer already exists"


class BuildError(Exception):
    """A project's build failed; the message has the end of the builder's output."""


class Surroundings(NamedTuple):
    """What a run needs around the builder."""

    registry: Registry
    named: str
    """The insecure registry's name and port."""
    served: Served
    engine: Engine
    """It has the base images."""
    wire: Callable[[], Wire]
    """Gives a new relay to the registry, which stays open: dlint may ask the registry of a pushed image."""


def run_project(
    builder: Builder, around: Surroundings, project: Project, to: Path, *, warm: bool = False
) -> list[dict[str, Any]]:
    """Build and push every commit of a project; return its pushes, and write them and all that
    dlint needs to a folder.

    The folder gets `repo` (the git repository at the last commit), `tree-N` (the repository as it
    stood at a step that dlint looks at in the working tree), `layout` (a sparse OCI layout: each
    pushed manifest and config, no layers, the tag is the commit's first 12 digits), `N.build.log`,
    and `pushes.json`. A push is a dictionary of commit, image, tag, repository, worktree, dlint
    (arguments), expect, layers (diff_id, digest, size, created_by, status), config_bytes,
    manifest_bytes, pushed_layer_bytes, image_layer_bytes, up and down (all bytes on the wire) and
    connections ([up, down] of each). Sizes are compressed bytes.

    Each project pushes through an address of its own: to the engine that is a registry it never
    saw, so that no layer is mounted from, or known through, another project. What is served has a
    folder for each builder, so that these can work at the same time. With `warm`, the builder keeps
    what it knows of other projects.
    """
    if not warm:
        builder.forget()
    run = _Run(builder, around, project, around.wire(), to)
    names = {
        "@HTTP@": f"{around.served.url}/{builder.name}",
        "@REGISTRY@": f"{around.registry.host}/{builder.name}",
        "@NAMED@": around.named,
    }
    for number, step, commit in lay_out(project, to / "repo", names):
        run.step(number, step, commit)
    run.write()
    return run.pushes


class _Run:
    def __init__(
        self, builder: Builder, around: Surroundings, project: Project, wire: Wire, to: Path
    ) -> None:
        self.builder, self.around, self.project, self.wire, self.to = (
            builder,
            around,
            project,
            wire,
            to,
        )
        self.pushes: list[dict[str, Any]] = []
        # The registry is the same for every builder, the repositories are not.
        self.repository = f"{builder.name}/{project.name}"
        self.before = ""
        self.built = 0.0
        self.index: list[dict[str, Any]] = []
        self.seen: set[str] = set()
        (to / "layout/blobs/sha256").mkdir(parents=True)

    def step(self, number: int, step: Step, commit: str) -> None:
        own = self.builder.name
        self.around.served.files.update(
            {f"{own}/{name}": file for name, file in step.served.items()}
        )
        if step.base:
            place = f"{self.around.registry.host}/{own}"
            publish_base(self.around.engine, step.base, place, self.project.name)
        repository, tag = f"{self.repository}{step.to}", commit[:12]
        image = f"{self.wire.host}/{repository}:{tag}"
        if step.fresh:
            self.builder.forget()
        need.wait_for_next_second(self.built)
        built = self.builder.build(image, self.project, self._named(step.build), self.to / "repo")
        self.built = time.time()
        (self.to / f"{number}.build.log").write_text(built.stdout + built.stderr)
        if built.returncode:
            raise BuildError(
                f"{self.project.name}, step {number}: {(built.stdout + built.stderr)[-2000:]}"
            )
        before, first = self.wire.total, len(self.wire.connections)
        printed = self.builder.push(image)
        after = self.wire.total
        (self.to / f"{number}.push.log").write_text(printed)
        if step.worktree:
            shutil.copytree(self.to / "repo", self.to / f"tree-{number}", symlinks=True)
        traffic = {
            "up": after.up - before.up,
            "down": after.down - before.down,
            "connections": [[c.up, c.down] for c in self.wire.connections[first:]],
        }
        told = {"commit": commit, "ok": True, "image": image, "tag": tag, "repository": repository}
        asked = {
            "dlint": self._named(step.dlint),
            "expect": step.expected(self.builder.name),
            "worktree": step.worktree,
        }
        self.before = image
        self.pushes.append({**told, **asked, **self._image(repository, tag, printed), **traffic})

    def _named(self, words: Iterable[str]) -> list[str]:
        return [
            word.replace("@IMAGE@", f"{self.wire.host}/{self.repository}").replace(
                "@BEFORE@", self.before
            )
            for word in words
        ]

    def _image(self, repository: str, tag: str, printed: str) -> dict[str, Any]:
        """Read the pushed image from the registry, keep its manifest and config, tell its
        layers.
        """
        manifest = self.around.registry.manifest(repository, tag)
        config_digest = manifest.data["config"]["digest"]
        raw = self.around.registry.blob(repository, config_digest)
        self._keep(manifest.digest, manifest.raw)
        self._keep(config_digest, raw)
        names = {
            "org.opencontainers.image.ref.name": tag,
            "io.containerd.image.name": f"{self.wire.host}/{repository}:{tag}",
        }
        entry = {
            "mediaType": manifest.media_type,
            "digest": manifest.digest,
            "size": len(manifest.raw),
        }
        self.index.append({**entry, "annotations": names})
        config = json.loads(raw)
        made = [
            line.get("created_by", "") for line in config["history"] if not line.get("empty_layer")
        ]
        layers = [
            {
                "diff_id": diff_id,
                "digest": layer["digest"],
                "size": layer["size"],
                "created_by": created_by[:400],
                "status": self._status(printed, LayerIds(diff_id, layer["digest"])),
            }
            for diff_id, layer, created_by in zip(
                config["rootfs"]["diff_ids"], manifest.data["layers"], made, strict=True
            )
        ]
        self.seen.update(layer["digest"] for layer in layers)
        pushed = {layer["digest"]: layer["size"] for layer in layers if layer["status"] == PUSHED}
        return {
            "layers": layers,
            "config_bytes": len(raw),
            "manifest_bytes": len(manifest.raw),
            "pushed_layer_bytes": sum(pushed.values()),
            "image_layer_bytes": sum(layer["size"] for layer in layers),
        }

    def _status(self, printed: str, layer: LayerIds) -> str:
        """Return what was printed, else what follows from the pushes before."""
        return self.builder.status(printed, layer) or (
            EXISTS if layer.digest in self.seen else PUSHED
        )

    def _keep(self, digest: str, content: bytes) -> None:
        (self.to / "layout/blobs/sha256" / digest.removeprefix("sha256:")).write_bytes(content)

    def write(self) -> None:
        (self.to / "layout/oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        index = {"schemaVersion": 2, "manifests": self.index}
        (self.to / "layout/index.json").write_text(json.dumps(index, indent=1))
        told = {
            "project": self.project.name,
            "shows": self.project.shows,
            "context": self.project.context,
            "dockerfile": self.project.dockerfile,
            "builder": self.builder.name,
            "pushes": self.pushes,
        }
        (self.to / "pushes.json").write_text(json.dumps(told, indent=1, ensure_ascii=False))


def signs(push: dict[str, Any]) -> str:
    """Return a push's statuses as a project's expectations write them."""
    return "".join({PUSHED: "+", EXISTS: "="}.get(layer["status"], "m") for layer in push["layers"])


def publish_base(engine: Engine, image: str, place: str, tag: str) -> None:
    """Push one of the engine's base images to a registry as PLACE/bases/shell:TAG."""
    name = f"{place}/bases/shell:{tag}"
    engine.docker("tag", image, name)
    engine.docker("push", name)
    engine.docker("rmi", name)

"""`dlint push --all` against what a real engine and registry do with a Compose project of five
images: a golden base that is built here, layers that several images hold, and three repositories
of one registry.

What is foretold are the words that docker prints for each layer of each image, the bytes that go
up, and those of all distinct layers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness import need
from harness.bases import shell_tar
from harness.builders import DockerBuilder, LayerIds
from harness.project import Project, lay_out, noise, prose, step
from harness.skips import require

if TYPE_CHECKING:
    from harness.engine import Engine
    from harness.registry import Registry
    from harness.wire import Wire

DLINT = Path(sys.executable).with_name("dlint")
WITHIN = 0.02
"""Of the bytes that go up and of those of all distinct layers."""

WORST_OVERHEAD = 0.20
"""Of all bytes that are no layer's: HTTP headers, questions, configs and manifests. Five images one
after the other: connections, and what the containerd store knows already, were up to 18 %."""

COMPOSE = """\
x-build: &quiet {network: none}
services:
  web:
    image: "@PLACE@/shop/web:1"
    build: {<<: *quiet, context: ., dockerfile: web/Dockerfile}
    depends_on: [base]
  base:
    image: "@PLACE@/golden/base:1"
    build: {<<: *quiet, context: base}
  api:
    image: "@PLACE@/shop/app:api"
    build: {<<: *quiet, context: ., dockerfile: app/Dockerfile, target: api}
  worker:
    image: "@PLACE@/shop/app:worker"
    build: {<<: *quiet, context: ., dockerfile: app/Dockerfile, target: worker}
  tools:
    image: "@PLACE@/golden/base:tools"
    build: {<<: *quiet, context: ., dockerfile: tools/Dockerfile}
  database: {image: "postgres:17"}
"""
APP = """\
ARG REGISTRY=@PLACE@
FROM ${REGISTRY}/golden/base:1 AS common
COPY shared/ /shared/
COPY app/lock.txt /lock.txt
RUN chmod 600 /lock.txt
FROM common AS worker
COPY app/worker.bin /worker.bin
FROM common AS api
WORKDIR /srv/api
COPY app/ ./
CMD ["sh"]
"""
FILES: dict[str, str | bytes] = {
    "compose.yaml": COMPOSE,
    ".dockerignore": "compose.yaml\n.git\n",
    "base/Dockerfile": "FROM scratch\nADD rootfs.tar /\nCOPY common/ /common/\n",
    "base/common/data.bin": noise("common", 300_000),
    "base/common/words.txt": prose("common", 400_000),
    "shared/library.bin": noise("shared", 500_000),
    "app/Dockerfile": APP,
    "app/lock.txt": prose("lock", 200_000),
    "app/main.py": prose("main", 90_000),
    "app/worker.bin": noise("worker", 120_000),
    "web/Dockerfile": "FROM @PLACE@/golden/base:1\nCOPY shared/ /shared/\nCOPY web/ /site/\n",
    "web/index.html": prose("web", 250_000),
    "tools/Dockerfile": "FROM @PLACE@/golden/base:1\nCOPY tools/ /tools/\nCOPY shared/ /shared/\n",
    "tools/tool.bin": noise("tools", 150_000),
}
STEPS = {
    "the source of one image": {"app/main.py": prose("main again", 90_000)},
    "a dependency of two images": {"app/lock.txt": prose("lock again", 220_000)},
    "what three Dockerfiles copy": {"shared/library.bin": noise("shared again", 510_000)},
    "the golden base": {"base/common/data.bin": noise("common again", 310_000)},
    "a page and the golden base": {
        "base/common/words.txt": prose("common again", 410_000),
        "web/index.html": prose("web again", 240_000),
    },
}
ORDER = ("base", "web", "api", "worker", "tools")


class Pushed(NamedTuple):
    """What one push of all images really did: layers by image, in the order of the manifest."""

    layers: dict[str, list[dict[str, Any]]]

    @property
    def statuses(self) -> dict[str, list[str]]:
        return {name: [layer["status"] for layer in rows] for name, rows in self.layers.items()}

    @property
    def distinct_bytes(self) -> int:
        return sum(
            {
                layer["digest"]: layer["size"] for rows in self.layers.values() for layer in rows
            }.values()
        )

    @property
    def pushed_bytes(self) -> int:
        rows = [layer for rows in self.layers.values() for layer in rows]
        return sum(
            {each["digest"]: each["size"] for each in rows if each["status"] == "Pushed"}.values()
        )


def push(engine: Engine, registry: Registry, host: str, root: Path) -> Pushed:
    """Build the project with Compose, its golden base first, and push image after image.

    One service at a time: builds side by side can fail in the containerd image store ("parent
    snapshot does not exist").
    """
    builder = DockerBuilder(engine)
    environment = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    for name in ORDER:
        engine.docker("compose", "build", name, cwd=root, env=environment)
    found: dict[str, list[dict[str, Any]]] = {}
    images = json.loads(engine.docker("compose", "config", "--format", "json", cwd=root).stdout)
    for name in ORDER:
        image = images["services"][name]["image"]
        printed = builder.push(image)
        repository, tag = image.removeprefix(f"{host}/").rsplit(":", 1)
        manifest = registry.manifest(repository, tag).data
        config = json.loads(registry.blob(repository, manifest["config"]["digest"]))
        pairs = zip(config["rootfs"]["diff_ids"], manifest["layers"], strict=True)
        found[name] = [
            {
                "status": builder.status(printed, LayerIds(diff_id, layer["digest"])),
                **layer,
            }
            for diff_id, layer in pairs
        ]
    return Pushed(found)


def foretell(engine: Engine, root: Path) -> dict[str, Any]:
    builder = "buildkit" if engine.store == "containerd" else "docker"
    plain = ("--provenance", "off", "--output-format", "json")
    printed = need.run(DLINT, "push", "--all", "--builder", builder, *plain, cwd=root)
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


def test_every_status_of_five_images_is_foretold(
    store: Engine, registry: Registry, wire: Wire, tmp_path: Path
) -> None:
    require(lambda: need.programs("docker-compose"))
    root = tmp_path / "repo"
    store.forget_builds()
    changes = [{"base/rootfs.tar": shell_tar({}), **FILES}, *STEPS.values()]
    project = Project("five", "", tuple(step(each) for each in changes), context=".")
    names = {"@PLACE@": f"{wire.host}/{store.store}"}
    wrong: list[str] = []
    built = 0.0
    for what, _ in zip(("the first push", *STEPS), lay_out(project, root, names), strict=True):
        told = foretell(store, root)
        need.wait_for_next_second(built)
        before = wire.total.up
        truth = push(store, registry, wire.host, root)
        built = time.time()
        overhead = wire.total.up - before - truth.pushed_bytes
        wrong += [f"{what}: {problem}" for problem in problems(told, truth, overhead)]
    assert not wrong, "\n".join(wrong)


def problems(told: dict[str, Any], truth: Pushed, overhead: int) -> list[str]:
    """Return what of a forecast is not as it was."""
    found = []
    names = [image["image"].partition("#")[2] for image in told["images"]]
    if names != list(ORDER):
        found.append(f"order {names}")
    for name, image in zip(names, told["images"], strict=True):
        have = [layer["status"] for layer in image["layers"]]
        if have != truth.statuses[name]:
            found.append(f"{name}: {have}, were {truth.statuses[name]}")
    for key, real in (
        ("pushed_bytes", truth.pushed_bytes),
        ("distinct_bytes", truth.distinct_bytes),
    ):
        if abs((told[key] or 0) - real) > WITHIN * real:
            found.append(f"{key} {told[key]}, were {real}")
    if abs(told["overhead_bytes"] - overhead) > WORST_OVERHEAD * overhead:
        found.append(f"overhead of {told['overhead_bytes']} bytes, was {overhead}")
    return found

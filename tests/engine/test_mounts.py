"""A golden base and an image on it, from the first push to the base's next version: docker's words
for each layer against those that dlint foretold, in a registry that is not on loopback.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness import need
from harness.builders import STATUS, DockerBuilder, LayerIds
from harness.project import noise
from house import commit

if TYPE_CHECKING:
    from harness.engine import Engine
    from harness.insecure import InsecureRegistry
    from harness.registry import Registry

DLINT = Path(sys.executable).with_name("dlint")
# of layers that no other test pushes, so that neither registry has them from elsewhere
GOLDEN = "FROM scratch\nCOPY system /system.bin\nCOPY common /common.bin\n"
APP = "FROM @BASE@\nCOPY lib /library.bin\nCOPY main /srv/main\n"
EXISTS = "Layer already exists"
GOLDEN_MOUNT = "Mounted from golden/base"


class Story:
    """One engine, its registry, and what each of them says of a push."""

    def __init__(self, engine: Engine, registry: Registry, root: Path) -> None:
        self.engine, self.registry, self.root = engine, registry, root
        self.builder = DockerBuilder(engine)
        # Two stores push to one registry: each has its own names, of one first part.
        self.place = f"{registry.host}/{engine.store}"
        self.base, self.app = f"{self.place}/golden/base:1", f"{self.place}/team/app"
        self.built = 0.0
        for folder in ("golden", "app"):
            (root / folder).mkdir(parents=True)
        self.write(**{"golden/Dockerfile": GOLDEN, "golden/system": noise("system", 40_000)})
        self.write(**{"golden/common": noise("common", 30_000)})
        self.write(**{"app/Dockerfile": APP.replace("@BASE@", self.base)})
        self.write(**{"app/lib": noise("lib", 20_000), "app/main": noise("main", 9_000)})
        commit(root / "app")

    def write(self, **files: str | bytes) -> None:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (self.root / path).write_bytes(data)

    def build(self, image: str, folder: str) -> None:
        need.wait_for_next_second(self.built)
        words = ("build", "--provenance=false", "--tag", image, self.root / folder)
        self.engine.docker(*words)
        self.built = time.time()

    def push(self, image: str) -> list[str]:
        """Push, and return docker's word for each layer in the manifest's order."""
        return self.words(image, self.builder.push(image))

    def words(self, image: str, printed: str) -> list[str]:
        repository, tag = image.removeprefix(f"{self.registry.host}/").rsplit(":", 1)
        manifest = self.registry.manifest(repository, tag).data
        config = json.loads(self.registry.blob(repository, manifest["config"]["digest"]))
        pairs = zip(config["rootfs"]["diff_ids"], manifest["layers"], strict=True)
        said = (self.builder.status(printed, LayerIds(a, b["digest"])) or "" for a, b in pairs)
        return [word.replace(f"{self.engine.store}/", "") for word in said]

    def told(self, *options: str) -> list[str]:
        """Return what dlint says, before the push."""
        store = "buildkit" if self.engine.store == "containerd" else "docker"
        how = ("--builder", store, "--insecure-registry", self.registry.host)
        command = (DLINT, "push", *how, "--output-format", "json", *options)
        printed = need.run(*command, cwd=self.root / "app", env=self.engine.env).stdout
        words = [layer["status"] for layer in json.loads(printed)["layers"]]
        return [word.replace(f"{self.engine.store}/", "") for word in words]


def test_words_of_a_golden_base_and_its_image(
    store: Engine, insecure_registry: InsecureRegistry, registry: Registry, tmp_path: Path
) -> None:
    story = Story(store, insecure_registry, tmp_path)
    app, one = story.app, f"docker://{story.app}:1"
    story.build(story.base, "golden")
    story.push(story.base)

    # The first push: the registry that --to names is asked for the base.
    told = story.told("--to", app)
    assert story.told("--against", f"docker://{story.base}", "--to", app) == told
    story.build(f"{app}:1", "app")
    assert told == story.push(f"{app}:1") == [GOLDEN_MOUNT] * 2 + ["Pushed"] * 2

    # A second tag, and other repositories: each is mounted from the one whose path is most alike.
    for image, expected in (
        (f"{app}:2", [EXISTS] * 4),
        (f"{story.place}/golden/copy:1", [GOLDEN_MOUNT] * 2 + ["Mounted from team/app"] * 2),
    ):
        told = story.told("--against", one, "--to", image.rpartition(":")[0])
        store.docker("tag", f"{app}:1", image)
        assert told == story.push(image) == expected

    # Another registry holds nothing, and nothing is mounted there.
    away = f"{registry.host}/{store.store}/team/app"
    told = story.told("--against", one, "--to", away)
    store.docker("tag", f"{app}:1", f"{away}:1")
    printed = dict(STATUS.findall(story.builder.push(f"{away}:1")))
    assert told == ["Pushed"] * 4
    assert set(printed.values()) == {"Pushed"}

    # The golden tag moves: what is new of the base is mounted from the base's own repository.
    story.write(**{"golden/common": noise("common again", 31_000)})
    story.build(story.base, "golden")
    story.push(story.base)
    told = story.told("--against", one, "--pull")
    assert story.told("--against", one, "--pull", "--to", app) == told
    story.build(f"{app}:3", "app")
    assert told == story.push(f"{app}:3") == [EXISTS, GOLDEN_MOUNT, EXISTS, "Pushed"]

    # All tags at once: what is new of each.
    story.write(**{"app/main": noise("main again", 9_100)})
    told = story.told("--against", f"docker://{app}:3", "--to", app)
    story.build(f"{app}:4", "app")
    printed = store.docker("push", "--all-tags", app).stdout
    assert told == story.words(f"{app}:4", printed) == [EXISTS] * 3 + ["Pushed"]
    others = [word for _, word in STATUS.findall(printed)]
    assert others.count(EXISTS) == len(others) - 1

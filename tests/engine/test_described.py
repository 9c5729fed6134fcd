"""Compose and Bake files as Compose and Bake themselves read them, where these are installed.

They build nothing and need neither an engine nor root rights. Other files can be compared, too:
DLINT_DESCRIBED names a folder of repositories.
"""

from __future__ import annotations

import json
import os
import posixpath
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness.need import MissingError
from harness.skips import require

from dlint.errors import DlintError
from dlint.project import bake, compose
from dlint.project.files import Worktree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.image import Image

OWN = Path(__file__).parent.parent / "project" / "described"
MORE = os.environ.get("DLINT_DESCRIBED")
Told = dict[str, dict[str, Any]]


def files() -> Iterator[tuple[Path, str]]:
    """Yield each file with the root of its repository."""
    roots = [OWN, *(sorted(Path(MORE).iterdir()) if MORE else ())]
    for root in roots:
        for file in sorted(root.rglob("*")):
            path = file.relative_to(root).as_posix()
            name = posixpath.basename(path)
            is_first = name in {*compose.DEFAULT, *bake.DEFAULT} or name.endswith(".json")
            if is_first and (compose.NAMED.search(path) or bake.NAMED.search(path)):
                yield root, path


def plugin(name: str) -> None:
    """Raise MissingError where docker has no such command."""
    try:
        done = subprocess.run(["docker", name, "version"], capture_output=True, check=False)
    except OSError:
        raise MissingError("not installed: docker") from None
    if done.returncode:
        raise MissingError(f"docker has no `{name}` (tests/engine/apt.txt lists the packages)")


def asked(folder: Path, *words: str) -> dict[str, Any]:
    """Run docker with an environment that sets nothing."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PWD": str(folder)}
    done = subprocess.run(
        ["docker", *words], cwd=folder, env=environment, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"docker refuses it: {done.stderr.decode()[-200:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def of_compose(root: Path, path: str) -> Told:
    words = ("compose", "--profile", "*", "config", "--format", "json", "--no-consistency")
    services = asked((root / path).parent, *words)["services"]
    return {
        name: {
            "context": (folder := _from(root, build.get("context", str((root / path).parent)))),
            **_recipe(root, folder, build, "dockerfile_inline"),
            "args": {k: v.replace("$$", "$") for k, v in build.get("args", {}).items() if v},
            "contexts": {
                k: _from(root, v) for k, v in build.get("additional_contexts", {}).items()
            },
            "platforms": build.get("platforms")
            or [service[key] for key in ("platform",) if key in service],
            "tags": {*build.get("tags", ()), *([service["image"]] if "image" in service else ())},
        }
        for name, service in services.items()
        if (build := service.get("build")) is not None
    }


def of_bake(root: Path, path: str, names: list[str]) -> Told:
    file = [] if posixpath.basename(path) in bake.DEFAULT else ["-f", posixpath.basename(path)]
    base = posixpath.dirname(path)
    targets = asked((root / path).parent, "buildx", "bake", "--print", *file, *names)["target"]
    return {
        name: {
            "context": (folder := _below(base, target["context"])),
            **_recipe(root, folder, target, "dockerfile-inline"),
            "args": target.get("args", {}),
            "contexts": {k: _below(base, v) for k, v in target.get("contexts", {}).items()},
            "platforms": target.get("platforms", []),
            "tags": set(target.get("tags", ())),
        }
        for name, target in targets.items()
    }


def _recipe(root: Path, folder: str, build: dict[str, Any], inline: str) -> dict[str, Any]:
    file = build.get("dockerfile", "Dockerfile")
    if "://" not in folder:
        file = _from(root, file) if file.startswith("/") else _below(folder, file)
    return {
        "dockerfile": "" if inline in build else file,
        "inline": build.get(inline),
        "target": build.get("target", ""),
    }


def _from(root: Path, text: str) -> str:
    return os.path.relpath(text, root) if text.startswith("/") else text


def _below(folder: str, text: str) -> str:
    is_folder = not ("://" in text or text.startswith("target:"))
    return posixpath.normpath(posixpath.join(folder, text)) if is_folder else text


def ours(images: dict[str, Image]) -> Told:
    return {
        name: {
            "context": image.context,
            "dockerfile": image.dockerfile,
            "inline": image.inline,
            "target": image.target,
            "args": {key: value for key, value in image.args if value},
            "contexts": dict(image.contexts),
            "platforms": list(image.platforms),
            "tags": set(image.tags),
        }
        for name, image in images.items()
    }


@pytest.mark.parametrize(("root", "path"), list(files()), ids=str)
def test_the_same_images(root: Path, path: str) -> None:
    is_compose = compose.NAMED.search(path) is not None
    require(lambda: plugin("compose" if is_compose else "buildx"))
    try:
        read = compose.read_compose if is_compose else bake.read_bake
        described = read(Worktree(root), path)
    except DlintError as error:
        pytest.fail(error.message)
    found = ours(described.images)
    expected = of_compose(root, path) if is_compose else of_bake(root, path, list(found))
    for told in expected.values():  # a build argument that only the environment sets is empty
        told["args"] = {key: value for key, value in told["args"].items() if value}
    assert found == expected

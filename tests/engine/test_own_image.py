"""dlint's own image: built by a real engine, it checks what is mounted into it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from harness.bases import import_python
from house import PROJECT, copy_project
from past import commit, git

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engine import Engine

IMAGE = "dlint:own"
OTHER_USER = 1234  # the container's user is none that owns the files
TEXT = "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y curl\n"


@pytest.fixture(scope="module")
def own(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Give an engine with the image, on a base of the same name that is made on the spot."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    (base,) = set(re.findall(r"^FROM (\S+)@sha256:[0-9a-f]{64}", text, re.MULTILINE))
    import_python(engine, base)
    source = copy_project(tmp_path_factory.mktemp("own") / "dlint")
    # An image that is made here has another digest.
    (source / "Dockerfile").write_text(re.sub("@sha256:[0-9a-f]+", "", text), encoding="utf-8")
    engine.docker("build", "--network", "host", "--tag", IMAGE, source)
    return engine


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    commit(root, "one", {"Dockerfile": "FROM debian:12.5-slim\n"})
    commit(root, "two", {"Dockerfile": TEXT})
    for path in (tmp_path, root, *root.rglob("*")):
        os.chown(path, OTHER_USER, OTHER_USER)
        path.chmod(path.stat().st_mode | 0o055)
    return root


def run(engine: Engine, folder: Path, *words: str) -> tuple[int, str]:
    """Run the image as the README says, without a network; its exit status and output."""
    mounted = ("-v", f"{folder}:/w", "-w", "/w")
    done = engine.docker("run", "--rm", "--network", "none", *mounted, IMAGE, *words, check=False)
    return done.returncode, done.stdout


def test_it_checks_what_is_mounted(own: Engine, shop: Path) -> None:
    status, out = run(own, shop)
    assert status == 1
    assert out.startswith("Dockerfile:2:1: warning bloat/pm-cache ")
    status, out = run(own, shop, "history", "--output-format", "json")  # git reads the repository
    assert (status, bool(json.loads(out)["commits"])) == (0, True)
    (shop / "Dockerfile").write_text("FROM scratch\n")
    assert run(own, shop, "check", "--no-push") == (0, "")


def test_it_is_not_root_and_holds_what_it_needs(own: Engine) -> None:
    config = json.loads(own.docker("inspect", IMAGE).stdout)[0]["Config"]
    assert config["User"] == "1000:1000"
    listed = own.docker("run", "--rm", "--entrypoint", "ls", IMAGE, "/opt/dlint/bin").stdout
    assert "dlint" in listed.split()
    assert "pip" not in listed.split()

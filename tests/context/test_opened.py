"""What several builds of one run read once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from past import commit, git

from dlint.cli import main
from dlint.context import base
from dlint.context.opened import MOST, Opened
from dlint.context.worktree import WorktreeContext

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

IMAGES, FILES = 16, 20


@pytest.fixture
def monorepo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project of many images that are built at its root."""
    services = "".join(
        f"  s{number}: {{build: {{context: ., dockerfile: s{number}/Dockerfile}}}}\n"
        for number in range(IMAGES)
    )
    files: dict[str, str | bytes | None] = {"compose.yaml": f"services:\n{services}"}
    files |= {
        f"s{number}/Dockerfile": f"FROM scratch\nCOPY shared /shared\nCOPY s{number} /app\n"
        for number in range(IMAGES)
    }
    files |= {f"shared/{number}/file": f"{number}" for number in range(FILES)}
    git(tmp_path, "init", "-q")
    commit(tmp_path, "one", files)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("monorepo")
def test_many_images_of_one_root_walk_and_hash_it_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed: Counter[str] = Counter()
    hashed = 0
    blob_id, list_folder = base.blob_id, WorktreeContext._list

    def counting_id(file: BinaryIO) -> str:
        nonlocal hashed
        hashed += 1
        return blob_id(file)

    def counting_list(context: WorktreeContext, folder: str) -> list[base.Entry]:
        listed[folder] += 1
        return list_folder(context, folder)

    monkeypatch.setattr(base, "blob_id", counting_id)
    monkeypatch.setattr(WorktreeContext, "_list", counting_list)
    assert main(["push", "--all", "--isolated", "-q"]) == 0
    assert f"{IMAGES} images" in capsys.readouterr().out
    assert listed["shared/3"] == 1
    assert set(listed.values()) == {1}
    assert hashed <= FILES + IMAGES


def test_a_context_is_one_for_each_ignore_file(monorepo: Path) -> None:
    opened = Opened()
    (monorepo / "s1/Dockerfile.dockerignore").write_text("shared\n")
    first, second, other = (
        opened.worktree(monorepo, monorepo / f"s{number}/Dockerfile") for number in (0, 2, 1)
    )
    assert first is second
    assert other is not first
    for number in range(MOST):
        opened.worktree(monorepo / f"shared/{number % 20}", monorepo / f"s{number % 16}/Dockerfile")
    (monorepo / ".dockerignore").write_text("s3\n")
    assert opened.worktree(monorepo, monorepo / "s0/Dockerfile") is not first


def test_all_folders_of_a_repository_have_the_same_one(monorepo: Path) -> None:
    opened = Opened()
    assert opened.repository(monorepo / "s1") is opened.repository(monorepo / "shared/3")
    assert opened.repository(monorepo) is not None

"""Which files start a workflow that pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes
from dlint.project.triggers import starts_push

if TYPE_CHECKING:
    from pathlib import Path

STEPS = (
    "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - run: docker buildx build --push -t a/b .\n"
)


def starts(root: Path, path: str, *events: str) -> bool:
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM x\nCOPY . /a\n")
    for at, on in enumerate(events):
        (folder / f"{at}.yml").write_text(f"on:\n{on}\n{STEPS}")
    return starts_push(Recipes(root), "Dockerfile", path)


SITE = "  push:\n    paths: ['site/**', '!**/NOTES.md', '**.lock', '*.js']"
FOLDERS = "  push:\n    paths: ['src/*', lib, docs/]"
OTHERS = "  push:\n    paths-ignore: ['docs/**', '**.md']"


@pytest.mark.parametrize(
    ("on", "path", "does"),
    [
        (SITE, "site/a/b.html", True),
        (SITE, "site/NOTES.md", False),
        (SITE, "site/a/NOTES.md", False),
        (SITE, "README.md", False),
        (SITE, "a/b/c.lock", True),
        (SITE, "c.lock", True),
        (SITE, "a.js", True),
        (SITE, "src/a.js", False),
        (OTHERS, "docs/a.txt", False),
        (OTHERS, "src/a.md", False),
        (OTHERS, "src/a.txt", True),
        (FOLDERS, "src/a.c", True),
        (FOLDERS, "src/lib/a.c", False),
        (FOLDERS, "lib/a.c", False),
        (FOLDERS, "docs/a.txt", False),
        ("  push:\n    paths: []", "README.md", True),
        ("  push:\n    tags: ['v*']\n    paths: ['src/**']", "README.md", True),
        ("  push:\n    tags: ['v*']\n    branches: [main]\n    paths: ['src/**']", "a.md", False),
        ("  push:\n    branches: [main]", "README.md", True),
        ("  push:", "README.md", True),
    ],
)
def test_files_that_a_workflow_asks_for(tmp_path: Path, on: str, path: str, *, does: bool) -> None:
    assert starts(tmp_path, path, on) is does


def test_any_of_several_workflows_may_be_started(tmp_path: Path) -> None:
    assert starts(tmp_path / "a", "docs/a.md", SITE, "  push:")
    assert starts(tmp_path / "b", "site/a.md", SITE, OTHERS)
    assert not starts(tmp_path / "c", "docs/a.md", SITE, OTHERS)


def test_a_workflow_that_another_starts_asks_for_nothing(tmp_path: Path) -> None:
    assert starts(tmp_path, "README.md", f"{SITE}\n  workflow_run:\n    workflows: [test]")


def test_nothing_is_known_of_what_nobody_pushes(tmp_path: Path) -> None:
    assert starts(tmp_path, "README.md")

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
        (f"{SITE}\n  workflow_call:", "README.md", True),
    ],
)
def test_files_that_a_workflow_asks_for(tmp_path: Path, on: str, path: str, *, does: bool) -> None:
    assert starts(tmp_path, path, on) is does


@pytest.mark.parametrize(
    ("paths", "path", "does"),
    [
        ("{include: [web, /lib/]}", "web/a/b.c", True),
        ("{include: [web, /lib/]}", "lib/a.c", True),
        ("{include: [web, /lib/]}", "website/a.c", False),
        ("{include: [web/*], exclude: [web/docs]}", "web/docs/a.md", False),
        ("{include: ['*'], exclude: [docs/**]}", "docs/a/b.md", False),
        ("{include: ['*'], exclude: [docs/**]}", "web/a.c", True),
        ("{exclude: [README.md]}", "README.md", False),
        ("{exclude: [README.md]}", "web/README.md", True),
        ("{}", "README.md", True),
    ],
)
def test_files_that_a_pipeline_of_azure_asks_for(
    tmp_path: Path, paths: str, path: str, *, does: bool
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\nCOPY . /a\n")
    (tmp_path / "azure-pipelines.yml").write_text(
        f"trigger: {{branches: {{include: [main]}}, paths: {paths}}}\n"
        "steps:\n- script: docker build --push -t a/b .\n"
    )
    assert starts_push(Recipes(tmp_path), "Dockerfile", path) is does


def test_any_of_several_workflows_may_be_started(tmp_path: Path) -> None:
    assert starts(tmp_path / "a", "docs/a.md", SITE, "  push:")
    assert starts(tmp_path / "b", "site/a.md", SITE, OTHERS)
    assert not starts(tmp_path / "c", "docs/a.md", SITE, OTHERS)


def test_a_workflow_that_another_starts_asks_for_nothing(tmp_path: Path) -> None:
    assert starts(tmp_path, "README.md", f"{SITE}\n  workflow_run:\n    workflows: [test]")


def test_nothing_is_known_of_what_nobody_pushes(tmp_path: Path) -> None:
    assert starts(tmp_path, "README.md")


def called(root: Path, *callers: tuple[str, str]) -> Recipes:
    """Return the recipes of a repository whose workflow builds what these workflows call it for,
    each given by what starts it and the Dockerfile that it names.
    """
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name in ("site", "shop"):
        (root / name).mkdir()
        (root / name / "Dockerfile").write_text("FROM x\nCOPY . /a\n")
    (folder / "all.yml").write_text(
        "on:\n  workflow_call:\n    inputs: {file: {type: string}}\njobs:\n  a:\n    runs-on: x\n"
        "    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        "          push: true\n          file: ${{ inputs.file }}\n"
    )
    for at, (on, file) in enumerate(callers):
        job = f"uses: ./.github/workflows/all.yml\n    with: {{file: {file}}}"
        (folder / f"{at}.yml").write_text(f"on:\n{on}\njobs:\n  a:\n    {job}\n")
    return Recipes(root)


def test_what_calls_a_workflow_for_an_image_asks_for_files(tmp_path: Path) -> None:
    found = called(tmp_path, (SITE, "site/Dockerfile"), ("  push:", "shop/Dockerfile"))
    assert starts_push(found, "site/Dockerfile", "site/a.html")
    assert not starts_push(found, "site/Dockerfile", "README.md")
    assert starts_push(found, "shop/Dockerfile", "README.md")


def test_each_that_calls_a_workflow_for_an_image_counts(tmp_path: Path) -> None:
    found = called(tmp_path, (SITE, "site/Dockerfile"), ("  push:", "site/Dockerfile"))
    assert starts_push(found, "site/Dockerfile", "README.md")


RELEASE = "  release:\n    types: [published]"


@pytest.mark.parametrize(
    ("callers", "are_tags"),
    [
        ((RELEASE,), True),
        ((RELEASE, "  push: {tags: ['v*']}"), True),
        ((f"{RELEASE}\n  workflow_call:",), True),
        ((RELEASE, "  push:"), False),
        (("  workflow_dispatch:",), False),
        ((), False),
    ],
)
def test_a_workflow_is_for_tags_where_all_that_call_it_are(
    tmp_path: Path, callers: tuple[str, ...], *, are_tags: bool
) -> None:
    found = called(tmp_path, *((on, "site/Dockerfile") for on in callers))
    assert found.is_for_tags(".github/workflows/all.yml") is are_tags

"""What steps start as scripts of a package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlint.project.package_calls import with_scripts
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

PUSH = "docker buildx build --push -t shop/web ."
SCRIPTS = {
    "image": PUSH,
    "all": "vite build && npm run image",
    "site": "vite build",
    "loop": f"npm run loop && {PUSH}",
    "away": f"cd web && {PUSH}",
}
PACKAGES = {
    "package.json": json.dumps({"scripts": SCRIPTS}),
    "web/package.json": json.dumps({"scripts": {"image": f"{PUSH} --no-cache"}}),
    "damaged/package.json": "{",
}


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("npm run image", PUSH),
        ("npm run-script image", PUSH),
        ("pnpm image", PUSH),
        ("pnpm run image", PUSH),
        ("yarn image", PUSH),
        ("bun run image", PUSH),
        ("npm ci && npm run image", f"npm ci && {PUSH}"),
        ("npm run image -- --no-cache", f"{PUSH} --no-cache"),
        ("yarn image --no-cache", f"{PUSH} --no-cache"),
        ("npm run all", f"vite build && {PUSH}"),
        ("npm run loop", f"npm run loop && {PUSH}"),
        # what is not known, is elsewhere, or pushes nothing, stays
        ("npm run site", "npm run site"),
        ("npm run none", "npm run none"),
        ("npm run image --workspace=web", "npm run image --workspace=web"),
        ("npm run away", "npm run away"),
        ("cd web && npm run image", "cd web && npm run image"),
        ("npm install image", "npm install image"),
        ("npm image", "npm image"),
    ],
)
def test_a_script_stands_for_its_commands(run: str, told: str) -> None:
    assert with_scripts(run, ".", PACKAGES) == told


def test_a_script_is_that_of_the_folder() -> None:
    assert with_scripts("npm run image", "./web", PACKAGES) == f"{PUSH} --no-cache"
    assert with_scripts("npm run image", "shop", PACKAGES) == "npm run image"
    assert with_scripts("npm run image", "damaged", PACKAGES) == "npm run image"


@pytest.mark.parametrize(
    ("steps", "cold"),
    [
        ("    steps: [{run: npm run image}]", True),
        ("    steps: [{run: make image}]", True),
        ("    steps: [{run: npm run site}]", False),
        ("    steps: [{run: npm run image, working-directory: shop}]", False),
        (
            "    defaults: {run: {working-directory: shop}}\n    steps: [{run: npm run image}]",
            False,
        ),
        (
            f"    steps: [{{run: '{PUSH} --cache-from shop/cache:c'}}, {{run: npm run image}}]",
            False,
        ),
    ],
)
def test_a_step_that_starts_a_script_has_the_cache_of_its_machine(
    tmp_path: Path, steps: str, *, cold: bool
) -> None:
    files = {
        "Dockerfile": "FROM x\nCOPY . /a\n",
        "package.json": PACKAGES["package.json"],
        "Makefile": "image: # of docker\n\tnpm run image\n",
        # a workflow that does not speak of images is none that is read
        ".github/workflows/a.yml": f"name: docker\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{steps}\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert bool(Recipes(tmp_path).cold_pushes("Dockerfile")) is cold

"""Workflows that say what no workflow may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path


def test_inputs_of_a_builder_that_are_a_list(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (folder / "a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n        with:\n          - driver: remote\n"
        "      - run: docker buildx build --push -t a/b .\n"
    )
    (built,) = Recipes(tmp_path).builds_of("Dockerfile")
    assert built.delivery.pushes


@pytest.mark.parametrize(
    ("action", "is_seen"), [("nick-fields/retry@v3", True), ("another/action@v3", False)]
)
def test_commands_that_an_action_tries_again(tmp_path: Path, action: str, *, is_seen: bool) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (folder / "a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: {action}\n        with:\n          timeout_minutes: 5\n"
        "          command: docker build --push -t a/b --cache-from type=registry,ref=a/c .\n"
    )
    found = Recipes(tmp_path).builds_of("Dockerfile")
    assert [each.caches.sources[0].place for each in found] == (
        [("registry", "a/c")] if is_seen else []
    )

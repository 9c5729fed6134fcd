"""Workflows that say what no workflow may."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

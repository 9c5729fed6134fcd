"""The services of Compose files: which images they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.recipes import Recipes
from dlint.project.services import names_of, taken_beside_builds, taken_for

if TYPE_CHECKING:
    from pathlib import Path


def recipes(root: Path, compose: str, dockerfile: str = "FROM scratch\nWORKDIR /app\n") -> Recipes:
    (root / "compose.yaml").write_text(compose)
    (root / "Dockerfile").write_text(dockerfile)
    return Recipes(root)


def test_images_that_compose_files_take(tmp_path: Path) -> None:
    found = recipes(tmp_path, "services:\n  web:\n    build: .\n  db:\n    image: shop/db:1\n")
    (tmp_path / "compose.prod.yaml").write_text("services:\n  web:\n    image: a/web:$TAG\n")
    names = names_of(found.builds)
    assert names == {"web"}
    assert [*taken_for(found, names)] == ["a/web"]
    assert [*taken_beside_builds(found)] == ["shop/db"]

"""The services of Compose files: what they take, and which are for those who develop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes
from dlint.project.services import is_developed_in, names_of, taken_beside_builds, taken_for

if TYPE_CHECKING:
    from pathlib import Path


def recipes(root: Path, compose: str, dockerfile: str = "FROM scratch\nWORKDIR /app\n") -> Recipes:
    (root / "compose.yaml").write_text(compose)
    (root / "Dockerfile").write_text(dockerfile)
    return Recipes(root)


WEB = "services:\n  web:\n    build: .\n    volumes:\n"


@pytest.mark.parametrize(
    ("compose", "developed"),
    [
        (f"{WEB}      - .:/app\n", True),
        (f"{WEB}      - ./:/app/:cached\n", True),
        (f"{WEB}      - {{type: bind, source: ., target: /app}}\n", True),
        (f"{WEB}      - ./data:/app\n", False),
        (f"{WEB}      - .:/shop\n", False),
        (f"{WEB}      - app:/app\n", False),
        (f"{WEB}      - {{type: volume, source: ., target: /app}}\n", False),
        (f"{WEB}      - 1\n", False),
        (f"{WEB}      web: /app\n", False),  # no list at all
        ("services:\n  web:\n    build: .\n  db:\n    image: db\n    volumes: ['.:/app']\n", False),
    ],
)
def test_a_service_that_mounts_what_its_image_is_built_from(
    tmp_path: Path, compose: str, *, developed: bool
) -> None:
    found = recipes(tmp_path, compose)
    [built] = found.builds_of("Dockerfile")
    assert is_developed_in(found, built) is developed


def test_a_folder_that_the_image_does_not_work_in(tmp_path: Path) -> None:
    found = recipes(tmp_path, f"{WEB}      - .:/app\n", "FROM scratch\nWORKDIR $HOME\n")
    [built] = found.builds_of("Dockerfile")
    assert not is_developed_in(found, built)


def test_images_that_compose_files_take(tmp_path: Path) -> None:
    found = recipes(tmp_path, "services:\n  web:\n    build: .\n  db:\n    image: shop/db:1\n")
    (tmp_path / "compose.prod.yaml").write_text("services:\n  web:\n    image: a/web:$TAG\n")
    names = names_of(found.builds)
    assert names == {"web"}
    assert [*taken_for(found, names)] == ["a/web"]
    assert [*taken_beside_builds(found)] == ["shop/db"]

"""Which Dockerfiles services and build tools of others take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.deploying import is_deployed
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("path", "text", "deployed"),
    [
        ("fly.toml", 'app = "shop"\n', {"Dockerfile"}),
        ("web/fly.toml", 'app = "shop"\n', {"web/Dockerfile"}),
        ("fly.toml", 'dockerfile = "web/Dockerfile"\n', {"web/Dockerfile"}),
        ("web/fly.toml", 'dockerfile = "Dockerfile.fly"\n', {"web/Dockerfile.fly"}),
        ("railway.json", '{"dockerfilePath": "./web/Dockerfile"}\n', {"web/Dockerfile"}),
        ("heroku.yml", "docker:\n  web: Dockerfile\n  job: Dockerfile.fly\n", {"Dockerfile"}),
        ("render.yaml", "# not Dockerfile.fly\n", {"Dockerfile"}),
        (".goreleaser.yml", "dockers:\n  - dockerfile: web/Dockerfile\n", {"web/Dockerfile"}),
        (".goreleaser.yml", "builds:\n  - main: ./web\n", set()),
        ("netlify.toml", "", set()),
    ],
)
def test_what_the_file_of_a_service_takes(
    tmp_path: Path, path: str, text: str, deployed: set[str]
) -> None:
    files = {"Dockerfile", "web/Dockerfile", "web/Dockerfile.fly"}
    for each in (*files, path):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).write_text(text if each == path else "FROM scratch\n")
    found = Recipes(tmp_path)
    assert {each for each in files if is_deployed(found, each)} == deployed

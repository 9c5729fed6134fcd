"""Which builds the jobs of a GitLab pipeline start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

BUILD = "docker buildx build --push --platform $PLATFORM -t $CI_REGISTRY_IMAGE:latest ."
JOBS = "".join(
    f"{arch}:\n  HOW\n  variables: {{PLATFORM: linux/{arch}}}\n" for arch in ("amd64", "arm64")
)


@pytest.mark.parametrize(
    ("text", "platforms"),
    [
        (f".build:\n  script: [{BUILD}]\n" + JOBS.replace("HOW", "extends: .build"), 2),
        (f".build:\n  script: [{BUILD}]\n" + JOBS.replace("HOW", "extends: [.build]"), 2),
        (f".build: &it\n  script: [{BUILD}]\n" + JOBS.replace("HOW", "<<: *it"), 2),
        (f".build:\n  script: [{BUILD}]\n", 0),
        (f"build:\n  script: [{BUILD}]\n" + JOBS.replace("HOW", "extends: build"), 0),
        (
            f"build:\n  parallel: {{matrix: [{{PLATFORM: [linux/amd64, linux/arm64]}}]}}\n  script: [{BUILD}]\n",
            2,
        ),
    ],
)
def test_platforms(tmp_path: Path, text: str, platforms: int) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (tmp_path / ".gitlab-ci.yml").write_text(text)
    (built,) = Recipes(tmp_path).builds_of("Dockerfile")
    assert built.delivery.pushes
    assert built.platforms == ("linux/amd64", "linux/arm64")[:platforms]

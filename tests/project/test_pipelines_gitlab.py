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


NAMED = "docker build --push -t $CI_REGISTRY_IMAGE/$IMAGE ."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (  # two levels up, with a variable of each
            (
                f".all:\n  script: [{NAMED}]\n  variables: {{IMAGE: all, TAG: a}}\n"
                ".web:\n  extends: .all\n  variables: {IMAGE: web}\n"
                "web:\n  extends: .web\n  variables: {TAG: b}\n"
            ),
            ["web"],
        ),
        (  # of two, the last one goes before
            (
                f".one:\n  script: [{NAMED}]\n  variables: {{IMAGE: one}}\n"
                ".two:\n  variables: {IMAGE: two}\n"
                "web:\n  extends: [.one, .two]\n"
            ),
            ["two"],
        ),
        (  # and what that extends, too
            (
                f".all:\n  script: [{NAMED}]\n  variables: {{IMAGE: all}}\n"
                ".one:\n  extends: .all\n  variables: {IMAGE: one}\n"
                ".two:\n  extends: .all\n"
                "web:\n  extends: [.one, .two]\n"
            ),
            ["all"],
        ),
        (  # which extends itself: GitLab refuses it
            (
                f".one:\n  extends: .two\n  script: [{NAMED}]\n  variables: {{IMAGE: one}}\n"
                ".two:\n  extends: .one\n"
                "web:\n  extends: .two\n"
            ),
            ["one"],
        ),
        (  # of which nothing is known here
            f"web:\n  extends: .elsewhere\n  script: [{NAMED}]\n  variables: {{IMAGE: web}}\n",
            ["web"],
        ),
    ],
)
def test_jobs_that_extend_others(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (tmp_path / ".gitlab-ci.yml").write_text(text)
    (built,) = Recipes(tmp_path).builds_of("Dockerfile")
    assert [name.rpartition("/")[2] for name in built.names] == names

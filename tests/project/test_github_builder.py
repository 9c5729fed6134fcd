"""Jobs that call Docker's own workflow for builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.github_builder import as_job
from dlint.project.pushers import pushing_alike
from dlint.project.recipes import COLD, IMPORTED, Pushing, Recipes

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.builds import Built

_CALL = "docker/github-builder/.github/workflows/build.yml@v1"


def _built(root: Path, told: str, uses: str = _CALL) -> Recipes:
    (root / "web").mkdir()
    (root / "web" / "Dockerfile").write_text("FROM debian:12\n")
    (root / "Dockerfile").write_text("FROM debian:12\n")
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        f"on: {{push: {{branches: [main]}}}}\njobs:\n  build:\n    uses: {uses}\n"
        f"    with: {{output: image, {told}}}\n"
    )
    return Recipes(root)


@pytest.mark.parametrize(
    ("told", "dockerfile", "context", "pushes"),
    [
        ("push: true", "Dockerfile", ".", True),
        ("context: web, push: true", "web/Dockerfile", "web", True),
        ("file: web/Dockerfile, push: true", "web/Dockerfile", ".", True),
        ("file: web/Dockerfile, context: ./", "web/Dockerfile", ".", False),
    ],
)
def test_what_is_built(
    tmp_path: Path, told: str, dockerfile: str, context: str, *, pushes: bool
) -> None:
    each: Built
    (each,) = _built(tmp_path, told).builds
    assert (each.dockerfile, each.context, each.delivery.pushes) == (dockerfile, context, pushes)
    assert each.delivery.fresh
    assert each.delivery.per_commit is pushes


@pytest.mark.parametrize(
    ("told", "is_cold"),
    [("", True), (", cache: false", True), (", cache: true, cache-mode: max", False)],
)
def test_whether_it_has_a_cache(tmp_path: Path, told: str, *, is_cold: bool) -> None:
    found = _built(tmp_path, f"push: true{told}")
    assert bool(found.cold_pushes("Dockerfile")) is is_cold


def test_other_workflows_stay_as_they_are(tmp_path: Path) -> None:
    uses = "our/builder/.github/workflows/build.yml@v1"
    assert _built(tmp_path, "context: web", uses).builds == ()
    assert as_job({"uses": uses}) == {"uses": uses}


@pytest.mark.parametrize(
    ("told", "pushes", "is_cold"),
    [
        ("push: true", True, True),
        ("push: true, cache: true", True, False),
        ("push: true, files: docker-bake.hcl", True, True),
        ("push: true, files: other.hcl", False, False),
        ("push: false", False, False),
    ],
)
def test_what_is_baked(tmp_path: Path, told: str, *, pushes: bool, is_cold: bool) -> None:
    (tmp_path / "docker-bake.hcl").write_text('target "default" {\n  tags = ["acme/shop"]\n}\n')
    found = _built(tmp_path, told, _CALL.replace("build.yml", "bake.yml"))
    (each,) = found.builds
    assert (each.dockerfile, each.delivery.pushes) == ("Dockerfile", pushes)
    assert bool(found.cold_pushes("Dockerfile")) is is_cold


@pytest.mark.parametrize(
    ("told", "cache", "scope"),
    [
        ("cache: true", IMPORTED, "default-$platform"),
        ("cache: true, target: all", IMPORTED, "all-$platform"),
        ("cache: true, target: all, cache-scope: image", IMPORTED, "image-$platform"),
        ("target: all", COLD, ""),
    ],
)
def test_bake_reads_its_cache_on_a_new_machine(
    tmp_path: Path, told: str, cache: str, scope: str
) -> None:
    (tmp_path / "docker-bake.hcl").write_text('target "default" {\n  tags = ["acme/shop"]\n}\n')
    found = _built(tmp_path, f"push: true, {told}", _CALL.replace("build.yml", "bake.yml"))
    assert pushing_alike(found, "Dockerfile", frozenset()) == Pushing(cache)
    (each,) = found.builds
    assert each.delivery.fresh
    told_scopes = {entry.get("scope") for entry in each.caches.every_source}
    assert told_scopes == ({scope} if scope else set())
    assert not each.caches.exports  # the platform of each is not known: two may be apart

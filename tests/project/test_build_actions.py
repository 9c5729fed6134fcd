"""Actions of others that build and push images, by what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import recipes

from dlint.project.build_actions import known_action

if TYPE_CHECKING:
    from pathlib import Path

_JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
_WORKFLOW = ".github/workflows/a.yml"


def _step(uses: str, told: str) -> dict[str, str]:
    step = f"      - uses: {uses}\n        with: {{{told}}}\n"
    return {"web/Dockerfile": "FROM debian:12\n", _WORKFLOW: _JOB + step}


@pytest.mark.parametrize(
    ("uses", "told", "dockerfile", "pushes"),
    [
        (
            "mr-smithers-excellent/docker-build-push@v6",
            "image: shop, registry: ghcr.io",
            "Dockerfile",
            True,
        ),
        (
            "mr-smithers-excellent/docker-build-push@v6",
            "image: shop, directory: web, dockerfile: web/Dockerfile",
            "web/Dockerfile",
            True,
        ),
        (
            "elgohr/Publish-Docker-Github-Action@v5",
            "name: acme/shop, workdir: web",
            "web/Dockerfile",
            True,
        ),
        ("whoan/docker-build-with-cache-action@v8", "image_name: acme/shop", "Dockerfile", True),
        (
            "whoan/docker-build-with-cache-action@v8",
            "image_name: acme/shop, push_image_and_stages: 'false'",
            "Dockerfile",
            False,
        ),
        ("macbre/push-to-ghcr@v12", "docker_io_token: a", "Dockerfile", True),
        ("aevea/action-kaniko@v1", "path: web, image: acme/shop", "web/Dockerfile", True),
        ("int128/kaniko-action@v1", "file: web/Dockerfile", "web/Dockerfile", False),
        ("int128/kaniko-action@v1", "push: 'true'", "Dockerfile", True),
        # what the name says
        ("acme/docker-publish@v1", "registry: ghcr.io", "Dockerfile", True),
        ("acme/push-docker-image@v1", "push: 'false'", "Dockerfile", False),
        ("acme/docker-publish@v1", "build_context: web", "web/Dockerfile", True),
    ],
)
def test_what_actions_build(
    tmp_path: Path, uses: str, told: str, dockerfile: str, *, pushes: bool
) -> None:
    texts = {"Dockerfile": "FROM debian:12\n", **_step(uses, told)}
    (found,) = recipes(tmp_path, **texts).builds
    assert (found.dockerfile, found.delivery.pushes) == (dockerfile, pushes)
    assert found.delivery.per_commit is pushes


@pytest.mark.parametrize(
    "uses",
    [
        "acme/dockerhub-description@v4",
        "docker/login-action@v3",
        "acme/docker-manifest-push@v1",
        "acme/publish@v1",
    ],
)
def test_what_builds_nothing(tmp_path: Path, uses: str) -> None:
    texts = {"Dockerfile": "FROM debian:12\n", **_step(uses, "registry: ghcr.io")}
    assert recipes(tmp_path, **texts).builds == ()


@pytest.mark.parametrize(
    ("uses", "told", "is_cold"),
    [
        ("mr-smithers-excellent/docker-build-push@v6", "image: shop", True),
        ("mr-smithers-excellent/docker-build-push@v6", "cacheFrom: shop:cache", False),
        ("acme/docker-publish@v1", "image: shop", False),  # which may have any
    ],
)
def test_whether_actions_have_a_cache(
    tmp_path: Path, uses: str, told: str, *, is_cold: bool
) -> None:
    texts = {"Dockerfile": "FROM debian:12\n", **_step(uses, told)}
    found = recipes(tmp_path, **texts)
    assert bool(found.cold_pushes("Dockerfile")) is is_cold
    assert not found.are_released("Dockerfile")


def test_one_that_is_unknown_leaves_open_what_another_tells(tmp_path: Path) -> None:
    known = "      - uses: docker/build-push-action@v6\n        with: {push: 'true'}\n"
    unknown = "      - uses: acme/docker-publish@v1\n"
    texts = {"Dockerfile": "FROM debian:12\n", _WORKFLOW: _JOB + known}
    assert recipes(tmp_path, **texts).cold_pushes("Dockerfile")
    texts[".github/workflows/b.yml"] = _JOB + unknown
    assert not recipes(tmp_path, **texts).cold_pushes("Dockerfile")


@pytest.mark.parametrize(
    ("more", "pushes"), [("", False), ("      - uses: redhat-actions/push-to-registry@v2\n", True)]
)
def test_buildahs_action_leaves_the_push_to_another(
    tmp_path: Path, more: str, *, pushes: bool
) -> None:
    build = "      - uses: redhat-actions/buildah-build@v2\n        with: {context: .}\n"
    texts = {"Dockerfile": "FROM debian:12\n", _WORKFLOW: _JOB + build + more}
    (found,) = recipes(tmp_path, **texts).builds
    assert found.delivery.pushes is pushes


def test_inputs_are_those_of_dockers_action() -> None:
    known = known_action("aevea/action-kaniko@v1")
    assert known.as_dockers({"path": "web"})["context"] == "web"
    assert known_action("docker/build-push-action@v6").as_dockers({}) == {}


_FIRST = "docker/build-push-action@v1"
_COMMIT = "docker/build-push-action@" + "0a" * 20


@pytest.mark.parametrize(
    ("uses", "told", "built"),
    [
        (_FIRST, "repository: acme/shop", ("Dockerfile", ".", True)),
        (f"{_FIRST}.1.2", "repository: acme/shop, path: web", ("web/Dockerfile", "web", True)),
        (_FIRST, "repository: acme/shop, dockerfile: web/Dockerfile", ("web/Dockerfile", ".", True)),
        (_FIRST, "repository: acme/shop, push: 'false'", ("Dockerfile", ".", False)),
        (_COMMIT, "repository: acme/shop, path: web", ("web/Dockerfile", "web", True)),
        (_COMMIT, "tags: acme/shop, context: web", ("web/Dockerfile", "web", False)),
        # which know no such inputs
        ("docker/build-push-action@v6", "repository: acme/shop, path: web", ("Dockerfile", ".", False)),
        ("docker/build-push-action@v10", "repository: acme/shop", ("Dockerfile", ".", False)),
    ],
)  # fmt: skip
def test_the_first_version_of_dockers_action(
    tmp_path: Path, uses: str, told: str, built: tuple[str, str, bool]
) -> None:
    texts = {"Dockerfile": "FROM debian:12\n", **_step(uses, told)}
    (found,) = recipes(tmp_path, **texts).builds
    assert (found.dockerfile, found.context, found.delivery.pushes) == built


@pytest.mark.parametrize(("uses", "fetched"), [(_FIRST, False), (f"{_FIRST[:-1]}2", True)])
def test_the_first_version_builds_what_is_checked_out(
    tmp_path: Path, uses: str, *, fetched: bool
) -> None:
    texts = {"Dockerfile": "FROM debian:12\n", **_step(uses, "push: 'true'")}
    (found,) = recipes(tmp_path, **texts).builds
    assert found.delivery.fetched is fetched


def test_lists_of_the_first_version(tmp_path: Path) -> None:
    told = (
        "registry: ghcr.io, repository: acme/shop, tags: 'latest, 1.2', target: web,"
        " build_args: 'A=1,B=2', cache_froms: 'acme/shop:latest,acme/shop:old'"
    )
    texts = {"Dockerfile": "FROM debian:12 AS web\n", **_step(_FIRST, told)}
    (found,) = recipes(tmp_path, **texts).builds
    assert found.names == ("ghcr.io/acme/shop:latest", "ghcr.io/acme/shop:1.2")
    assert found.args == (("A", "1"), ("B", "2"))
    assert found.passes == {"A", "B"}
    assert found.target == "web"
    assert len(found.caches.sources) == 2


@pytest.mark.parametrize(
    ("told", "is_cold"),
    [("repository: acme/shop", True), ("repository: acme/shop, cache_froms: acme/shop", False)],
)
def test_whether_the_first_version_has_a_cache(tmp_path: Path, told: str, *, is_cold: bool) -> None:
    texts = {"Dockerfile": "FROM debian:12\n", **_step(_FIRST, told)}
    found = recipes(tmp_path, **texts)
    assert bool(found.cold_pushes("Dockerfile")) is is_cold
    (built,) = found.builds
    assert built.delivery.hopes == ""
    assert built.delivery.foreign

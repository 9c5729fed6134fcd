"""Where a repository's images go, by its own recipes, and which bases come from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from checked import checked

from dlint.context import EmptyContext
from dlint.facts.destinations import destinations
from dlint.model import Build
from dlint.project.recipes import Recipes
from dlint.syntax.parser import parse
from dlint.text.source import Source

RULE = "push/shared-base"
STEP = "  - uses: docker/build-push-action@v6\n    with:\n      push: true\n"
META = "  - uses: docker/metadata-action@v5\n    with:\n      images: "
USE_META = STEP + "      tags: ${{ steps.meta.outputs.tags }}\n"
CI = ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("path", "text", "registries"),
    [
        ("Makefile", "x:\n\tdocker push registry.example.com/a/b\n", "registry.example.com"),
        (
            "x.sh",
            "docker push --quiet 'localhost:5000/a/b:1'\ndocker image push quay.io/a/b\n",
            "quay.io",
        ),
        ("x.sh", "podman push someone/app:1\n", "docker.io"),
        (
            "x.sh",
            "docker buildx build \\\n  --push \\\n  -t ghcr.io/a/b:$V --tag quay.io/a/b .\n",
            "ghcr.io quay.io",
        ),
        ("x.sh", "docker build -t ghcr.io/a/b . && docker run ghcr.io/a/b\n", ""),
        ("x.sh", "docker push app\n", ""),
        ("Makefile", "IMAGE = ghcr.io/a/b\nx:\n\tdocker push $(IMAGE):latest\n", "ghcr.io"),
        ("x.sh", 'docker push "${HOST:-ghcr.io}/a/b"\n', "ghcr.io"),
        ("x.sh", "docker push $HOST/a/b\ndocker push ghcr.io/a/b\n", None),
        ("x.sh", "HOST=ghcr.io\nHOST=quay.io\ndocker push $HOST/a/b\n", None),
        (
            CI,
            STEP
            + "      tags: |\n        ghcr.io/a/b:latest\n        ghcr.io/a/b:${{ github.sha }}\n",
            "ghcr.io",
        ),
        (CI, STEP + "      tags: ghcr.io/a/b:latest,a/b:latest\n", "docker.io ghcr.io"),
        (CI, STEP + "      tags:\n        - quay.io/a/b:1\n", "quay.io"),
        (
            CI,
            "env:\n  REGISTRY: ghcr.io\n"
            + META
            + "${{ env.REGISTRY }}/${{ env.NAME }}\n"
            + USE_META,
            "ghcr.io",
        ),
        (
            CI,
            META
            + "ghcr.io/a/b  # c/d\n      tags: |\n        type=raw,value=x,enable=${{ y }}\n"
            + USE_META,
            "ghcr.io",
        ),
        (CI, STEP + "      tags: ${{ steps.login.outputs.registry }}/a\n", None),
        (CI, "on:\n  push:\n    tags: ['v*']\n", ""),
        (
            "docker-bake.hcl",
            'target "a" {\n  tags = ["ghcr.io/a/b:1", "a/b:1"]\n}\n',
            "docker.io ghcr.io",
        ),
        ("docker-bake.json", '{"target": {"a": {"tags": ["ghcr.io/a/b:1"]}}}\n', "ghcr.io"),
        (
            "compose.yaml",
            "services:\n  a:\n    image: ghcr.io/a/b\n    build: .\n  b:\n    image: quay.io/c/d\n",
            "ghcr.io",
        ),
        (
            "compose.yaml",
            "services:\n  a:\n    build:\n      context: .\n    image: ghcr.io/a/b\n",
            "ghcr.io",
        ),
        ("compose.yaml", "services:\n  a:\n    image: postgres\n  b:\n    build: .\n", ""),
        (
            ".gitlab-ci.yml",
            "image: quay.io/a/b\nx:\n  script:\n    - docker push $CI_REGISTRY_IMAGE\n",
            None,
        ),
    ],
)
def test_where_images_go(tmp_path: Path, path: str, text: str, registries: str | None) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    build = Build(
        parse(Source("Dockerfile", "FROM scratch\n")), EmptyContext(), recipes=Recipes(tmp_path)
    )
    found = destinations(build)
    assert found.whole is (registries is not None)
    assert registries is None or " ".join(sorted(found.registries)) == registries


PUSHED = "Makefile: docker push registry.example.com/a/web\n"


@pytest.mark.parametrize(
    ("text", "recipes", "wanted"),
    [
        ("FROM alpine:3.20\n", PUSHED, [1]),
        ("FROM alpine:3.20\n", "", []),
        ("FROM alpine:3.20\n", "Makefile: docker push someone/web\n", []),
        ("FROM registry.example.com/mirror/alpine:3.20\n", PUSHED, []),
        (
            "FROM registry.example.com:5000/mirror/alpine:3.20\n",
            PUSHED,
            [1],
        ),  # another port, another registry
        ("FROM golang:1.22 AS build\nFROM alpine:3.20\nCOPY --from=build /a /a\n", PUSHED, [2]),
        ("FROM base\n", PUSHED, []),
        ("FROM scratch\n", PUSHED, []),
        ("ARG BASE\nFROM $BASE\n", PUSHED, []),
        ("FROM alpine:3.20\n", PUSHED + "x.sh: docker push $HOST/a/b\n", []),
    ],
)
def test_bases_from_elsewhere(tmp_path: Path, text: str, recipes: str, wanted: list[int]) -> None:
    assert checked(tmp_path, RULE, text, recipes).lines == wanted


def test_a_copy_that_another_dockerfile_uses_is_named(tmp_path: Path) -> None:
    pushed = PUSHED.replace(
        ": ",
        ": docker build -t registry.example.com/a worker; docker push registry.example.com/a; ",
        1,
    )
    context = f"worker/Dockerfile: FROM registry.example.com/hub/alpine:3.20 changed 1\n{pushed}"
    found = checked(tmp_path, RULE, "FROM alpine:3.20\n", context).found
    assert [Path(note.place.path).name for each in found for note in each.notes] == ["Dockerfile"]
    assert "registry.example.com" in found[0].message

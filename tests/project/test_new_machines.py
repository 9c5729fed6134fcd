"""Which jobs of CircleCI build on machines that have built nothing before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.delivery import Delivery

_CIRCLECI = """jobs:
  ship:
    docker: [{{image: cimg/base:current}}]
    steps:
      - checkout
      - setup_remote_docker{}
      - run: docker build -t shop {}.
      - run:
          name: push
          command: |
            docker tag {} "$REGISTRY/shop:$CIRCLE_SHA1"
            docker push "$REGISTRY/shop:$CIRCLE_SHA1"
"""


def _delivery(root: Path, path: str, text: str) -> Delivery:
    (root / "Dockerfile").write_text("FROM debian:12\n")
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text)
    (built,) = Recipes(root).builds
    return built.delivery


@pytest.mark.parametrize(
    ("remote", "options", "named", "pushes", "cold"),
    [
        ("", "", "shop", True, "machine"),
        ("", "", "other", False, "machine"),
        (": {docker_layer_caching: false}", "", "shop:latest", True, "machine"),
        (": {docker_layer_caching: true}", "", "shop", True, ""),
        ("", "--cache-from $REGISTRY/shop:cache ", "shop", True, ""),
        ("", "--no-cache ", "shop", True, "option"),
        ("\n      - run: docker load -i layers.tar", "", "shop", True, ""),
    ],
)
def test_machines_of_circleci(  # noqa: PLR0913  each is a column
    tmp_path: Path, remote: str, options: str, named: str, *, pushes: bool, cold: str
) -> None:
    text = _CIRCLECI.format(remote, options, named)
    told = _delivery(tmp_path, ".circleci/config.yml", text)
    assert (told.pushes, told.cold) == (pushes, cold)


@pytest.mark.parametrize("runner", ["large", "our-shop/builder"])
def test_a_runner_of_ones_own_may_have_a_cache(tmp_path: Path, runner: str) -> None:
    text = _CIRCLECI.format("", "", "shop").replace(
        "    steps:", f"    resource_class: {runner}\n    steps:"
    )
    told = _delivery(tmp_path, ".circleci/config.yml", text)
    assert told.fresh is ("/" not in runner)

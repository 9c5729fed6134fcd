"""What is known of well-known images."""

from __future__ import annotations

import pytest

from dlint.model.bases import workdir_of


@pytest.mark.parametrize(
    "image",
    [
        "debian",
        "debian:12-slim",
        "docker.io/library/node:22",
        "openjdk:11-slim",
        "mirror.gcr.io/library/ruby:3.4",
    ],
)
def test_images_that_start_at_the_root(image: str) -> None:
    assert workdir_of(image) == "/"


@pytest.mark.parametrize(
    "image",
    [
        "golang:1.24",
        "php:8-apache",
        "shop/debian:12",
        "ghcr.io/shop/node:22",
        "node:8-onbuild",
        "",
        "a b",
        None,
    ],
)
def test_other_images_may_start_elsewhere(image: str | None) -> None:
    assert workdir_of(image) is None

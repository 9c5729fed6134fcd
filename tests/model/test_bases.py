"""What is known of well-known images."""

from __future__ import annotations

import pytest

from dlint.model.bases import has_folder, workdir_of


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


@pytest.mark.parametrize(
    ("image", "path", "stands"),
    [
        ("php:8.3-fpm-alpine", "/var/www/html", True),
        ("php:8.3-cli", "/var/www", False),
        ("tomcat:9-jdk17", "/usr/local/tomcat/webapps", True),
        ("httpd:2.4", "/usr/local/apache2/htdocs", True),
        ("shop/php:8.3", "/var/www/html", False),
        ("debian:12", "/var/www/html", False),
        ("a b", "/", False),
        (None, "/", False),
    ],
)
def test_folders_of_official_images(image: str | None, path: str, *, stands: bool) -> None:
    assert has_folder(image, path) is stands

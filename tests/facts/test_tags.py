"""What a tag says of a version."""

from __future__ import annotations

import pytest

from dlint.facts.tags import Tag


@pytest.mark.parametrize(
    ("tag", "level"),
    [
        *(("alpine", 0), ("slim", 0), ("alpine3.20", 0), ("bookworm", 0), ("jdk", 0)),
        *(("arm64", 0), ("slim-amd64", 0), ("3-arm64v8", 1), ("v1.2.3-x86_64", 3)),
        *(("iron-alpine", 1), ("humble-ros-base", 1)),
        *(("3", 1), ("3-slim", 1), ("17-jdk", 1), ("jdk17", 1), ("22-alpine3.19", 1), ("20-ea", 1)),
        *(("3.12", 2), ("3.12-slim-bookworm", 2), ("2024.1", 2), ("v1.30", 2)),
        *(
            ("3.12.4", 3),
            ("8u272-jdk", 3),
            ("v1.2.3-rc1", 3),
            ("bookworm-20240612", 3),
            ("main-0a1b2c3d", 3),
        ),
        ("RELEASE.2024-01-02T03-04-05Z", 3),
    ],
)
def test_how_exact_a_tag_is(tag: str, level: int) -> None:
    assert Tag.read(tag).precision() == level
    assert not Tag.read(tag).moves


@pytest.mark.parametrize("tag", ["latest-arm64", "latest-amd64", "edge-x86_64", "arm64v8-latest"])
def test_an_architecture_is_no_version(tag: str) -> None:
    assert Tag.read(tag).moves
    assert not Tag.read(f"{tag}-3.2").moves

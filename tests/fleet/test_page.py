"""Names in the pictures of the page."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow", reason="the extra `fleet` is not installed")

from dlint.fleet import page


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("deployment/docker/server/Dockerfile", "…/server/Dockerfile"),
        ("deployment/docker/runner/Dockerfile", "…/runner/Dockerfile"),
        ("web/Dockerfile", "web/Dockerfile"),
        ("a/" + "x" * 40, "…" + "x" * 24),
        ("compose.yaml#" + "y" * 40, "compose.yaml#" + "y" * 11 + "…"),
    ],
)
def test_images_of_one_repository_are_told_apart(path: str, told: str) -> None:
    label = page._label(["owner+project", path])
    assert label == f"owner+project {told}"

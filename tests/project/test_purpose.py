"""What the place of a Dockerfile says of what it is for."""

from __future__ import annotations

import pytest

from dlint.project.purpose import is_for_tests


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile", False),
        ("tests/Dockerfile", True),
        ("src/e2e/mock/Dockerfile", True),
        (".devcontainer/Dockerfile", True),
        ("docker/Dockerfile.test", True),
        ("docker/test.Dockerfile", True),
        ("cmd/Dockerfile.with-web.integration", True),
        ("Dockerfile-integration-tests", True),
        ("latest/Dockerfile", False),
        ("Dockerfile.latest", False),
        ("contest/Dockerfile", False),
        ("docker/Dockerfile.attestation", False),
        (".circleci/Dockerfile", False),
    ],
)
def test_files_of_tests(path: str, *, wanted: bool) -> None:
    assert is_for_tests(path) is wanted

"""What a COPY stores of files that an earlier one brought. The engine's answers to the same are in
tests/engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from again import ALL, CASES, FILES, NEW, stored

from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_context(tmp_path, FILES)
    return tmp_path


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_what_stands_there_is_not_stored_again(root: Path, text: str, expected: str) -> None:
    assert stored(root, text, "buildkit") == expected


@pytest.mark.parametrize("builder", ["docker", "classic"])
def test_the_graphdriver_store_keeps_all(root: Path, builder: str) -> None:
    assert stored(root, CASES[0][0], builder) == f"app {ALL}"
    assert stored(root, CASES[2][0], builder) == "app app/a"
    assert stored(root, CASES[0][0], "buildah") == f"app {NEW}"


def test_what_may_have_been_replaced_is_stored_again(root: Path) -> None:
    text = "WORKDIR /app\nCOPY package.json lock ./\nCOPY --from=shell:1 /home/app /app\nCOPY . ."
    assert stored(root, text, "buildkit") == f"app {ALL}"

"""Which COPYs need an ignore file that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check

if TYPE_CHECKING:
    from pathlib import Path

COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"


@pytest.mark.parametrize(
    ("text", "listing", "wanted"),
    [
        (COPY_ALL, "a.py\n", [2]),
        ("FROM scratch\nCOPY src /src\n", "src/a.py\n", []),
        ("FROM scratch\nCOPY --exclude=docs . /src\n", "src/a.py\n", []),
        (COPY_ALL, "a.py\n.dockerignore: docs\n", []),
        (COPY_ALL, "a.py\nDockerfile.dockerignore: docs\n", []),
        (COPY_ALL + "COPY gone /x\n", "a.py\n", []),  # not the context that it is built in
        ("FROM scratch AS a\nCOPY . /a\nFROM scratch\n", "a.py\n", []),
    ],
)
def test_no_ignore_file(tmp_path: Path, text: str, listing: str, wanted: list[int]) -> None:
    assert [
        each.place.start.line for each in check(tmp_path, "context/no-ignore", text, listing)
    ] == wanted

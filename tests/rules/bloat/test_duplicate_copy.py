"""Files of the context that two layers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/duplicate-copy"
CONTEXT = "data/a.bin 2MB\ndata/b.bin 10kB\napp.py\n"
BUILDKIT, DOCKER = "", 'builder = "docker"\n'


@pytest.mark.parametrize(
    ("steps", "config", "hit"),
    [
        ("COPY data /a\nCOPY data /b\n", BUILDKIT, True),
        ("COPY data/a.bin /a/\nCOPY data /b\n", BUILDKIT, True),
        ("COPY data /srv/data\nCOPY . /srv\n", BUILDKIT, False),  # as it was: not stored again
        ("COPY data /srv/data\nCOPY . /srv\n", DOCKER, True),
        ("COPY data /srv/data\nCOPY --chown=1000 . /srv\n", BUILDKIT, True),
        ("COPY data /srv/data\nCOPY --link . /srv\n", BUILDKIT, True),
        ("COPY data /srv/data\nCOPY --exclude=data . /srv\n", DOCKER, False),
        ("COPY data/b.bin /a/\nCOPY data/b.bin /b/\n", BUILDKIT, False),  # small
        ("COPY data/b.bin /a/\nCOPY data/b.bin /b/\n", 'min-bytes = "5kB"\n', True),
        (
            "COPY data /a\nFROM debian:12\nCOPY data /b\n",
            BUILDKIT,
            False,
        ),  # the first is not pushed
        ("COPY data /a\nFROM 0\nCOPY missing /b\n", BUILDKIT, False),
    ],
)
def test_what_is_stored_twice(tmp_path: Path, steps: str, config: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert (
        bool(checked(tmp_path, RULE, f"FROM debian:12\n{steps}", CONTEXT, config=config).lines)
        is hit
    )


def test_in_a_stage_on_top(tmp_path: Path) -> None:
    text = "FROM debian:12 AS base\nCOPY data /a\nFROM base\nCOPY data /b\n"
    [found] = checked(tmp_path, RULE, text, CONTEXT).found
    assert found.place.start.line == 4
    assert "`data/a.bin` as /a/a.bin" in found.message
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(2_010_000, rel=0.01)

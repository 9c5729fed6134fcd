"""What stages hand on to others: made of the source, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.context import open_worktree
from dlint.facts.handed_on import is_made_of_source
from dlint.model import Build
from dlint.syntax.parser import parse
from dlint.testing import write_context
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("mount", "made"),
    [
        ("type=bind,source=.", True),  # without a target it shows the context in WORKDIR
        ("type=bind,target=/src", True),
        ("type=bind,source=main.go,target=/src/main.go", True),
        ("type=bind,source=README.txt,target=/src/README.txt", False),
        ("type=cache,target=/root/.cache", False),
    ],
)
def test_what_is_built_of_a_mounted_context_is_made_of_the_source(
    tmp_path: Path, mount: str, *, made: bool
) -> None:
    write_context(tmp_path, "main.go 9kB\nREADME.txt 1kB\n")
    text = (
        f"FROM golang:1.24 AS build\nRUN --mount={mount} go build -o /out/app .\n"
        "FROM alpine:3.20\nCOPY --from=build /out/app /srv/\n"
    )
    build = Build(parse(Source("Dockerfile", text)), open_worktree(tmp_path, None))
    *_, step = build.steps(build.stages[-1])
    assert is_made_of_source(build, step) is made

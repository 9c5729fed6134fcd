"""In which folders a RUN may put files of its own."""

from __future__ import annotations

import pytest

from dlint.context import EmptyContext
from dlint.facts.writing import works_in, works_near
from dlint.model.build import Build
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source


@pytest.mark.parametrize(
    ("command", "inside", "near"),
    [
        ("make", True, True),
        ("cd sub && make", True, True),
        ("cd /other && make", False, False),
        ("cd $SOURCES && make", False, True),  # who knows where that is
    ],
)
def test_where_an_unknown_program_works(
    command: str,
    inside: bool,  # noqa: FBT001  a column
    near: bool,  # noqa: FBT001  a column
) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nRUN {command}\n"
    build = Build(parse(Source.from_bytes("Dockerfile", text.encode())), EmptyContext())
    run = build.stages[0].instructions[-1]
    assert isinstance(run, Run)
    assert works_in(build, run, "/app") is inside
    assert works_near(build, run, "/app/sub/out") is near
    assert works_near(build, run, "/srv/data") is (near and not inside)

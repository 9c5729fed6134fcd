"""Which syntax of a Dockerfile knows which flags."""

from __future__ import annotations

import pytest

from dlint.syntax.frontend import needed_line
from dlint.syntax.parser import parse
from dlint.text.source import Source

LINE = ", which needs `# syntax=docker/dockerfile:1` as the first line"


@pytest.mark.parametrize(
    ("syntax", "lacking"),
    [
        ("", "exclude parents"),  # the engine's own
        ("docker/dockerfile", ""),
        ("docker/dockerfile:1", ""),
        ("docker.io/docker/dockerfile:latest", ""),
        ("docker/dockerfile:labs", ""),
        ("docker/dockerfile:1-labs", ""),
        ("docker/dockerfile:1.20.0@sha256:0", ""),
        ("docker/dockerfile:1.19", "parents"),
        ("docker/dockerfile:1.7-labs", ""),
        ("docker/dockerfile:1.5-labs", "exclude parents"),
        ("docker/dockerfile:1.5", "checksum exclude parents"),
        ("docker/dockerfile:1.3", "link checksum exclude parents"),
        ("docker/dockerfile:1.0-experimental", "chmod link checksum exclude parents"),
        ("docker/dockerfile:experimental", "chmod link checksum exclude parents"),
        ("example.com/own/frontend:2", "exclude parents"),
    ],
)
def test_flags_of_a_syntax(syntax: str, lacking: str) -> None:
    first = f"# syntax={syntax}\n" if syntax else ""
    dockerfile = parse(Source("Dockerfile", f"{first}FROM scratch\n"))
    flags = ("chmod", "link", "checksum", "exclude", "parents")
    found = {each: needed_line(dockerfile, each) for each in flags}
    assert found == {each: LINE if each in lacking.split() else "" for each in flags}

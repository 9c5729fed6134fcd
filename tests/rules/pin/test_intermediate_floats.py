"""Which bases float beside a pinned one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_bases_beside_a_pinned_one(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/intermediate-floats")
    final = f"FROM debian:12@{DIGEST}\n"
    assert check(tmp_path, text=f"FROM golang:1 AS a\n{final}COPY --from=a /a /a\n").lines == [1]
    moving = f"FROM golang:latest AS a\n{final}COPY --from=a /a /a\n"
    assert check(tmp_path, text=moving).lines == []  # pin/base-tag's
    assert check(tmp_path, text=f"FROM golang:1 AS lint\n{final}").lines == []
    assert (
        check(tmp_path, text="FROM golang:1 AS a\nFROM debian:12\nCOPY --from=a /a /a\n").lines
        == []
    )


def test_what_the_repository_builds_itself_does_not_float(tmp_path: Path) -> None:
    (tmp_path / "build.sh").write_text("docker build -t shop/tools:3 tools\n")
    commit(tmp_path)
    text = f"FROM shop/tools:3 AS a\nFROM debian:12@{DIGEST}\nCOPY --from=a /a /a\n"
    assert checked(tmp_path, "pin/intermediate-floats", text).lines == []


@pytest.mark.parametrize(
    ("image", "floats"),
    [
        ("debian:bookworm-20240904-slim", False),
        ("ubuntu:jammy-20240911.1", False),
        ("debian:bookworm-slim", True),
        ("shop/tools:20240904", False),
        ("shop/tools:2024-09-04", False),
        ("shop/tools:v2024.09.04", False),
        ("shop/tools:alpine-2024-09-04-full", False),
        ("shop/tools:2024-09-04T1200", False),
        ("archlinux:base-20240904.0.1", False),
        ("amazonlinux:2023.1.20240904.0", False),
        ("shop/tools:2024-09", True),
        ("shop/tools:20241904", True),  # no day
        ("shop/tools:1.20240904777", True),
        ("shop/tools:12024-09-04", True),
        ("shop/tools:2024-0904", True),
        ("shop/tools:1.2.3", True),  # who builds it may tag it again
    ],
)
def test_the_date_of_a_build_fixes_it(tmp_path: Path, image: str, *, floats: bool) -> None:
    text = f"FROM golang:1@{DIGEST} AS a\nFROM {image}\nCOPY --from=a /a /a\n"
    assert bool(checked(tmp_path, "pin/intermediate-floats", text).lines) is floats


@pytest.mark.parametrize(
    ("name", "is_meant"),
    [
        ("build_arm64", True),
        ("build_armv7", True),
        ("build_deps", False),  # which no platform's build takes
        ("arm64", False),
    ],
)
def test_bases_that_another_platform_stands_on(
    tmp_path: Path, name: str, *, is_meant: bool
) -> None:
    text = (
        f"FROM golang:1 AS build_amd64\nFROM rust:1 AS {name}\n"
        "FROM build_${TARGETARCH}${TARGETVARIANT} AS build\nRUN make\n"
        f"FROM debian:12@{DIGEST}\nCOPY --from=build /a /a\n"
    )
    (told,) = checked(tmp_path, "pin/intermediate-floats", text).texts
    assert ("(and 1 more in line 2)" in told) is is_meant
    assert told.endswith("help: pin it by digest, too")

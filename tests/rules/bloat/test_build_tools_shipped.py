"""What `bloat/build-tools-shipped` says beyond the examples of its page."""

from __future__ import annotations

import pytest
from checked import lines


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM golang\nCOPY --from=0 /app /app\nCMD /app\n", [2]),
        ("FROM golang\nCOPY --from=0 /app /app\nCMD go run .\n", []),
        ("FROM golang\nRUN go build -o /app\n", []),  # perhaps a toolchain's own image
        ("FROM rust:1\nRUN cargo build\nCMD target/app\n", [2]),
        ('FROM golang:1\nRUN go install example.com/a@latest\nCMD ["a"]\n', [2]),
        ('FROM golang:1\nRUN go install example.com/dlv@latest\nCMD ["dlv"]\n', []),
    ],
)
def test_whole_files(text: str, wanted: list[int]) -> None:
    assert lines("bloat/build-tools-shipped", f"FROM debian:12\n{text}") == wanted

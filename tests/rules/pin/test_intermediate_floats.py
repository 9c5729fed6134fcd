"""Which bases float beside a pinned one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

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

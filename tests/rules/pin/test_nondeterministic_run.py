"""Which stamps get into shipped layers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

stamp = partial(checked, rule="pin/nondeterministic-run")


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("RUN date > /built", [2]),
        ("RUN echo built $(date -u) > /built", [2]),
        ("RUN uuidgen | tee /id", [2]),
        ('RUN go build -ldflags "-X main.at=$(date +%s)" .', [2]),
        ("RUN hostname > /host", [2]),
        ("RUN python -m compileall /app", [2]),
        ("RUN date", []),
        ('RUN echo "started $(date)"', []),
        ("RUN echo started $(date) > /dev/stderr", []),
        ("RUN date -d @0 > /epoch", []),
        ("RUN git checkout $(git describe --tags)", []),
        ("RUN python -m compileall --invalidation-mode unchecked-hash /app", []),
        ("ENV SOURCE_DATE_EPOCH=0\nRUN python -m compileall /app", []),
        ("ARG SOURCE_DATE_EPOCH\nRUN python -m compileall /app", []),
        ("RUN hostname -I > /dev/null", []),
        ("ARG BUILD_DATE\nRUN date > /built && echo $BUILD_DATE > /at", []),
        ("ARG COLOR\nRUN date > /built && echo $COLOR > /at", [3]),
    ],
)
def test_stamps_in_shipped_layers(tmp_path: Path, line: str, lines: list[int]) -> None:
    assert stamp(tmp_path, text=f"FROM debian:12\n{line}\n").lines == lines
    assert stamp(tmp_path, text=f"FROM debian:12\n{line}\nFROM scratch\n").lines == []


@pytest.mark.parametrize(
    ("line", "listing", "lines"),
    [
        ("RUN date > .built-at", "lib/page.rb: File.open('.built-at')\n", []),
        (
            "RUN mkdir -p /etc/shop && date | tee /etc/shop/built-at",
            "a.py: '/etc/shop/built-at'\n",
            [],
        ),
        ("RUN date > .built-at", "lib/page.rb: File.open('.built-at-all')\n", [2]),
        ("RUN date > .built-at", ".gitignore: .built-at\nREADME.md: .built-at\n", [2]),
        ("RUN date > .built-at && make", "lib/page.rb: File.open('.built-at')\n", [2]),
    ],
)
def test_a_stamp_that_the_project_shows(
    tmp_path: Path, line: str, listing: str, lines: list[int]
) -> None:
    assert stamp(tmp_path, text=f"FROM debian:12\n{line}\n", context=listing).lines == lines


def test_byte_code_stays_right_where_other_sources_are_mounted(tmp_path: Path) -> None:
    """`unchecked-hash` would run what was compiled, whatever the sources are by then."""
    text = "FROM python:3.12\nCOPY a.py /app/\nRUN python -m compileall /app\n"
    (found,) = stamp(tmp_path, text=text, context="a.py\n").found
    assert found.help == "compile it with `--invalidation-mode checked-hash`"
    assert found.message.endswith("so its content changes with them")

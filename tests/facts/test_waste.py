"""What images carry for nothing, and what of it has no number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.context import open_worktree
from dlint.facts.waste import Waste, find_waste
from dlint.model import Build
from dlint.syntax.parser import parse
from dlint.testing import write_context
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

CLONE = "RUN git clone https://example.com/x /data/x\n"


def waste(root: Path, lines: str) -> list[Waste]:
    write_context(root, "data/a.bin 9kB\n")
    text = f"FROM debian:12\n{lines}"
    build = Build(parse(Source("Dockerfile", text)), open_worktree(root, None))
    return list(find_waste(build, build.stages[-1]))


@pytest.mark.parametrize(("more", "size"), [("", 9_000), (CLONE, None)])
def test_a_known_crumb_is_not_all_that_is_stored_again(
    tmp_path: Path, more: str, size: int | None
) -> None:
    [found] = waste(tmp_path, f"COPY data /data\n{more}RUN chown -R 1000 /data\n")
    assert (found.bytes, found.why) == (size, "stored again by chown")


@pytest.mark.parametrize(
    ("above", "change", "size"),
    [
        ("", "chmod -R 644 /data", 0),
        ("", "chown -R root:root /data", 0),
        ("", "find /data -name '*.bin' -exec chmod 600 {} +", 0),  # nobody knows which
        ("RUN chown -R 1000 /data\n", "chown -R root:root /data", 9_000),
        ("RUN chmod 600 /data/a.bin\n", "chmod -R 644 /data", 9_000),
        ("", "chmod -R 600 /data", 9_000),
    ],
)
def test_a_file_that_stays_as_it_is_is_not_stored_again(
    tmp_path: Path, above: str, change: str, size: int
) -> None:
    found = waste(tmp_path, f"COPY data /data\n{above}RUN {change}\n")
    last = 3 + above.count("\n")
    assert sum(each.bytes or 0 for each in found if each.line == last) == size


def test_what_is_deleted_of_unknown_size_is_told(tmp_path: Path) -> None:
    why = "deleted by line 4, which frees nothing"
    assert waste(tmp_path, f"COPY data /data\n{CLONE}RUN rm -rf /data\n") == [
        Waste(2, "/data", 9_000, why),
        Waste(3, "/data", None, why),
    ]

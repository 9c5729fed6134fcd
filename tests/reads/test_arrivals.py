"""Whether a build context can be the one that a Dockerfile is built with."""

from __future__ import annotations

import gc
import subprocess
import weakref
from typing import TYPE_CHECKING

import pytest
from support import build

from dlint.reads.arrivals import arrivals, deleted_sources

if TYPE_CHECKING:
    from pathlib import Path

HELD = "COPY package.json ./\n"


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        (HELD, False),
        (f"{HELD}COPY gone.txt ./\n", True),
        (f"{HELD}COPY package.json src/a.js gone.txt ./\n", True),
        (f"{HELD}COPY target/shop.jar ./\n", False),
        (f"{HELD}COPY web/dist ./\n", False),
        (f"{HELD}COPY made.txt ./\n", False),
        (f"{HELD}COPY made.txt gone.txt ./\n", True),
        (f"{HELD}ARG FILE\nCOPY $FILE ./\n", False),
        ("COPY target/shop.jar ./\n", True),
        ("COPY . .\nCOPY target/shop.jar ./\n", True),
    ],
)
def test_what_is_missing_is_evidence_unless_a_build_makes_it(
    tmp_path: Path, text: str, *, doubtful: bool
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    files = {"package.json": "{}", "src/a.js": "", ".gitignore": "made.txt\n"}
    made = build(tmp_path, f"FROM node:22\n{text}", files)
    assert made.fact(arrivals).doubtful is doubtful


def test_a_build_whose_deleted_files_were_asked_for_is_let_go(tmp_path: Path) -> None:
    made = build(tmp_path, f"FROM node:22\n{HELD}", {"package.json": "{}"})
    assert made.fact(deleted_sources) == ()
    held = weakref.ref(made)
    del made
    gc.collect()
    assert held() is None

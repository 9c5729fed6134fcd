"""Whether a build context can be the one that a Dockerfile is built with."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support import build

from dlint.project.recipes import Recipes
from dlint.reads.arrivals import arrivals

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


@pytest.mark.parametrize(
    ("command", "copy", "missing"),
    [
        ("curl -sSLo data/places.mmdb https://example.com/a?b=1", "data/ /srv/", True),
        ("wget -q https://example.com/a -O ./data/places.mmdb", "data /srv/", True),
        ("curl https://example.com/a --output data/held.txt", "data /srv/", False),
        ("curl https://example.com/a -o data/left.out", "data /srv/", False),
        ("curl -o tools.zip https://example.com/a", "data /srv/", False),
        ("curl -o tools.zip https://example.com/a", ". /srv/", False),  # it may be for another job
        ("curl -O https://example.com/a -H data/b", "data /srv/", False),
        ("wget -qO- https://example.com/a", "data /srv/", False),
        ("curl -o $PLACE/data https://example.com/a", "data /srv/", False),
    ],
)
def test_what_a_recipe_downloads_into_a_folder_that_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, copy: str, *, missing: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    made = build(
        tmp_path,
        f"FROM debian:12\nCOPY {copy}\n",
        {
            "Dockerfile": "FROM debian:12\n",
            "data/held.txt": "a\n",
            ".dockerignore": "**/*.out\n",
            "ship.sh": f"{command}\ndocker build -t shop/web .\n",
        },
    )
    made.recipes = Recipes(tmp_path)
    [arrival] = made.fact(arrivals).of_stage(made.stages[0])
    assert arrival.missing is missing

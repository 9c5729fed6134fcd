"""CONTRIBUTING.md shows the tower as it is, and its steps for a new rule work when followed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest
from house import ENVIRONMENT, FLOOR, PROJECT, TOWER, copy_project

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) \| `([\w./]+)` \| \S.*\|$", re.MULTILINE)
STEP = re.compile(r"^(\d)\. ", re.MULTILINE)
# A fenced block, indented as part of a step: `python PATH` is a file, `sh` what is run.
BLOCK = re.compile(
    r"^ *(?P<fence>`{3,})(?P<kind>python|sh)(?: (?P<path>\S+))?\n(?P<text>.*?)^ *(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
GUIDES = ("a rule", "a package manager", "an output format", "an image source")


class Block(NamedTuple):
    """A file that a step has somebody write, or commands that it has them run (`path` is "")."""

    path: str
    text: str


def guide(what: str) -> str:
    """Return the section that says how to add something."""
    return re.split(r"^## ", TEXT.partition(f"## Add {what}\n")[2], flags=re.MULTILINE)[0]


def blocks(text: str) -> list[Block]:
    return [
        Block(each["path"] or "", textwrap.dedent(each["text"])) for each in BLOCK.finditer(text)
    ]


def test_the_table_is_the_tower() -> None:
    rows = [(int(floor), path) for floor, path in ROW.findall(TEXT)]
    rooms = [
        (floor, path.removeprefix("dlint/").rstrip("/").partition(".")[0]) for floor, path in rows
    ]
    assert rooms == [(FLOOR[room], room) for floor in reversed(TOWER) for room in floor]
    assert not [path for _, path in rows if not (PROJECT / path).exists()]


@pytest.mark.parametrize("what", GUIDES)
def test_each_guide_has_at_most_five_steps(what: str) -> None:
    numbers = [int(number) for number in STEP.findall(guide(what))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 1 < len(numbers) <= 5


def test_who_follows_the_steps_gets_a_rule(tmp_path: Path) -> None:
    """Its own examples and tests pass, the list names it, and it reports what it is for."""
    clone = copy_project(tmp_path / "dlint")
    folder = commands(tmp_path, clone)
    before = (clone / "rules/README.md").read_text(encoding="utf-8")
    for block in blocks(guide("a rule")):
        if block.path:
            (clone / block.path).parent.mkdir(parents=True, exist_ok=True)
            (clone / block.path).write_text(block.text, encoding="utf-8")
        else:
            done = run(["bash", "-e", "-c", block.text], folder, clone)
            assert done.returncode == 0, done.stdout
            # Its three cases, its examples, what every finding says to do, and the five tests of a page.
            assert " 10 passed" in done.stdout, done.stdout
    assert "bloat/man-pages" not in before
    assert "bloat/man-pages" in (clone / "rules/README.md").read_text(encoding="utf-8")
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\nRUN apk add mandoc\n")
    words = ["dlint", "check", "--isolated", "--select", "bloat/man-pages", "--no-push"]
    done = run([*words, "--output-format", "text", str(tmp_path / "Dockerfile")], folder, clone)
    assert done.returncode == 1
    assert "Dockerfile:2:" in done.stdout
    assert "bloat/man-pages" in done.stdout


def commands(folder: Path, clone: Path) -> Path:
    """Make `dlint`, `pytest` and `python` commands that use the copy's code, in a folder for
    PATH.
    """
    packages, found = folder / "packages", folder / "bin"
    packages.mkdir()
    found.mkdir()
    (packages / "dlint").symlink_to(clone / "dlint")
    (packages / "dlint_rules").symlink_to(clone / "rules")
    for name, module in (("dlint", "-m dlint"), ("pytest", "-m pytest"), ("python", "")):
        (found / name).write_text(
            f'#!/bin/sh\nPYTHONPATH="{packages}" exec "{sys.executable}" -P {module} "$@"\n'
        )
        (found / name).chmod(0o755)
    return found


def run(words: list[str], path: Path, clone: Path) -> subprocess.CompletedProcess[str]:
    environment = ENVIRONMENT | {"PATH": os.pathsep.join([str(path), os.environ["PATH"]])}
    return subprocess.run(
        words,
        cwd=clone,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )

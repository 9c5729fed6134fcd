"""What rules on ignore files say where the builder that pushes an image fetches the commit itself:
it has no `.git`, and applies no ignore file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

    from checked import Checked

COPIED = "FROM debian:12.5-slim\nCOPY . /app\n"
GIT = ".git/HEAD: ref: refs/heads/main\n.git/objects/pack/a.pack 2MB\n"
PUSHED = "docker/build-push-action@v6\\n        with:\\n          push: true\\n"
MANY = "package.json: {}\napp.py 3MB\n" + "".join(f"src/m{each}.js 9KB\n" for each in range(40))
ONLY_FETCHED = ""
IN_FOLDER = "          context: .\\n"
KEPT = "          build-args: BUILDKIT_CONTEXT_KEEP_GIT_DIR=1\\n"
OWN = "          context: '{{defaultContext}}'\\n"


def judged(folder: Path, rule: str, told: str, more: str = GIT, text: str = COPIED) -> Checked:
    steps = f"on: push\\njobs:\\n  image:\\n    steps:\\n      - uses: {PUSHED}{told}"
    context = f".git/\n{more}.github/workflows/image.yml: {steps}\n"
    return checked(folder, rule, text, context)


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        (ONLY_FETCHED, "info"),
        (OWN, "info"),
        (IN_FOLDER, "error"),
        (KEPT, "error"),
        (f"      - uses: {PUSHED}{IN_FOLDER}", "error"),  # a second one
        (f"      - uses: {PUSHED.replace('true', 'false')}{IN_FOLDER}", "info"),  # is only tried
    ],
)
def test_git_is_in_no_fetched_commit(tmp_path: Path, told: str, severity: str) -> None:
    (found,) = judged(tmp_path, "context/git-copied", told).found
    assert str(found.severity) == severity
    assert ("each commit changes" in found.message) == (severity == "error")
    assert (found.cost is None) == (severity == "info")


def test_a_build_that_has_git_copies_it(tmp_path: Path) -> None:
    (message,) = judged(tmp_path, "context/git-copied", ONLY_FETCHED).messages
    assert message == ("`COPY` also copies `.git` where a build has it: the image then contains it")


@pytest.mark.parametrize(("told", "lines"), [(ONLY_FETCHED, []), (IN_FOLDER, [2])])
def test_what_is_fetched_has_no_git_to_mount(tmp_path: Path, told: str, lines: list[int]) -> None:
    text = f"{COPIED}RUN cd /app && git describe > version\n"
    assert judged(tmp_path, "context/git-copied", told, text=text).lines == lines


@pytest.mark.parametrize(("told", "lines"), [(ONLY_FETCHED, []), (IN_FOLDER, [2])])
def test_an_ignore_file_would_not_be_read(tmp_path: Path, told: str, lines: list[int]) -> None:
    assert judged(tmp_path, "context/no-ignore", told, MANY).lines == lines


@pytest.mark.parametrize(("told", "severity"), [(ONLY_FETCHED, "info"), (IN_FOLDER, "error")])
def test_an_ignored_file_is_there(tmp_path: Path, told: str, severity: str) -> None:
    text = "FROM debian:12.5-slim\nCOPY app.py /app/\n"
    more = "app.py 1KB\n.dockerignore: *.py\n"
    (found,) = judged(tmp_path, "context/copy-ignored", told, more, text).found
    assert str(found.severity) == severity
    assert found.message.endswith("in a local build") == (severity == "info")


@pytest.mark.parametrize(("told", "costs"), [(ONLY_FETCHED, False), (IN_FOLDER, True)])
def test_what_tools_left_is_not_pushed(tmp_path: Path, told: str, *, costs: bool) -> None:
    more = "package.json: {}\nnode_modules/a/index.js 3MB\n"
    text = "FROM node:20.11-slim\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    (found,) = judged(tmp_path, "context/heavy-junk", told, more, text).found
    assert (found.cost is not None) == costs

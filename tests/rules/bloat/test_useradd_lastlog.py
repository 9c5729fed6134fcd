"""What `bloat/useradd-lastlog` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

if TYPE_CHECKING:
    from pathlib import Path

NODE = (
    'package.json: {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}\n'
    'package-lock.json: {"packages": {"": {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}}}\n'
    'yarn.lock: a@1:\n  version "1"\n'
)


@pytest.mark.parametrize(
    "run",
    [
        "useradd -u 123456 app",
    ],
)
def test_a_hit(run: str) -> None:
    assert lines("bloat/useradd-lastlog", f"FROM debian:12\nRUN {run}\n") == [2]


@pytest.mark.parametrize(
    "run",
    [
        "useradd -u 1000 app",
        "useradd -lmu 123456 app",
    ],
)
def test_no_hit(run: str) -> None:
    assert lines("bloat/useradd-lastlog", f"FROM debian:12\nRUN {run}\n") == []
    assert (
        lines("bloat/useradd-lastlog", f"FROM debian:12 AS build\nRUN {run}\nFROM scratch\n") == []
    )


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        ('"useradd", "-u", "999999", "x"', '"useradd", "-l", "-u", "999999", "x"'),
    ],
)
def test_a_word_that_the_fix_adds_in_exec_form(tmp_path: Path, run: str, mended: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock package-lock.json ./\nRUN [{run}]\nCMD node .\n"
    assert checked(tmp_path, "bloat/useradd-lastlog", text, NODE).fixed == text.replace(run, mended)


@pytest.mark.parametrize(("folder", "wanted"), [("web", [2]), ("e2e", []), ("dev", [])])
def test_images_that_nobody_pushes(tmp_path: Path, folder: str, wanted: list[int]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / folder).mkdir()
    text = "FROM debian:12\nRUN useradd -u 123456 app\n"
    assert checked(tmp_path / folder, "bloat/useradd-lastlog", text).lines == wanted


@pytest.mark.parametrize(
    ("readme", "wanted"),
    [
        ("# Images for tests\nThe images for the import tests\n", []),
        ("Images for import tests: docker pull example.com/shop/db\n", [2]),
        ("# Databases\n", [2]),
    ],
)
def test_images_whose_folder_is_said_to_be_for_tests(
    tmp_path: Path, readme: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "stores" / "db").mkdir(parents=True)
    (tmp_path / "stores" / "README.md").write_text(readme)
    text = "FROM debian:12\nRUN useradd -u 123456 app\n"
    assert checked(tmp_path / "stores" / "db", "bloat/useradd-lastlog", text).lines == wanted


@pytest.mark.parametrize(
    ("head", "wanted"), [("# This is\n# *not* for production!\n", []), ("# For production\n", [2])]
)
def test_an_image_that_is_said_to_stay(tmp_path: Path, head: str, wanted: list[int]) -> None:
    text = f"{head}FROM debian:12\nRUN useradd -u 123456 app\n"
    found = checked(tmp_path, "bloat/useradd-lastlog", text).lines
    assert [line - head.count("\n") for line in found] == wanted


_OF_CI = "on: push\njobs:\n  image:\n    steps:\n      - run: docker build --push -t shop/web .\n"


@pytest.mark.parametrize(
    ("remark", "workflow", "wanted"),
    [
        ("# docker build . --tag web:local", "", []),
        ("#   $ docker buildx build -t shop/web:local \\", "", []),
        ("# docker build . --tag web:latest", "", [3]),
        ("# docker build --push . --tag web:local", "", [3]),
        ("RUN docker build . --tag web:local", "", [3]),
        ("# docker build . --tag web:local", _OF_CI, [3]),
    ],
)
def test_an_image_that_a_comment_builds_for_this_machine(
    tmp_path: Path, remark: str, workflow: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "push.yml").write_text(workflow)
    text = f"FROM debian:12\n{remark}\nRUN useradd -u 123456 app\n"
    assert checked(tmp_path, "bloat/useradd-lastlog", text).lines == wanted

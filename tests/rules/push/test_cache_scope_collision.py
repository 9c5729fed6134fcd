"""Two images whose caches go to one place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

collision = partial(checked, rule="push/cache-scope-collision")
WEB = "FROM debian:12.5-slim\nCOPY main.py /web/\n"
BUILD = "docker buildx build"


def makefile(*commands: str) -> str:
    lines = "".join(f"\\n {command}" for command in commands)
    return f"api/Dockerfile: FROM debian:12.5-slim\\n\nmain.py\nMakefile: release:{lines}\\n\n"


@pytest.mark.parametrize(
    ("commands", "hit"),
    [
        ((f"{BUILD} --cache-to type=gha .", f"{BUILD} --cache-to type=gha api"), True),
        (
            (f"{BUILD} --cache-to type=gha,scope=buildkit .", f"{BUILD} --cache-to type=gha api"),
            True,
        ),
        ((f"{BUILD} --cache-to type=gha,scope=a .", f"{BUILD} --cache-to type=gha api"), False),
        ((f"{BUILD} --cache-to type=gha .", f"{BUILD} --cache-from type=gha api"), False),
        ((f"{BUILD} --cache-to type=gha .", f"{BUILD} --cache-to type=gha ."), False),
        ((f"{BUILD} --cache-to r/a:c .", f"{BUILD} --cache-to type=registry,ref=r/a:c api"), True),
        ((f"{BUILD} --cache-to r/a:c .", f"{BUILD} --cache-to r/b:c api"), False),
        ((f"{BUILD} --cache-to r/$X:c .", f"{BUILD} --cache-to r/$X:c api"), False),
        ((f"{BUILD} --cache-to type=inline .", f"{BUILD} --cache-to type=inline api"), False),
        ((f"{BUILD} .", f"{BUILD} --cache-to type=gha api"), False),
        # what a file contradicts is not known
        (
            (
                f"{BUILD} --cache-to type=gha .",
                f"{BUILD} --cache-to type=gha,scope=b .",
                f"{BUILD} --cache-to type=gha api",
            ),
            False,
        ),
    ],
)
def test_two_images_in_one_place(
    tmp_path: Path,
    commands: tuple[str, ...],
    hit: bool,  # noqa: FBT001  a column
) -> None:
    (tmp_path / ".git").mkdir()
    assert bool(collision(tmp_path, text=WEB, context=makefile(*commands)).found) is hit


def test_a_collision_names_the_other_image_and_who_builds_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    commands = (f"{BUILD} --cache-to type=gha .", f"{BUILD} --target x --cache-to type=gha api")
    [found] = collision(tmp_path, text=WEB, context=makefile(*commands)).found
    assert "also exported for `api/Dockerfile (target x)` (Makefile)" in found.message


@pytest.mark.parametrize(
    ("cache", "hit"), [("type=local,dest=/tmp/cache", False), ("type=gha", True)]
)
def test_a_folder_of_a_machine_of_ci_is_not_shared(
    tmp_path: Path, cache: str, *, hit: bool
) -> None:
    for folder in ("ci", "here"):
        (tmp_path / folder / ".git").mkdir(parents=True)
    commands = [f"{BUILD} --cache-to {cache} {each}" for each in (".", "api")]
    steps = "".join(f"\\n      - run: {each}" for each in commands)
    workflow = f".github/workflows/a.yml: jobs:\\n  a:\\n    steps:{steps}\n"
    context = f"api/Dockerfile: FROM debian:12.5-slim\\n\nmain.py\n{workflow}"
    assert bool(collision(tmp_path / "ci", text=WEB, context=context).found) is hit
    assert collision(tmp_path / "here", text=WEB, context=makefile(*commands)).found

"""Which Dockerfiles a repository has left behind."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dlint.project.forgotten import is_forgotten
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = 3
YEAR = 365 * 24 * 60 * 60
START = 1_500_000_000


def commit(root: Path, when: int, **files: str) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    made = f"{START + when} +0000"
    who = {
        f"GIT_{role}_{what}": "a@b.c"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    env = {**os.environ, **who, "GIT_AUTHOR_DATE": made, "GIT_COMMITTER_DATE": made}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "work")):
        subprocess.run(["git", *arguments], cwd=root, check=True, env=env)


def repository(root: Path, late: dict[str, str], *, years: float = 3, commits: int = 5) -> Recipes:
    """Make one whose image `tools/Dockerfile.old` is as old as it is itself, and that goes on."""
    text = "FROM debian\nRUN make\n"
    old = {"tools/Dockerfile.old": text, "tools/aid/Dockerfile": text, "Dockerfile.old": text}
    ci = "docker build -t r.example/web -f web/Dockerfile .\ndocker push r.example/web\n"
    commit(root, 0, **old, **{"web/Dockerfile": text, "build.sh": ci})
    for number in range(1, commits + 1):
        last = late if number == commits else {}
        commit(root, int(years * YEAR * number / commits), **last, **{"web/main.c": str(number)})
    return Recipes(root)


@pytest.mark.parametrize(
    ("late", "dockerfile", "forgotten"),
    [
        ({}, "tools/Dockerfile.old", True),
        ({}, "tools/aid/Dockerfile", True),
        ({}, "Dockerfile.old", False),  # at the root, users find it
        ({}, "web/Dockerfile", False),  # a recipe builds it
        ({"tools/Dockerfile.old": "FROM debian:13\n"}, "tools/Dockerfile.old", False),
        ({"ops/pipe.yml": "docker: tools/Dockerfile.old\n"}, "tools/Dockerfile.old", False),
        ({"README.md": "Docker: see Dockerfile.old\n"}, "tools/Dockerfile.old", False),
        # a script that writes a version into many files builds none of them
        ({"bump.sh": "sed -i s/1/2/ tools/Dockerfile.old\n"}, "tools/Dockerfile.old", True),
        ({"all.sh": "for f in */Dockerfile*; do docker build -f $f .; done"}, "tools/Dockerfile.old", False),
        ({"one.sh": "docker build -f tools/$1 .\n"}, "tools/Dockerfile.old", True),
        ({"one.sh": "docker build -f tools/Dockerfile.$1 .\n"}, "tools/Dockerfile.old", False),
        ({"Makefile": "%:\n\tdocker build tools/$@\n"}, "tools/aid/Dockerfile", False),
        ({"tools/aid/fly.toml": "app = 1\n"}, "tools/aid/Dockerfile", False),
    ],
)  # fmt: skip
def test_nobody_speaks_of_it_any_more(
    tmp_path: Path, late: dict[str, str], dockerfile: str, *, forgotten: bool
) -> None:
    assert is_forgotten(repository(tmp_path, late), dockerfile, COMMITS) is forgotten


@pytest.mark.parametrize(("years", "commits"), [(1, 5), (3, 1)])
def test_time_and_commits_have_to_pass(tmp_path: Path, years: float, commits: int) -> None:
    found = repository(tmp_path, {}, years=years, commits=commits)
    assert not is_forgotten(found, "tools/Dockerfile.old", COMMITS)


def test_where_nothing_is_built_nothing_is_left_behind(tmp_path: Path) -> None:
    found = repository(tmp_path, {"build.sh": "exit\n"})
    assert not is_forgotten(found, "tools/Dockerfile.old", COMMITS)


def test_a_clone_without_its_history_tells_nothing(tmp_path: Path) -> None:
    repository(tmp_path / "whole", {})
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth=4", f"file://{tmp_path}/whole", str(clone)], check=True
    )
    assert not is_forgotten(Recipes(clone), "tools/Dockerfile.old", COMMITS)

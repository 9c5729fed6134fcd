"""Which COPYs need an ignore file that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check

if TYPE_CHECKING:
    from pathlib import Path

COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"
MANY = "".join(f"src/{number}.py\n" for number in range(30))


def test_a_dockerfile_may_stand_outside_of_its_context(tmp_path: Path) -> None:
    compose = "services:\\n  a:\\n    build:\\n      context: {}\\n      dockerfile: {}"
    files = "".join(f"app/{number}.py\n" for number in range(30))
    for at, (context, dockerfile, wanted) in enumerate(
        (("app", "../Dockerfile", False), (".", "Dockerfile", True))
    ):
        folder = tmp_path / str(at)
        folder.mkdir()
        told = f"{files}.git/\ncompose.yaml: {compose.format(context, dockerfile)}\n"
        [found] = check(folder, "context/no-ignore", COPY_ALL, told)
        assert ("including the Dockerfile" in found.message) is wanted, found.message


@pytest.mark.parametrize(
    ("text", "listing", "wanted"),
    [
        (COPY_ALL, MANY, [2]),
        (COPY_ALL, "big.bin 2MB\n", [2]),
        (COPY_ALL, "a.py\n", []),  # a few small files
        (COPY_ALL, MANY + ".git/HEAD: x\n.git/objects/pack 2MB\n", []),  # context/git-copied's
        (
            COPY_ALL.replace("COPY", "# the whole repository with .git\nCOPY"),
            MANY + ".git/HEAD: x\n.git/objects/pack 2MB\n",
            [],
        ),
        # context/heavy-junk's
        (COPY_ALL + "RUN cd /app && npm ci\n", MANY + "package.json: {}\n", []),
        ("FROM scratch\nCOPY src /src\n", MANY, []),
        ("FROM scratch\nCOPY --exclude=docs . /src\n", MANY, []),
        (COPY_ALL, MANY + ".dockerignore: docs\n", []),
        (COPY_ALL, MANY + "Dockerfile.dockerignore: docs\n", []),
        (COPY_ALL + "COPY gone /x\n", MANY, []),  # not the context that it is built in
        ("FROM scratch AS a\nCOPY . /a\nFROM scratch\n", MANY, []),
    ],
)
def test_no_ignore_file(tmp_path: Path, text: str, listing: str, wanted: list[int]) -> None:
    assert [
        each.place.start.line for each in check(tmp_path, "context/no-ignore", text, listing)
    ] == wanted


@pytest.mark.parametrize("others", ["README.md changed 1\na.py changed 29", "a.py changed 30"])
def test_git_of_which_nothing_else_is_told(tmp_path: Path, others: str) -> None:
    text = "FROM debian:12 AS a\nCOPY . /app\nRUN id\nFROM scratch\nCOPY --from=a /app/a.py /\n"
    found = check(tmp_path, "context/no-ignore", text, f"{MANY}{others}\n")
    assert [each.place.start.line for each in found] == [2]
    assert not check(tmp_path, "context/git-copied", text, f"{MANY}{others}\n")
    asking = text.replace("RUN id", "WORKDIR /app\nRUN git describe > version")
    assert not check(tmp_path, "context/no-ignore", asking, f"{MANY}{others}\n")


def test_git_of_which_another_rule_tells(tmp_path: Path) -> None:
    text = "FROM debian:12 AS a\nCOPY . /app\nRUN id\nFROM scratch\nCOPY --from=a /app/a.py /\n"
    for rule, count in (("context/no-ignore", 0), ("context/git-copied", 1)):
        folder = tmp_path / str(count)
        folder.mkdir()
        listing = f"{MANY}.git/HEAD: x\n.git/objects/a 2MB\n"  # nobody knows what changes
        assert len(check(folder, rule, text, listing)) == count


def test_the_files_of_git_do_not_count(tmp_path: Path) -> None:
    text = "FROM debian:12 AS a\nCOPY . /app\nRUN id\nFROM scratch\nCOPY --from=a /app/a.py /\n"
    [found] = check(tmp_path, "context/no-ignore", text, f"{MANY}a.py changed 30\n")
    assert "takes `.git` and all 32 files of" in found.message  # and the Dockerfile


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("cp ../.dockerignore $ctx/.dockerignore 2>/dev/null", []),
        ('  ln -sf "$ROOT/.dockerignore" "$ctx"', []),
        ("rsync -a .dockerignore ${ctx}/ && echo ready", []),
        ("cp conf/prod.dockerignore .dockerignore", []),
        ("echo node_modules > .dockerignore", []),
        ("printf '%s' x | tee Dockerfile.dockerignore", []),
        ("cp .dockerignore sub/", [2]),  # of another context
        ("# cp ../.dockerignore $ctx/", [2]),
        ("rm -f .dockerignore 2>/dev/null", [2]),
        ("cp .dockerignore", [2]),
        ("cat .dockerignore", [2]),
    ],
)
def test_an_ignore_file_that_a_recipe_puts_there(
    tmp_path: Path, command: str, wanted: list[int]
) -> None:
    script = f"#!/bin/sh\\n{command}\\ndocker build -t acme/a . --push\\n"
    found = check(tmp_path, "context/no-ignore", COPY_ALL, f"{MANY}.git/\nbuild.sh: {script}\n")
    assert [each.place.start.line for each in found] == wanted


@pytest.mark.parametrize(("built", "wanted"), [("-f sub/Dockerfile sub", 1), ("$ctx", 0)])
def test_an_ignore_file_of_a_recipe_that_builds_others(
    tmp_path: Path, built: str, wanted: int
) -> None:
    other = f"cp .dockerignore $ctx/\\ndocker build {built}\\n"
    own = "build.sh: docker build -t acme/a . --push\\n\n"
    files = f"{MANY}.git/\nsub/Dockerfile: FROM scratch\nother.sh: {other}\n{own}"
    assert len(check(tmp_path, "context/no-ignore", COPY_ALL, files)) == wanted

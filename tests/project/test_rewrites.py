"""What recipes make of Dockerfiles before they build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.project.rewrites import copies_in, rewritten_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("command", "copies"),
    [
        ("sed -e 's/a/b/' Dockerfile > Dockerfile.all", {"Dockerfile.all": "Dockerfile"}),
        ("\tsed 's/^FROM/FROM --pull/' ci/Dockerfile >ci/made", {"ci/made": "ci/Dockerfile"}),
        ("envsubst < Dockerfile.in > Dockerfile", {"Dockerfile": "Dockerfile.in"}),
        ("cat Dockerfile 'Dockerfile.more' > made", {}),  # neither of them
        ("cp Dockerfile made", {"made": "Dockerfile"}),
        ("cp notes.txt made", {}),
        ("hadolint Dockerfile > report.txt", {}),
    ],
)
def test_what_is_made_of_a_dockerfile(command: str, copies: dict[str, str]) -> None:
    assert copies_in([f"{command}\n"]) == copies


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("sed -i 's/a/b/' Dockerfile", {"Dockerfile"}),
        ("sed -i.bak -e '/^FROM/,/^RUN/c\\\nFROM debian' ./Dockerfile", {"Dockerfile"}),
        ("sed 's/a/b/' Dockerfile", set[str]()),
        ("echo 'RUN make' >> ci/Dockerfile", {"ci/Dockerfile"}),
        ("echo 'RUN make' | tee -a Dockerfile", {"Dockerfile"}),
        ("yq -i '.a = 1' values.yaml && docker build -f Dockerfile .", {"values.yaml"}),
    ],
)
def test_what_a_recipe_changes(command: str, files: set[str]) -> None:
    assert files <= rewritten_in(command)
    assert ("Dockerfile" in rewritten_in(command)) is ("Dockerfile" in files)


WORKFLOW = (
    "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n"
    "          {}\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
)
EDITS = WORKFLOW.format("sed -i '/^RUN/d' Dockerfile")
TEXT = "FROM debian\nCOPY . /srv\nRUN apt-get update && apt-get install -y git\n"


@pytest.mark.parametrize(
    ("workflows", "hit"),
    [
        ([EDITS], False),
        ([WORKFLOW.format("sed -n 1p Dockerfile")], True),
        ([WORKFLOW.format("sed -i s/a/b/ other/Dockerfile")], True),
        ([EDITS, WORKFLOW.format("make")], True),  # which pushes the file as it is
        ([EDITS, WORKFLOW.format("make").replace("true", "false")], False),
    ],
)
def test_what_stands_in_a_file_that_is_edited(
    tmp_path: Path, workflows: list[str], *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "app.py").write_text("print()\n")
    for name, text in zip("ab", workflows, strict=False):
        (tmp_path / f".github/workflows/{name}.yml").write_text(text)
    for rule in ("pin/base-tag", "order/system-install-after-source"):
        assert bool(checked(tmp_path, rule=rule, text=TEXT).found) is hit
    assert checked(tmp_path, rule="bloat/pm-cache", text=TEXT).found


OWN = "cat > Dockerfile <<'E'\n          FROM debian\n          E\n          docker build -t x ."
PUSHES = WORKFLOW.format("make").partition("  image:\n")[2]


@pytest.mark.parametrize(
    ("commands", "hit"),
    [
        (OWN, True),  # the other job checks out the file of the repository
        (f"{OWN}\n          docker save x > x.tar", False),  # the other job may push that
        (f"{OWN}\n          docker push x", False),
        (OWN.replace("docker build -t x .", "make"), False),
    ],
)
def test_a_job_that_writes_a_file_for_itself(tmp_path: Path, commands: str, *, hit: bool) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    job = WORKFLOW.format(commands).partition("      - uses")[0]
    (tmp_path / ".github/workflows/a.yml").write_text(f"{job}  pushed:\n{PUSHES}")
    assert bool(checked(tmp_path, rule="pin/base-tag", text=TEXT).found) is hit


@pytest.mark.parametrize(("made", "hit"), [("Dockerfile.all", True), ("Dockerfile.other", False)])
def test_a_changed_copy_is_pushed_for_the_original(tmp_path: Path, made: str, *, hit: bool) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    workflow = WORKFLOW.format("make image").partition("      - uses")[0]
    (tmp_path / ".github/workflows/docker.yml").write_text(workflow)
    recipe = f"image:\n\tsed s/a/b/ Dockerfile > {made}\n"
    recipe += "\tdocker buildx build --push -t a/b -f Dockerfile.all .\n"
    (tmp_path / "Makefile").write_text(recipe)
    (tmp_path / "app.py").write_text("print()\n")
    text = "FROM debian:12\nRUN locale-gen a\nCOPY app.py /srv/\n"
    assert bool(checked(tmp_path, rule="push/uncached-build", text=text).found) is hit

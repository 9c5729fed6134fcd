"""The ways to push an image: in the present order, in the best one, packed anew, file by file."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, strategies as st
from past import commit, git

from dlint.config.settings import Overrides
from dlint.findings import Basis
from dlint.lint.engine import Checker, Spec, Task
from dlint.order.judges import contexts_of
from dlint.order.repacking import MOST_PARTS, Part, Ways, alike, packed, together, ways
from dlint.push.revisions import Project
from dlint.push.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlint.text.source import Source

COUNT = 4  # commits behind the first
SITE = "FROM scratch\nCOPY pages /www/pages/\nCOPY images /www/images/\n"
TOOLS = "FROM debian:12\nCOPY . /app/\nRUN apt-get update && apt-get install -y curl\n"
PYTHON = "FROM python:3.12-slim\nCOPY . /app/\nRUN pip install -r /app/requirements.txt\n"
LARGE = Random(7).randbytes(60_000)  # noqa: S311  no secret

PARTS = st.lists(st.builds(Part, st.integers(1, 999), st.integers(0, 63)), min_size=1, max_size=9)


def told(root: Path, dockerfile: str, changes: Sequence[str]) -> Ways | None:
    """Weigh an image whose first commit has all files, and each later one changes one."""
    root.mkdir(exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    first: dict[str, str | bytes | None] = {
        "Dockerfile": dockerfile,
        ".dockerignore": "Dockerfile\n.dockerignore\n.git\n",
    }
    first |= {name: name for name in ("pages/a.html", "pages/b.html", "build.sh")}
    first |= {"images/a.png": LARGE, "requirements.txt": "flask==3.0.3\n"}
    commit(root, "first", first)
    for at, name in enumerate(changes):
        commit(root, f"{at}", {name: f"{first[name]}\n# {at}\n"})
    path = root / "Dockerfile"
    checker = Checker(Spec(Overrides(isolated=True)))
    project = Project.find(path, root)
    assert project
    contexts = list(contexts_of(project, project.commits("HEAD", len(changes) + 1)))

    def model(source: Source) -> object:
        return checker.build(Task(path.as_posix(), source.encode()))

    return ways(checker.build(Task(path.as_posix())), contexts, Sizes(), model)


def test_each_way_pushes_less_than_the_one_before(tmp_path: Path) -> None:
    found = told(tmp_path, SITE, ["pages/a.html"] * COUNT)
    assert found
    assert (found.commits, found.at_least, found.basis) == (COUNT, False, Basis.MODELLED)
    # the images go up with each change of a page, unless they stand above
    assert found.now > COUNT * len(LARGE) / 2
    assert COUNT * 50 < found.ordered < 2_000
    # a page alone is a part of the layer of pages
    assert 0 < found.bound <= found.repacked < found.ordered


def test_what_an_install_makes_is_pushed_once_packed_anew(tmp_path: Path) -> None:
    found = told(tmp_path, TOOLS, ["pages/a.html"] * COUNT)
    assert found
    assert found.now > COUNT * 1_000_000
    assert found.ordered < found.now / 100
    assert found.repacked < 10_000
    assert found.bound <= found.repacked


def test_an_install_changes_with_the_files_that_it_reads(tmp_path: Path) -> None:
    quiet = told(tmp_path / "quiet", PYTHON, ["pages/a.html"] * COUNT)
    loud = told(tmp_path / "loud", PYTHON, ["requirements.txt"] * COUNT)
    assert quiet
    assert loud
    assert quiet.now > COUNT * 50_000
    assert quiet.bound < 10_000
    assert loud.bound > COUNT * 50_000


def test_too_few_commits_tell_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, SITE, ["pages/a.html"] * 2) is None


def test_what_never_changes_pushes_nothing(tmp_path: Path) -> None:
    found = told(tmp_path, SITE, ["build.sh"] * COUNT)
    assert found
    assert (found.now, found.ordered, found.repacked, found.bound) == (0, 0, 0, 0)


@given(PARTS)
def test_parts_that_change_alike_are_one(parts: list[Part]) -> None:
    found = alike(parts)
    assert len({part.commits for part in found}) == len(found)
    assert sum(part.cost for part in found) == sum(part.cost for part in parts)
    assert together(found) == together(parts)


@given(PARTS, st.integers(1, 9))
def test_nothing_is_lost_in_packing(parts: list[Part], layers: int) -> None:
    found = packed(parts, layers)
    assert len(found) <= layers
    assert together(found) == together(parts)
    cost = sum(layer.cost for layer in found)
    assert sum(part.cost for part in parts) <= cost <= together(parts).cost


def test_packing_is_bounded() -> None:
    """The most parts that are packed, no two of which are alike."""
    parts = [Part(at + 1, 1 << at % 20 | 1 << at // 10) for at in range(MOST_PARTS)]
    assert together(packed(parts, 40)) == together(parts)

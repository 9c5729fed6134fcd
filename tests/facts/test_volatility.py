"""How often something changes: a number that is carried, not one that is read out of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import tree

from dlint.context import open_worktree
from dlint.facts.volatility import (
    SOURCE,
    Changes,
    Counted,
    is_other_with_each_push,
    of_what_is_made,
    passed_change,
    share,
)
from dlint.model import Build
from dlint.project.recipes import Recipes
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("change", "wanted"),
    [(Counted(3, 12), 0.25), (SOURCE, 1.0), ("every change of v2 and 10 more", 1.0)],
)
def test_the_share_of_the_commits(change: str, wanted: float) -> None:
    assert share(change) == wanted


def test_what_is_counted_is_told_in_words() -> None:
    assert Counted(3, 12) == "3 of the last 12 commits"
    assert Counted(3, 12, "shop/web") == "3 of the last 12 commits to `shop/web/`"
    assert Counted(12, 12) == "each of the last 12 commits"


def test_of_what_is_made_the_commits_are_the_most() -> None:
    assert of_what_is_made(Counted(12, 12, "web")) == "up to 12 of the last 12 commits to `web/`"
    assert share(of_what_is_made(Counted(3, 12)) or "") == 0.25
    assert of_what_is_made(SOURCE) == SOURCE
    assert of_what_is_made(None) is None


@pytest.mark.parametrize(
    ("value", "is_other"),
    [
        ("github.sha", True),
        ("github.event.repository.updated_at", True),
        ("github.event.repository.pushed_at", True),
        ("github.event.head_commit.timestamp", True),
        ("github.event.workflow_run.head_sha", True),
        ("github.event.repository.default_branch", False),
        ("github.event.repository.name", False),
        ("github.event.workflow_run.head_branch", False),
        ("github.event.inputs.word", False),
        ("github.head_ref", False),
        ("github.base_ref", False),
        ("format('{0}-{1}', github.event.repository.name, github.sha)", True),
    ],
)
def test_what_changes_with_each_build_does_so_with_each_push(
    tmp_path: Path, value: str, *, is_other: bool
) -> None:
    workflow = (
        "on:\n  push:\n    branches: [main]\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
        f"          build-args: WORD=${{{{ {value} }}}}\n"
    )
    text = "FROM x\nARG WORD\n"
    tree(tmp_path, {".github/workflows/a.yml": workflow, "Dockerfile": text})
    context, recipes = open_worktree(tmp_path, None), Recipes(tmp_path)
    found = Build(parse(Source(str(tmp_path / "Dockerfile"), text)), context, recipes=recipes)
    assert is_other_with_each_push(found, "WORD") is is_other
    assert (passed_change(found, "WORD") is Changes.EVERY_BUILD) is is_other

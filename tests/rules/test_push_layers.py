"""Layers that are uploaded again and again, with and without git's history."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dlint.config.settings import Overrides
from dlint.errors import DlintError
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

COPY = "FROM debian:12\nCOPY app /app\n"


def check(
    folder: Path, rule: str, text: str, listing: str = "", settings: str = ""
) -> list[Diagnostic]:
    write_context(folder, listing)
    (folder / "Dockerfile").write_text(text)
    (folder / "dlint.toml").write_text(settings)
    checker = Checker(Spec(Overrides(select=(rule,))), Plugins(third_party=False).rules)
    return list(checker.check(Task((folder / "Dockerfile").as_posix())).diagnostics)


@pytest.mark.parametrize(
    ("text", "listing", "hit"),
    [
        (COPY, "app/a.py\napp/model.bin 9MB\n", True),
        (COPY, "app/a.py\napp/model.bin 7MB\n", False),
        (
            COPY,
            "app/notes.txt\napp/model.bin 9MB\n",
            False,
        ),  # nothing here changes with the project
        (COPY, "app/a.py 9MB\napp/model.bin 8MB\n", False),  # what changes is the larger part
        (COPY + "FROM scratch\n", "app/a.py\napp/model.bin 9MB\n", False),
        (COPY + "COPY gone /\n", "app/a.py\napp/model.bin 9MB\n", False),  # another context
        (
            COPY,
            "app/a.py\napp/.git/objects/pack/p.pack 9MB\n",
            False,
        ),  # context/git-copied tells of it
        ("FROM debian:12\nCOPY --from=x /app /app\n", "app/a.py\napp/model.bin 9MB\n", False),
    ],
)
def test_hot(tmp_path: Path, text: str, listing: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(check(tmp_path, "push/hot-layer", text, listing)) is hit


def test_hot_names_what_stays(tmp_path: Path) -> None:
    [found] = check(
        tmp_path, "push/hot-layer", COPY, "app/a.py 10MB\napp/b.bin 9MB\napp/c.bin 8MB\n"
    )
    assert "`app/b.bin`" in found.message


def test_git_tells_how_hot(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        names = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        subprocess.run(
            ["git", *names, "-C", str(tmp_path), *words], check=True, capture_output=True
        )

    write_context(tmp_path, "app/notes.txt\napp/model.bin 12MB\n")
    git("init", "-q")
    for number in range(12):
        (tmp_path / "app" / "notes.txt").write_text(str(number))
        git("add", "app")
        git("commit", "-qm", "x")
    [found] = check(tmp_path, "push/hot-layer", COPY)
    assert "100% of the commits" in found.message
    assert found.cost is not None
    assert found.cost.push_bytes == pytest.approx(12_000_000, rel=0.05)
    for number in range(12):
        (tmp_path / "other.txt").write_text(str(number))
        git("add", "other.txt")
        git("commit", "-qm", "x")
    assert check(tmp_path, "push/hot-layer", COPY) == []


@pytest.mark.parametrize(
    ("listing", "hit"),
    [
        ("app/a.bin 2MB\napp/b.bin 2MB\n", True),
        ("app/a.bin 4MB\n", False),
        ("app/a.bin 4MB\napp/b.bin 20kB\n", False),
        ("app/a.bin 1MB\napp/b.bin 1MB\n", False),
    ],
)
def test_too_big(tmp_path: Path, listing: str, hit: bool) -> None:  # noqa: FBT001  a column
    settings = '[push.layer-too-big]\nlimit = "3MB"\n'
    assert bool(check(tmp_path, "push/layer-too-big", COPY, listing, settings)) is hit
    assert check(tmp_path, "push/layer-too-big", COPY + "FROM scratch\n", "", settings) == []


@pytest.mark.parametrize(("rule", "option"), [("hot-layer", "budget"), ("layer-too-big", "limit")])
def test_a_size_that_is_none(tmp_path: Path, rule: str, option: str) -> None:
    with pytest.raises(DlintError, match=option):
        check(tmp_path, f"push/{rule}", COPY, "app/a.py\n", f'[push.{rule}]\n{option} = "much"\n')

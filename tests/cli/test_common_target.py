"""The target that is meant where nobody names one is what the repository pushes, in every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from house import commit
from support import tree

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = """\
jobs:
  a:
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          push: true
          target: shop
"""
DOCKERFILE = """\
FROM debian:12.5 AS shop
COPY src /srv/src
FROM shop AS tools
COPY aid /srv/aid
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tree(
        tmp_path,
        {
            "Dockerfile": DOCKERFILE,
            "src/a.txt": "a" * 5_000,
            "aid/b.txt": "b" * 5_000,
            "compose.yaml": "services:\n  all:\n    build: .\n",
            ".github/workflows/a.yml": WORKFLOW,
        },
    )
    commit(tmp_path, "first")
    (tmp_path / "src/a.txt").write_text("c" * 5_000)
    commit(tmp_path, "second")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("check",), "for target shop, a change of "),
        (("push", "--since", "HEAD~1"), "this push (target shop; "),
        (("order",), "expected push of shop ("),
        (("check", "--target", "tools"), "for target tools, a change of "),
        (("push", "compose.yaml#all", "--since", "HEAD~1"), "of 3 layers pushed"),
    ],
)
def test_each_verb_means_what_is_pushed(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], text: str
) -> None:
    assert root.is_dir()
    main(list(words))
    assert text in capsys.readouterr().out


def test_history_is_of_what_is_pushed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "aid/b.txt").write_text("d")
    commit(root, "third")
    main(["history"])
    assert "aid/b.txt" not in capsys.readouterr().out


def test_of_several_that_are_pushed_none_is_told_for_all(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = WORKFLOW[WORKFLOW.index("      - uses") :].replace("target: shop", "target: tools")
    (root / ".github/workflows/a.yml").write_text(WORKFLOW + step)
    main(["check"])
    assert "a change of " not in capsys.readouterr().out

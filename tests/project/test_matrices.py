"""Which images the rows of a workflow's matrix build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    strategy:
      matrix: {matrix}
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          push: true
          file: ${{{{ matrix.file }}}}
          platforms: ${{{{ matrix.platform }}}}
"""
BOTH = ("linux/amd64", "linux/arm64")
FILES = "[Dockerfile, web.Dockerfile]"


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        pytest.param(
            f"{{file: {FILES}, os: [a, b], exclude: [{{file: web.Dockerfile}}]}}",
            {"Dockerfile": ()},
            id="a part of what an excluded row has is enough",
        ),
        pytest.param(
            f"{{file: [Dockerfile], platform: {[*BOTH]}, exclude: [{{platform: {BOTH[1]}}}]}}",
            {"Dockerfile": BOTH[:1]},
            id="a platform",
        ),
        pytest.param(
            f"{{file: {FILES}, exclude: [{{file: web.Dockerfile}}], include: [{{file: web.Dockerfile}}]}}",
            {"Dockerfile": (), "web.Dockerfile": ()},
            id="include comes after exclude",
        ),
        pytest.param(
            f"{{file: {FILES}, exclude: [{{file: web.Dockerfile, os: a}}]}}",
            {"Dockerfile": (), "web.Dockerfile": ()},
            id="no row has the rest",
        ),
        pytest.param(
            "{release: ['1', '2'], include: [{release: '2', file: web.Dockerfile}]}",
            {"Dockerfile": (), "web.Dockerfile": ()},
            id="a row without a key has nothing for it",
        ),
        pytest.param(
            "{release: '${{ fromJSON(needs.a.outputs.b) }}',"
            " include: [{release: '2', file: web.Dockerfile}]}",
            {"web.Dockerfile": ()},
            id="nobody knows what rows that are worked out have",
        ),
        pytest.param(
            "{file: [Dockerfile], release: ['1', '2'], include: ["
            + ", ".join(f"{{release: '{n}', platform: '{','.join(BOTH)}'}}" for n in "12")
            + "]}",
            {"Dockerfile": BOTH},
            id="rows that agree",
        ),
    ],
)
def test_rows(tmp_path: Path, matrix: str, expected: dict[str, tuple[str, ...]]) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    for name in ("Dockerfile", "web.Dockerfile"):
        (tmp_path / name).write_text("FROM x\n")
    text = WORKFLOW.format(matrix=matrix)
    (tmp_path / ".github/workflows/a.yml").write_text(text)
    found = {each.dockerfile: each.platforms for each in Recipes(tmp_path).builds}
    assert found == expected

"""Where files of the context stand in a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.context import open_worktree
from dlint.facts.placed import Placed, placed
from dlint.model import Build
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlint.model.build import Step
    from dlint.syntax import Transfer

FILES = ("package.json", "api/package.json", "lib/a.js")


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        ("COPY package.json /app/", {"/app/package.json": "package.json"}),
        ("COPY api/package.json /app/", {"/app/package.json": "api/package.json"}),
        ("COPY package.json /app/\nCOPY api/ /app/", {"/app/package.json": "api/package.json"}),
        ("COPY --from=first /src/package.json /app/", {"/app/package.json": "package.json"}),
        ("COPY --from=first /src/package.json /app/p.json", {"/app/p.json": "package.json"}),
        (
            "WORKDIR /app\nCOPY --from=first /src/package.json .",
            {"/app/package.json": "package.json"},
        ),
        ("WORKDIR /app\nCOPY --from=first /src/api ./", {"/app/package.json": "api/package.json"}),
        (
            "COPY --from=first /src/package.json /src/lib/a.js /app/",
            {"/app/package.json": "package.json", "/app/a.js": "lib/a.js"},
        ),
        ("COPY --from=second /all/lib /app", {"/app/a.js": "lib/a.js"}),
        ("COPY --from=first /src/pack*.json /app/", {"/app/package.json": "package.json"}),
        ("COPY --from=first /src/*i /app/", {"/app/package.json": "api/package.json"}),
        ("COPY --from=first /usr/bin/node /app/", {}),
        ("COPY --from=$WHERE /src /app", {}),
    ],
)
def test_files_stand_where_instructions_put_them(
    tmp_path: Path, lines: str, places: dict[str, str]
) -> None:
    found = look(tmp_path, f"{lines}\nRUN true")
    assert found == places


def test_mounts_count_for_their_own_run(tmp_path: Path) -> None:
    mount = "RUN --mount=type=bind,source=api/package.json,target=/m.json true"
    assert look(tmp_path, mount) == {"/m.json": "api/package.json"}
    assert look(tmp_path, f"{mount}\nRUN true") == {}


def test_what_is_copied_later_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought: list[int] = []
    usual = Placed.brought

    def noted(self: Placed, step: Step, transfer: Transfer) -> Mapping[str, str]:
        brought.append(transfer.line)
        return usual(self, step, transfer)

    monkeypatch.setattr(Placed, "brought", noted)
    (tmp_path / "a").touch()
    text = "FROM alpine\nCOPY a /a\nRUN one\nCOPY . /all\nRUN two\n"
    build = Build(parse(Source("Dockerfile", text)), open_worktree(tmp_path, None))
    one, two = (step for step in build.steps(build.stages[0]) if isinstance(step.instruction, Run))
    known = build.fact(placed)
    known.before(one)
    assert brought == [2]
    known.before(two)
    assert brought == [2, 4]


def look(root: Path, lines: str) -> dict[str, str]:
    """Return what stands at the last RUN of a stage on top of two others."""
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")
    text = f"FROM node AS first\nCOPY . /src\nFROM node AS second\nCOPY --from=first /src /all\nFROM node\n{lines}\n"
    build = Build(parse(Source("Dockerfile", text)), open_worktree(root, None))
    step = [each for each in build.steps(build.stages[-1]) if isinstance(each.instruction, Run)][-1]
    return dict(build.fact(placed).before(step))

"""What recipes start that CI starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes
from dlint.project.started import Startable, Started

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = """\
on: push
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/login-action@v3
      - run: {}
"""
PUSH = "docker buildx build --push -t our/web ."
TASKFILE = f"tasks:\n  push: {PUSH}\n"


@pytest.mark.parametrize(
    ("call", "files"),
    [
        ("make push", {"Makefile": "push:\n\ttask push\n", "Taskfile.yml": TASKFILE}),
        ("make push", {"Makefile": "push:\n\tjust push\n", "justfile": f"push:\n  {PUSH}\n"}),
        (
            "task all",
            {"Makefile": f"push:\n\t{PUSH}\n", "Taskfile.yml": "tasks: {all: make push}\n"},
        ),
        ("just all", {"Taskfile.yml": TASKFILE, "justfile": "all:\n  task push\n"}),
        ("ci/a.sh", {"ci/a.sh": "# docker\nmake push\n", "Makefile": f"push:\n\t{PUSH}\n"}),
        ("ci/a.sh", {"ci/a.sh": "# docker\ntask push\n", "Taskfile.yml": TASKFILE}),
        (
            "make a",
            {"Makefile": f"a:\n\tci/a.sh\npush:\n\t{PUSH}\n", "ci/a.sh": "# docker\nmake push\n"},
        ),
    ],
)
def test_one_in_another(tmp_path: Path, call: str, files: dict[str, str]) -> None:
    told = {"Dockerfile": "FROM x\n", ".github/workflows/a.yml": WORKFLOW.format(call), **files}
    for path, text in told.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    own = [each for each in Recipes(tmp_path).builds if each.path.startswith(".github")]
    assert [(each.delivery.pushes, each.delivery.cold) for each in own] == [(True, "machine")]


def test_recipes_that_start_each_other_for_ever() -> None:
    lines = "".join(f"\tmake all N={at}\n\ttask all N={at}\n" for at in range(100))
    tasks = "".join(f"    - make all N={at}\n" for at in range(100))
    own = Startable(
        makefiles={"Makefile": f"all:\n{lines}\tdocker push a/b\n"},
        taskfiles={"Taskfile.yml": f"tasks:\n  all:\n{tasks}"},
        scripts={"a.sh": "# docker\n./a.sh\nsh ./a.sh\nmake all\n"},
    )
    assert "docker push a/b" in Started(own).read("./a.sh\nmake all\n", ".")

"""Which folders order/unneeded-run-inputs takes for not read by a build."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/unneeded-run-inputs")

BACK = "".join(f"server/{n}.py 1kB\n" for n in range(12))
FRONT = "package.json: {}\nclient/a.ts 1kB\nclient/b.css 1kB\n"


@pytest.mark.parametrize(
    ("context", "run", "lines"),
    [
        (FRONT + BACK, "npm run build", [3]),
        (FRONT + BACK, "npm run build && python3 server/1.py", []),
        (FRONT + BACK, "npm run build -- --base server", []),
        # Tailwind 4 looks for classes in all files
        (
            FRONT.replace("{}", '{"devDependencies": {"tailwindcss": "^4.1"}}') + BACK,
            "npm run build",
            [],
        ),
        (
            FRONT.replace("{}", '{"devDependencies": {"tailwindcss": "^3.4"}}') + BACK,
            "npm run build",
            [3],
        ),
        (
            FRONT.replace("{}", '{"scripts": {"build": "cp server/x ."}}') + BACK,
            "npm run build",
            [],
        ),
        (FRONT, "npm run build", []),
        (FRONT + BACK, "chown -R node /app", []),
        (FRONT + "".join(f"helm/{n}.yaml 1kB\n" for n in range(12)), "make build", [3]),
        (FRONT + "".join(f".github/{n}.yaml 1kB\n" for n in range(12)), "make build", [3]),
        (FRONT + "".join(f"ci/{n}.yaml 1kB\n" for n in range(12)), "make build", [3]),
        (FRONT + "".join(f"sci/{n}.yaml 1kB\n" for n in range(12)), "make build", []),
        # a part of another word names no folder; a path does
        (FRONT + BACK, "npm run build:myserver", [3]),
        (FRONT + BACK, "npm run build -- --out=./server/static", []),
    ],
)
def test_builds_below_more_than_they_read(
    tmp_path: Path, context: str, run: str, lines: list[int]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    assert check(tmp_path, text=text, context=context).lines == lines


GIT = ".git/HEAD: ref: refs/heads/main\n.git/objects/pack/a.pack 2MB\n"
DOCS = "".join(f"docs/{n}.md 1kB\n" for n in range(12))
SCM = 'pyproject.toml: [tool.hatch.version]\\nsource = "vcs"\n'
PLAIN = 'pyproject.toml: [project]\\nname = "a"\n'


@pytest.mark.parametrize("run", ["pixi install -e test", "hatch build"])
@pytest.mark.parametrize(
    ("files", "lines"),
    [(GIT + SCM, []), (SCM, [3]), (GIT + PLAIN, [3]), (f"{GIT}.dockerignore: .git\n{SCM}", [3])],
)
def test_a_version_of_git_is_one_of_the_whole_work_tree(
    tmp_path: Path, run: str, files: str, lines: list[int]
) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    assert check(tmp_path, text=text, context=f"{DOCS}a/b.py 1kB\n{files}").lines == lines

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

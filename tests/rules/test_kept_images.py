"""What is said of an image that CI does not build and Compose builds for whoever works there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

NODE = (
    'package.json: {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}\n'
    "package-lock.json: {}\n"
)
KEPT = (
    ".git/HEAD: x\ncompose.yaml: services:\\n  web:\\n    build: .\\n\n"
    ".github/workflows/a.yml: on: push\\njobs:\\n  a:\\n    steps:\\n      - run: make test\\n\n"
)
IDLE = KEPT.replace("build: .", "image: redis:7")


def test_what_the_image_at_the_root_weighs_is_an_info(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN apt-get update && apt-get install -y tini\n"
    [found] = checked(tmp_path, "bloat/pm-cache", text, KEPT).found
    assert found.severity.name == "INFO"
    assert found.cost is not None
    assert found.cost.image_bytes
    assert found.cost.push_bytes is None


@pytest.mark.parametrize(
    ("rule", "text", "context"),
    [
        (
            "bloat/dev-deps-shipped",
            'FROM node:22\nCOPY . .\nRUN npm ci\nCMD ["node", "."]\n',
            NODE,
        ),
        ("stage/test-in-chain", "FROM python:3.12\nCOPY a /a/\nRUN pytest -q\n", "a/x 3kB\n"),
        ("order/base-copy-mode-bits", "FROM debian:12\nCOPY a /a/\n", "a/x 9kB mode 664\n"),
        ("order/link-copy", "FROM debian:12\nRUN make\nCOPY a /opt/app/a\n", "a/x 3kB\n"),
    ],
)
def test_what_only_pushes_cost_is_not_told(
    tmp_path: Path, rule: str, text: str, context: str
) -> None:
    for around, is_told in ((IDLE, True), (KEPT, False)):
        folder = tmp_path / str(is_told)
        folder.mkdir()
        assert bool(checked(folder, rule, text, context + around).found) is is_told

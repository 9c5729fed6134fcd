"""What is told of an image that CI only tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check

if TYPE_CHECKING:
    from pathlib import Path

STEP = (
    "on: push\\njobs:\\n  a:\\n    runs-on: ubuntu-latest\\n    steps:\\n"
    "      - uses: docker/build-push-action@v6\\n"
    "        with: {{context: ., file: {}, tags: shop/{}, {}: true}}\\n"
)
SMALL = "FROM node:22.3.0\nRUN npm install -g serve@14.2.4\n"
LARGE = "FROM debian:12.5\nCOPY big.bin /a/\nRUN chown -R www-data /a\n"
MANY = "".join(f"src/{number}.py\n" for number in range(30))


@pytest.mark.parametrize(
    ("rule", "text", "does", "told"),
    [
        ("bloat/pm-cache", SMALL, ("load", "push"), 0),
        ("bloat/pm-cache", SMALL, ("push", "push"), 1),
        ("bloat/pm-cache", SMALL, ("load", "load"), 1),  # a product may be pushed from elsewhere
        ("bloat/metadata-copy-up", LARGE, ("load", "push"), 1),
        ("pin/unlocked-package", SMALL.replace("@14.2.4", ""), ("load", "push"), 1),
        ("context/no-ignore", "FROM debian:12.5\nCOPY . /a\n", ("load", "push"), 0),
        ("context/no-ignore", "FROM debian:12.5\nCOPY . /a\n", ("push", "push"), 1),
    ],
)
def test_few_bytes_are_not_worth_a_line_there(
    tmp_path: Path, rule: str, text: str, does: tuple[str, str], told: int
) -> None:
    workflows = {
        "a": STEP.format("Dockerfile", "aid", does[0]),
        "b": STEP.format("web.Dockerfile", "web", does[1]),
    }
    listing = f"big.bin 20MB\n{MANY}.git/\nweb.Dockerfile: FROM scratch\n" + "".join(
        f".github/workflows/{name}.yml: {each}\n" for name, each in workflows.items()
    )
    assert len(check(tmp_path, rule, text, listing)) == told

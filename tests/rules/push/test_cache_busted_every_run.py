"""A cache that is exported, and no build can use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

busted = partial(checked, rule="push/cache-busted-every-run")
BUILD = "docker buildx build"
PASSED = f"{BUILD} --cache-to r.test/shop:cache --build-arg GIT_SHA=$(git rev-parse HEAD) ."
EARLY = "ARG GIT_SHA\nRUN make\n"


@pytest.mark.parametrize(
    ("text", "command", "lines"),
    [
        (f"FROM debian\n{EARLY}", PASSED, [2]),
        (f"FROM debian\n{EARLY}", f"{BUILD} --build-arg GIT_SHA=$(git rev-parse HEAD) .", []),
        (f"FROM debian\nRUN make\n{EARLY}", PASSED, []),
        # a name that tells nothing may be passed anew on purpose alone
        (
            "FROM debian\nARG REFRESH=local\nRUN make\n",
            f"{BUILD} --cache-to r.test/shop:cache --build-arg REFRESH=$GITHUB_RUN_ID .",
            [],
        ),
        (f"FROM debian\nCOPY main.py /\n{EARLY}", PASSED, []),
        ("FROM debian\nARG VERSION=1\nRUN make\n", PASSED, []),
        # each stage that is built counts, but for what a stage takes from another
        (f"FROM debian AS a\n{EARLY}FROM debian\nCOPY --from=a /x /x\n", PASSED, [2]),
        (f"FROM debian AS a\n{EARLY}FROM debian\nRUN make\nCOPY --from=a /x /x\n", PASSED, []),
        (f"FROM debian AS a\nRUN make\nFROM debian\n{EARLY}", PASSED, [4]),
        ("FROM debian\nCOPY .git /git\nRUN make\n", PASSED, [2]),
    ],
)
def test_nothing_that_a_cache_could_give(
    tmp_path: Path, text: str, command: str, lines: list[int]
) -> None:
    context = f".git/HEAD: ref: refs/heads/main\\n\nmain.py\nMakefile: release:\\n {command}\\n\n"
    assert busted(tmp_path, text=text, context=context).lines == lines

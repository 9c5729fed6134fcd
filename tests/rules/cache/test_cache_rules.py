"""Build caches that go over the network, as the repository's own files export them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

collision = partial(checked, rule="cache/scope-collision")
busted = partial(checked, rule="cache/busted-every-run")
larger = partial(checked, rule="cache/export-larger-than-build")
WEB = "FROM debian:12.5-slim\nCOPY main.py /web/\n"
BUILD = "docker buildx build"


def makefile(*commands: str) -> str:
    lines = "".join(f"\\n {command}" for command in commands)
    return f"api/Dockerfile: FROM debian:12.5-slim\\n\nmain.py\nMakefile: release:{lines}\\n\n"


@pytest.mark.parametrize(
    ("commands", "hit"),
    [
        ((f"{BUILD} --cache-to type=gha .", f"{BUILD} --cache-to type=gha api"), True),
        (
            (f"{BUILD} --cache-to type=gha,scope=buildkit .", f"{BUILD} --cache-to type=gha api"),
            True,
        ),
        ((f"{BUILD} --cache-to type=gha,scope=a .", f"{BUILD} --cache-to type=gha api"), False),
        ((f"{BUILD} --cache-to type=gha .", f"{BUILD} --cache-from type=gha api"), False),
        ((f"{BUILD} --cache-to type=gha .", f"{BUILD} --cache-to type=gha ."), False),
        ((f"{BUILD} --cache-to r/a:c .", f"{BUILD} --cache-to type=registry,ref=r/a:c api"), True),
        ((f"{BUILD} --cache-to r/a:c .", f"{BUILD} --cache-to r/b:c api"), False),
        ((f"{BUILD} --cache-to r/$X:c .", f"{BUILD} --cache-to r/$X:c api"), False),
        ((f"{BUILD} --cache-to type=inline .", f"{BUILD} --cache-to type=inline api"), False),
        ((f"{BUILD} .", f"{BUILD} --cache-to type=gha api"), False),
        # what a file contradicts is not known
        (
            (
                f"{BUILD} --cache-to type=gha .",
                f"{BUILD} --cache-to type=gha,scope=b .",
                f"{BUILD} --cache-to type=gha api",
            ),
            False,
        ),
    ],
)
def test_two_images_in_one_place(
    tmp_path: Path,
    commands: tuple[str, ...],
    hit: bool,  # noqa: FBT001  a column
) -> None:
    (tmp_path / ".git").mkdir()
    assert bool(collision(tmp_path, text=WEB, context=makefile(*commands)).found) is hit


def test_a_collision_names_the_other_image_and_who_builds_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    commands = (f"{BUILD} --cache-to type=gha .", f"{BUILD} --target x --cache-to type=gha api")
    [found] = collision(tmp_path, text=WEB, context=makefile(*commands)).found
    assert "also exported for `api/Dockerfile (target x)` (Makefile)" in found.message


PASSED = f"{BUILD} --cache-to type=gha --build-arg GIT_SHA=$(git rev-parse HEAD) ."
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
            f"{BUILD} --cache-to type=gha --build-arg REFRESH=$GITHUB_RUN_ID .",
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
    context = f".git/HEAD: ref: refs/heads/main\\n\n{makefile(command)}"
    assert busted(tmp_path, text=text, context=context).lines == lines


MORE = "FROM debian AS a\nCOPY big.bin /\nFROM debian\nCOPY main.bin /main.bin\nCOPY --from=a /big.bin.sum /\n"


@pytest.mark.parametrize(
    ("sizes", "mode", "hit"),
    [
        ((9, 1), "max", True),
        ((9, 1), "min", False),
        ((3, 5), "max", False),
    ],
)
def test_more_of_other_stages_than_of_the_image(
    tmp_path: Path,
    sizes: tuple[int, int],
    mode: str,
    hit: bool,  # noqa: FBT001  a column
) -> None:
    (tmp_path / ".git").mkdir()
    command = f"{BUILD} --cache-to type=gha,mode={mode} ."
    context = f"big.bin {sizes[0]}MB\nmain.bin {sizes[1]}MB\n{makefile(command)}"
    text = MORE.replace("COPY --from=a /big.bin.sum /\n", "RUN --mount=from=a true\n")
    found = larger(tmp_path, text=text, context=context).messages
    assert bool(found) is hit
    if hit:
        assert "has 9 MB of stages that do not ship, and 1 MB of the image" in found[0]


def test_an_image_of_unknown_size_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    command = f"{BUILD} --cache-to type=gha,mode=max ."
    context = f"big.bin 9MB\nmain.bin 1MB\n{makefile(command)}"
    assert not larger(tmp_path, text=f"{MORE}RUN make\n", context=context).found

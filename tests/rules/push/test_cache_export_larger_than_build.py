"""A cache that holds more of other stages than of the image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

larger = partial(checked, rule="push/cache-export-larger-than-build")
BUILD = "docker buildx build"
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
    command = f"{BUILD} --cache-to type=registry,ref=r.test/shop:cache,mode={mode} ."
    context = f"big.bin {sizes[0]}MB\nmain.bin {sizes[1]}MB\nMakefile: release:\\n {command}\\n\n"
    text = MORE.replace("COPY --from=a /big.bin.sum /\n", "RUN --mount=from=a true\n")
    found = larger(tmp_path, text=text, context=context).messages
    assert bool(found) is hit
    if hit:
        assert "has 9 MB of stages that do not ship, and 1 MB of the image" in found[0]


def test_an_image_of_unknown_size_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    command = f"{BUILD} --cache-to type=registry,ref=r.test/shop:cache,mode=max ."
    context = f"big.bin 9MB\nmain.bin 1MB\nMakefile: release:\\n {command}\\n\n"
    assert not larger(tmp_path, text=f"{MORE}RUN make\n", context=context).found

"""Which layers push/layer-too-big would have in parts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.errors import DlintError

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="push/layer-too-big")

COPY = "FROM debian:12\nCOPY app /app\n"


@pytest.mark.parametrize(
    ("listing", "hit"),
    [
        ("app/a.bin 2MB\napp/b.bin 2MB\n", True),
        ("app/a.bin 4MB\n", False),
        ("app/a.bin 4MB\napp/b.bin 20kB\n", False),
        ("app/a.bin 1MB\napp/b.bin 1MB\n", False),
    ],
)
def test_too_big(tmp_path: Path, listing: str, hit: bool) -> None:  # noqa: FBT001  a column
    config = '[push.layer-too-big]\nlimit = "3MB"\n'
    assert bool(check(tmp_path, text=COPY, context=listing, config=config).found) is hit
    unused = COPY + "FROM scratch\n"
    assert check(tmp_path, text=unused, context=listing, config=config).found == []


def test_a_size_that_is_none(tmp_path: Path) -> None:
    config = '[push.layer-too-big]\nlimit = "much"\n'
    with pytest.raises(DlintError, match="limit"):
        _ = check(tmp_path, text=COPY, context="app/a.py\n", config=config).found

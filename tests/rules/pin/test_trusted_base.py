"""Which images the configuration covers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from checked import checked

if TYPE_CHECKING:
    from pathlib import Path


def test_trust_is_by_registry_or_by_name(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/trusted-base")
    images = (
        "debian:12",
        "registry.example.com/a/b:1",
        "ghcr.io/a/golden/b:1",
        "ghcr.io/a/b:1",
        "$X",
    )
    text = "".join(f"FROM {each} AS s{at}\nRUN make\n" for at, each in enumerate(images))
    assert check(tmp_path, text=text).lines == []
    config = '[pin.trusted-base]\nregistries = ["*.example.com"]\nimages = ["docker.io/library/*", "ghcr.io/a/golden/*"]\n'
    assert check(tmp_path, text=text, config=config).lines == [7]

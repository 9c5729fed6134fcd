"""Which registries are asked over plain HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_plain_http_is_what_the_configuration_says(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/insecure-registry")
    text = f"FROM registry.local:5000/a:1 AS a\nFROM registry.local:5000/a:1@{DIGEST} AS b\nFROM debian:12\nCOPY --from=a /a /a\nCOPY --from=b /b /b\n"
    assert check(tmp_path, text=text).lines == []
    assert check(
        tmp_path, text=text, config='insecure-registries = ["registry.local"]\n'
    ).lines == [1]
    assert (
        check(tmp_path, text=text, config='insecure-registries = ["registry.local:5001"]\n').lines
        == []
    )
    own = '[pin.insecure-registry]\ninsecure-registries = ["registry.local"]\n'
    assert check(tmp_path, text=text, config=own).lines == [1]

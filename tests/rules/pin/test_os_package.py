"""Which packages of the distribution no version fixes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from checked import checked

if TYPE_CHECKING:
    from pathlib import Path


def test_os_packages_on_a_pinned_base(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/os-package")
    run = "RUN apt-get update && apt-get install -y tini curl=8.1 ./a.deb $MORE\n"
    assert check(tmp_path, text=f"FROM debian:12\n{run}").lines == [2]
    assert "`tini` is not pinned" in check(tmp_path, text=f"FROM debian:12\n{run}").messages[0]
    assert check(tmp_path, text=f"FROM debian:12@sha256:{'0' * 64} AS a\nFROM a\n{run}").lines == []

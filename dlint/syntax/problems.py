"""What BuildKit refuses in an instruction, or what cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.syntax.instructions import Dockerfile, Problem


def problems_of(dockerfile: Dockerfile) -> Iterator[Problem]:
    """Yield the problems of all instructions."""
    yield from ()

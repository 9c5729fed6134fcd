"""What a test does where the machine lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from .need import REQUIRED, MissingError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def require(start: Callable[[], T]) -> T:
    """Return what start returns, or skip: what the machine lacks is a failure where it is
    required.
    """
    try:
        return start()
    except MissingError as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))

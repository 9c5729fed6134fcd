"""What a COPY writes, by its paths."""

from __future__ import annotations

import pytest

from dlint.bytes.landed import Landed, Landing
from dlint.context.base import Entry


@pytest.mark.parametrize(
    ("path", "meets"),
    [
        ("app/a", True),
        ("app/sub", True),
        ("app/b", False),
        ("app", False),
        ("a", False),
        ("app/sub/c", False),
    ],
)
def test_a_part_meets_a_path_that_it_holds(path: str, meets: bool) -> None:  # noqa: FBT001  a column
    part = Landing(Landed(each, Entry(each, "file")) for each in ("app/a", "app/sub", "top"))
    assert part.meets({path}, {path.rpartition("/")[0]}) is meets
    assert part.meets({path}, set()) is False

"""What a COPY writes, by its paths."""

from __future__ import annotations

import pytest

from dlint.bytes.landed import Landed, Landing
from dlint.bytes.selection import Selection
from dlint.context.base import EmptyContext, Entry


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
    parts = [
        Landing(Landed(each, Entry(each, "file")) for each in paths)
        for paths in (("other",), ("app/a", "app/sub", "top"))
    ]
    found = Selection(EmptyContext(), landings=tuple(parts))
    assert found.holding({path}, {path.rpartition("/")[0]}) == ([1] if meets else [])
    assert found.holding({path}, set()) == []

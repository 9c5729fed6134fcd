"""What there is more of takes more in proportion: benchmarks/growth.py at small sizes, by calls of
functions, which are the same on every machine; a newer Python makes fewer of them.
"""

from __future__ import annotations

import re
import sys

import pytest
from house import PROJECT

sys.path.insert(0, str(PROJECT / "benchmarks"))

from growth import CONTEXTS, KINDS, counted, make_checker  # type: ignore[import-not-found]

MOST = 1.1
SMALLEST = 20
# What grows faster, and why; benchmarks/growth.md has what the largest takes.
FASTER = {
    # at these sizes; 1.02 from 100 to 200 of each
    "COPYs, and a chown of all each": (
        1.27,
        "each chown of all stores again what each COPY stored",
    ),
    "COPYs of all, and pip install": (1.13, "each install is held against all COPYs above it"),
    "go mod download and go build in each": (1.15, "each download is looked for above each build"),
}


@pytest.fixture(scope="module")
def checker():
    # `re` keeps 512 patterns: those of other tests would push out some in the middle of a count
    re.purge()
    return make_checker()


@pytest.mark.parametrize("kind", [*KINDS, *CONTEXTS])
def test_work_grows_with_the_file(checker, kind: str) -> None:
    most, _ = FASTER.get(kind, (MOST, ""))
    found = counted(checker, kind, SMALLEST)
    assert found.exponent <= most, found.calls


@pytest.mark.parametrize(
    "kind", ["pip install below a build date", "npm ci in folders, and COPYs of each"]
)
def test_what_stands_above_is_not_looked_through_by_each(checker, kind: str) -> None:
    found = counted(checker, kind, 50)  # a few of each hide it
    assert found.exponent <= 1.05, found.calls

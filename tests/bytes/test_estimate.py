"""What many files come to is worked out once, and of each context by itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from house import commit
from support import tree

from dlint.bytes import estimate
from dlint.bytes.copying import select
from dlint.context import open_revision
from dlint.context.repositories import find_repository

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_many_files_of_each_commit_have_their_own_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlint.bytes.estimate.MANY", 2)
    sizes = []
    for size in (100, 10_000):
        tree(tmp_path, {f"src/{name}": os.urandom(size).hex() for name in "abc"})
        commit(tmp_path)
    repository = find_repository(tmp_path)
    assert repository
    for revision in ("HEAD~1", "HEAD"):
        context = open_revision(repository, repository.resolve(revision), "src")
        first, second = (select(context, ["."], place, workdir="/") for place in ("/a", "/b"))
        sizes.append(estimate.packed(first))
        assert estimate.packed(second) == sizes[-1]  # of another place, weighed with it
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[1] > 10 * sizes[0]
    repository.close()

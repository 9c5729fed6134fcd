"""What the tests of histories begin with."""

from __future__ import annotations

import pytest
from past import git


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return an empty repository, the working directory, and keep what dlint keeps beside it."""
    monkeypatch.setenv("DLINT_CACHE_DIR", str(tmp_path / "cache"))
    place = tmp_path / "project"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    monkeypatch.chdir(place)
    return place

"""Fleets for tests: clones with a past, and the answers that a run writes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.dataset as ds
from past import commit, git

from dlint.config.settings import Overrides
from dlint.fleet.job import Job

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-01-31"
DOCKERFILE = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCOPY . /app\n"


def job(out: Path, **told: Any) -> Job:
    return Job(str(out), DAY, Overrides(isolated=True), **{"commits": 2, **told})


def clones(folder: Path, count: int) -> list[Path]:
    """Make clones of two commits each."""
    return [clone(folder / f"team/app{number}", f"{number}") for number in range(count)]


def clone(root: Path, text: str = "1", dockerfile: str = DOCKERFILE) -> Path:
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    commit(root, "first", {"Dockerfile": dockerfile, "app.txt": text})
    commit(root, "second", {"app.txt": f"{text}, changed"})
    return root


def stored(out: Path, table: str = "images") -> list[dict[str, Any]]:
    """Return all rows of a folder of answers, in an order of their own."""
    rows = ds.dataset(str(out / table), partitioning="hive").to_table().to_pylist()
    return sorted(rows, key=repr)


def files(out: Path) -> dict[str, int]:
    """Return the files of the rows, and when each was written."""
    found = (out / "images").rglob("*.parquet")
    return {path.name: path.stat().st_mtime_ns for path in found}

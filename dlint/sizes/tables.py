"""The tables that come along: one SQLite file, opened read-only when the first question is asked.

`package` holds the indexes in blocks of some hundred lines, compressed by zlib and sorted by name,
so that a lookup reads one block. `fact` holds single figures that were measured, `base` the images
of ../facts, `source` where all of it came from and of which day. The scripts in tools/sizes write
it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.text.lazy import lazy
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import sqlite3

PATH = Path(__file__).with_name("tables.sqlite")
SCHEMA = """
CREATE TABLE source (name TEXT PRIMARY KEY, day TEXT NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fact (name TEXT NOT NULL, release TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (name, release)) WITHOUT ROWID;
CREATE TABLE package (release TEXT NOT NULL, first TEXT NOT NULL, lines BLOB NOT NULL,
    PRIMARY KEY (release, first));
CREATE TABLE base (image TEXT NOT NULL, tag TEXT NOT NULL, day TEXT NOT NULL, bytes INTEGER NOT NULL,
    layers TEXT NOT NULL, distribution TEXT NOT NULL, release TEXT NOT NULL, slim INTEGER NOT NULL,
    PRIMARY KEY (image, tag)) WITHOUT ROWID;
"""  # noqa: E501  its lines are shown as they are


class Source(NamedTuple):
    """Where a part of the tables comes from: its day (ISO) and what it was made of."""

    name: str
    day: str
    text: str


class Tables:
    """The tables of one file."""

    def __init__(self, path: Path = PATH) -> None:
        """Take the file's path; nothing is opened yet. Any lookup raises FileNotFoundError where
        there is none.
        """
        self._path = path
        self._open: sqlite3.Connection | None = None

    @property
    def connection(self) -> sqlite3.Connection:
        """The open file, which nobody can write to."""
        if self._open is None:
            import sqlite3

            if not self._path.is_file():
                raise FileNotFoundError(self._path)
            self._open = sqlite3.connect(
                f"{self._path.as_uri()}?immutable=1", uri=True, check_same_thread=False
            )
        return self._open

    def source(self, name: str) -> Source:
        """Return where a part comes from. Raises KeyError where there is no such part."""
        row = self.connection.execute(
            "SELECT name, day, text FROM source WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            raise KeyError(name)
        return Source(*row)

    def fact(self, name: str, release: str = "") -> float | None:
        """Return a figure that was measured, for a release or for all; None where it was not."""
        return self._facts.get((name, release))

    @lazy
    def _facts(self) -> dict[tuple[str, str], float]:
        """All figures: a few dozen, which are asked for with each package."""
        rows = self.connection.execute("SELECT name, release, value FROM fact")
        return {(name, release): value for name, release, value in rows}


@cache
def tables() -> Tables:
    """Return the tables that come along with dlint."""
    return Tables()

"""The answers as SQL sees them: DuckDB over the Parquet files, which nothing in a query can leave.

pyarrow reads the files; DuckDB itself may open none, nor any connection: its settings are locked
before the first query. The views are a promise, as the columns are; `docs/fleet.md` lists them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.fleet.store import IMAGES, RUNS, Store
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

# What a statement may be: all of them leave the answers as they are.
READING = ("SELECT", "EXPLAIN")
LOCKED = (
    "SET python_enable_replacements = false",  # no variable of this process is a table
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
VIEWS_FILE = Path(__file__).with_name("views.sql")
VIEWS = {
    "answers": "every row of every run, each once",
    "runs": "what each run saw in each repository",
    "images": "the images as the last run saw them",
    "images_at(moment)": "the images as the last run before a moment saw them",
    "layers": "the layers of `images`, one a row, with their `number` from the base up",
    "findings": "the findings of `images`, one a row",
    "savings": (
        "what a better order and repacking would save of the pushes of `images`, in bytes of all"
        " `commits`"
    ),
    "bases": "the bases of `images`: how many images and repositories stand on each",
    "failures": "repositories for which the last run has no answer",
}


class Table(NamedTuple):
    """What a query gives: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Answers:
    """A folder of answers, open to be asked."""

    def __init__(self, address: str) -> None:
        """Raise DlintError where the folder holds none."""
        import duckdb

        store = Store(address)
        self._database = duckdb.connect(":memory:")
        self._database.register("stored_images", store.dataset(IMAGES))
        self._database.register("stored_runs", store.dataset(RUNS))
        self._database.execute("SET TimeZone = 'UTC'")
        self._database.execute(VIEWS_FILE.read_text(encoding="utf-8"))
        for setting in LOCKED:
            self._database.execute(setting)

    def keep(self, *views: str) -> None:
        """Read views once, for many questions: they become tables in memory."""
        for view in views:
            self._database.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {view}")  # noqa: S608  ours
            self._database.execute(f"DROP VIEW {view}")
            self._database.execute(f"ALTER TABLE kept RENAME TO {view}")

    def define(self, sql: str) -> None:
        """Run statements of our own."""
        self._database.execute(sql)

    def ask(self, sql: str, values: Mapping[str, object] | None = None) -> Table:
        """Return what a query of our own gives."""
        return _table(self._database.execute(sql, dict(values or {})))

    def query(self, sql: str) -> Table:
        """Return what a user's query gives. Raises DlintError where it is wrong, or is no query."""
        import duckdb

        try:
            statements = self._database.extract_statements(sql)
            if [each.type.name in READING for each in statements] != [True]:
                raise DlintError("a query is one SELECT", "dlint fleet query --help")
            return _table(self._database.execute(statements[0]))
        except duckdb.Error as error:
            raise DlintError(
                f"the query failed: {error}", f"there are {', '.join(VIEWS)}"
            ) from None


def _table(found: duckdb.DuckDBPyConnection) -> Table:
    return Table(tuple(each[0] for each in found.description or ()), found.fetchall())

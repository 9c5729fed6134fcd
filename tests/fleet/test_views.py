"""What a query may ask, and what the views tell of several runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from fleets import DAY, job

from dlint.errors import DlintError
from dlint.fleet.schema import row_of
from dlint.fleet.store import Store
from dlint.fleet.views import VIEWS, Answers

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORY = "https://host.test/app"


def seen(store: Store, day: int, commit: str | None, **told: Any) -> None:
    """Note that a run of a day of January saw a commit."""
    moment = datetime(2026, 1, day, tzinfo=UTC)
    row = {"seen": moment, "repository": REPOSITORY, "commit": commit, "tags": [], "dlint": "1"}
    row |= {"settings": "s", **told}
    store.write("runs", moment.date().isoformat(), (str(day),), [row])


def checked(store: Store, day: int, commit: str, **told: Any) -> None:
    """Keep the row of an image, worked out on a day of January."""
    row = row_of({"repository": REPOSITORY, "commit": commit, "image": "Dockerfile", "dlint": "1"})
    row |= {"settings": "s", "source": "git", "findings": [], "layers": [], **told}
    store.write("images", f"2026-01-{day:02}", (commit, str(day)), [row])


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    store = Store(str(tmp_path))
    checked(store, 1, "a", image_bytes=1)
    checked(store, 8, "b", image_bytes=2, base="python:3.12-slim", base_bytes=1)
    checked(store, 9, "b", image_bytes=2, base="python:3.12-slim", base_bytes=1)  # twice
    for day, commit in ((1, "a"), (5, "a"), (8, "b")):
        seen(store, day, commit)
    seen(store, 9, None, error="no answer")
    return Answers(str(tmp_path))


def test_the_images_are_those_of_the_last_run_that_had_an_answer(answers: Answers) -> None:
    sql = "SELECT commit, image_bytes FROM images"
    assert answers.query(sql).rows == [("b", 2)]
    assert answers.query("SELECT repository, error FROM failures").rows == [
        (REPOSITORY, "no answer")
    ]


@pytest.mark.parametrize(
    ("moment", "commits"),
    [
        ("2025-12-31", []),
        ("2026-01-01", ["a"]),
        ("2026-01-07", ["a"]),
        ("2026-01-08", ["b"]),
    ],
)
def test_the_images_at_a_moment(answers: Answers, moment: str, commits: list[str]) -> None:
    found = answers.query(f"SELECT commit FROM images_at('{moment}')").rows  # noqa: S608  ours
    assert [commit for (commit,) in found] == commits


def test_bases_have_a_family(answers: Answers) -> None:
    [row] = answers.query("SELECT base, family, images FROM bases").rows
    assert row == ("python:3.12-slim", "python", 1)


def test_what_other_layers_save(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    told = {"ways_commits": 20, "ways_now_bytes": 90, "ways_ordered_bytes": 50}
    told |= {"ways_repacked_bytes": 30, "ways_bound_bytes": 20, "ways_at_least": True}
    checked(store, 1, "a", **told, ways_basis="modelled")
    seen(store, 1, "a")
    answers = Answers(str(tmp_path))
    sql = "SELECT commits, now_bytes, order_bytes, repacking_bytes, bound_bytes, basis FROM savings"
    assert answers.query(sql).rows == [(20, 90, 40, 60, 70, "modelled")]


def test_files_from_before_a_column_came_are_read(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    store = Store(str(tmp_path))
    checked(store, 1, "a", image_bytes=1, ways_bound_bytes=1)
    seen(store, 1, "a")
    [path] = tmp_path.glob("images/*/*.parquet")
    table = pq.ParquetFile(path).read()
    old = [name for name in table.column_names if not name.startswith("ways_")]
    pq.write_table(table.select(old).replace_schema_metadata({"dlint_schema": "1"}), path)
    checked(store, 2, "b", image_bytes=2, ways_bound_bytes=3)
    answers = Answers(str(tmp_path))
    sql = "SELECT commit, image_bytes, ways_bound_bytes FROM answers ORDER BY commit"
    assert answers.query(sql).rows == [("a", 1, None), ("b", 2, 3)]
    assert answers.query("SELECT * FROM savings").rows == []
    assert store.known("1", "s") == {None: frozenset({"a", "b"})}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_there(answers: Answers, view: str) -> None:
    answers.query(f"SELECT * FROM {view.replace('moment', 'now()')}")  # noqa: S608  ours


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_text('https://host.test/')",
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'out.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE own AS SELECT 1",
        "DELETE FROM stored_runs",
        "EXPORT DATABASE 'out'",
        "SELECT 1; SELECT 2",
        "PRAGMA enable_profiling",
        "SELECT * FROM answers_of_python",
        "nonsense",
        "",
    ],
)
def test_a_query_reads_the_answers_and_nothing_else(
    answers: Answers, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DlintError):
        answers.query(sql)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_answers(tmp_path: Path) -> None:
    with pytest.raises(DlintError, match="holds no answers"):
        Answers(str(tmp_path))


def test_names_that_are_no_unicode_are_kept_readable(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    checked(store, 1, "a", image="na\udcffme", layers=[{"instruction": "\udcff"}])
    seen(store, 1, "a")
    assert Answers(str(tmp_path)).query("SELECT image FROM images").rows == [("na?me",)]


def test_what_is_known_is_known_by_version_and_settings(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    checked(store, 1, "a", place="here")
    checked(store, 1, "b", place="here", image=None, error="broken")
    assert store.known("1", "s") == {"here": frozenset({"a"})}
    assert store.known("2", "s") == store.known("1", "t") == {}
    assert job(tmp_path).settings != job(tmp_path, commits=3).settings
    assert job(tmp_path).day == DAY

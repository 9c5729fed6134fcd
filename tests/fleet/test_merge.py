"""Files of days that are over become few, and a merge that is ended loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra `fleet` is not installed")

from fleets import clones, job
from house import ENVIRONMENT

from dlint.fleet.merge import FEWEST, MOST, PREFIX
from dlint.fleet.run import run
from dlint.fleet.schema import row_of
from dlint.fleet.sources import items_of
from dlint.fleet.store import IMAGES, Store
from dlint.fleet.views import Answers
from dlint.fleet.work import work

COUNT = FEWEST + 2
TODAY = "2026-01-03"
# Ends its own process, as the system would, when it has removed some files.
KILLED = """
import os, signal, sys
from dlint.fleet import merge
from dlint.fleet.store import Store

left = int(sys.argv[2])

def remove(disk, path, really=merge._remove):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    really(disk, path)

merge._remove = remove
Store(sys.argv[1]).merge(sys.argv[3])
"""


def kept(store: Store, day: int, number: int) -> None:
    """Keep the row of an image, worked out on a day of January."""
    told = {"repository": f"{number}", "commit": "a", "image": "Dockerfile", "dlint": "1"}
    told |= {"place": f"{number}", "settings": "s"}
    row = row_of({**told, "findings": [{"rule": "a/b"}]})
    store.write(IMAGES, f"2026-01-{day:02}", (f"{number}", f"{day}"), [row])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give the answers of two days that are over, and of one that is not."""
    found = Store(str(tmp_path / "out"))
    for day in (1, 2, 3):
        for number in range(COUNT):
            kept(found, day, number)
    return found


def names(store: Store, day: int) -> list[str]:
    return sorted(each.name for each in Path(store.address).glob(f"images/day=2026-01-{day:02}/*"))


def rows(store: Store) -> list[tuple[str, ...]]:
    return sorted(repr(row) for row in store.dataset(IMAGES).to_table().to_pylist())


def test_days_that_are_over_have_one_file(store: Store) -> None:
    before, today = rows(store), names(store, 3)
    store.merge(TODAY)
    for day in (1, 2):
        [name] = names(store, day)
        assert name.startswith(PREFIX)
    assert names(store, 3) == today
    assert rows(store) == before
    known = store.known("1", "s")
    store.merge(TODAY)
    assert rows(store) == before
    assert store.known("1", "s") == known


def test_what_is_known_comes_of_all_files_though_few_are_open_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = store.known("1", "s")
    monkeypatch.setattr("dlint.fleet.store.FEW", 2)
    assert store.known("1", "s") == known
    assert len(known) == COUNT


def test_what_comes_later_is_merged_with_it(store: Store) -> None:
    store.merge(TODAY)
    [first] = names(store, 1)
    for number in range(COUNT, COUNT + FEWEST - 1):
        kept(store, 1, number)
    before = rows(store)
    store.merge(TODAY)
    [second] = names(store, 1)
    assert second != first
    assert rows(store) == before


def test_a_few_files_stay_as_they_are(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    for number in range(FEWEST - 1):
        kept(store, 1, number)
    before = names(store, 1)
    store.merge(TODAY)
    assert names(store, 1) == before


def test_a_day_of_many_files_becomes_several(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST > COUNT
    monkeypatch.setattr("dlint.fleet.merge.MOST", COUNT // 2)
    before = rows(store)
    store.merge(TODAY)
    assert len(names(store, 1)) == 2
    assert rows(store) == before


@pytest.mark.skipif(os.name == "nt", reason="nothing is ended so there")
@pytest.mark.parametrize("removed", [0, 1, COUNT - 1])
def test_a_merge_that_is_killed(store: Store, removed: int) -> None:
    before = rows(store)
    words = [sys.executable, "-c", KILLED, store.address, f"{removed}", TODAY]
    done = subprocess.run(words, env=ENVIRONMENT, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(names(store, 1)) == COUNT - removed + 1  # the merged one is there
    assert rows(store) == before
    store.merge(TODAY)
    assert len(names(store, 1)) == len(names(store, 2)) == 1
    assert rows(store) == before


def test_a_merge_that_cannot_write_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = rows(store)
    monkeypatch.setattr("dlint.fleet.store.write_whole", full)
    store.merge(TODAY)
    assert rows(store) == before
    assert len(names(store, 1)) == COUNT


def test_two_merges_of_one_day_at_once(store: Store) -> None:
    """The one that saw more files counts; both have written, and neither has removed yet."""
    before = rows(store)
    folder = Path(store.address) / "images/day=2026-01-01"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    small = min(files)
    (folder / small).unlink()
    store.merge(TODAY)
    [less] = names(store, 1)
    kept_less = (folder / less).read_bytes()
    (folder / less).unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    store.merge(TODAY)
    (folder / less).write_bytes(kept_less)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    assert rows(store) == before
    store.merge(TODAY)
    assert len(names(store, 1)) == 1
    assert rows(store) == before


def test_a_run_merges_the_days_before(tmp_path: Path) -> None:
    clones(tmp_path / "clones", FEWEST)
    items = items_of([str(tmp_path / "clones")])

    def done(day: str) -> list[bool]:
        told = job(tmp_path / "out", commits=0)._replace(day=day)
        found = run(told, items, lambda job_, todo: (work(job_, each) for each in todo))
        return [each.computed for each in found]

    sql = "SELECT count(*), count(DISTINCT repository) FROM images"
    assert all(done("2026-01-01"))
    assert len(list(tmp_path.glob("out/images/*/*.parquet"))) == FEWEST
    assert not any(done("2026-01-02"))
    assert len(list(tmp_path.glob("out/images/*/*.parquet"))) == 1
    assert not any(done("2026-01-03"))
    assert Answers(str(tmp_path / "out")).query(sql).rows == [(FEWEST, FEWEST)]


def test_an_address_of_fsspec() -> None:
    pytest.importorskip("fsspec")
    store = Store("memory://test_merge/answers")
    for number in range(COUNT):
        kept(store, 1, number)
    before = rows(store)
    store.merge(TODAY)
    assert len(store.dataset(IMAGES).files) == 1
    assert rows(store) == before

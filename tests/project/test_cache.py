"""Sizes kept on the disk: found again, bounded, and never an error."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from dlint.project import cache
from dlint.project.cache import SizeCache, folder


def key(number: int) -> bytes:
    return sha256(b"%d" % number).digest()


def filled(place: Path, *numbers: int) -> SizeCache:
    store = SizeCache(place)
    for number in numbers:
        store[key(number)] = number
    store.save()
    return store


def held(place: Path, *numbers: int) -> list[bool]:
    store = SizeCache(place)
    return [key(number) in store and store[key(number)] == number for number in numbers]


def test_what_was_saved_is_there_again(tmp_path):
    filled(tmp_path, 1, 2)
    assert held(tmp_path, 1, 2, 3) == [True, True, False]


def test_two_processes_keep_what_both_found(tmp_path):
    one, other = SizeCache(tmp_path), SizeCache(tmp_path)
    one[key(1)] = 1
    one.save()
    other[key(2)] = 2
    other.save()
    assert held(tmp_path, 1, 2) == [True, True]


def test_those_that_write_at_once_take_turns(tmp_path, monkeypatch):
    load = cache._load

    def slowly(file):
        found = load(file)
        time.sleep(0.02)  # others read what this one will replace
        return found

    stores = [SizeCache(tmp_path) for _ in range(6)]
    for number, store in enumerate(stores):
        store[key(number)] = number
    monkeypatch.setattr(cache, "_load", slowly)
    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(SizeCache.save, stores))
    assert held(tmp_path, *range(6)) == [True] * 6


def test_one_that_does_not_give_way_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "PATIENCE", 0.05)
    with cache.in_turn(tmp_path / cache.FILE):
        filled(tmp_path, 1)
    assert held(tmp_path, 1) == [True]


def test_the_ones_used_last_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 3)
    filled(tmp_path, 1, 2, 3)
    store = SizeCache(tmp_path)
    assert store[key(1)] == 1
    store[key(4)] = 4
    store.save()
    assert held(tmp_path, 1, 2, 3, 4) == [True, False, True, True]


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 72, None])
def test_a_damaged_file_is_not_used_and_mended(tmp_path, damage):
    filled(tmp_path, 1)
    file = tmp_path / cache.FILE
    file.write_bytes(file.read_bytes()[:-1] + b"\x99" if damage is None else damage)
    assert held(tmp_path, 1) == [False]
    filled(tmp_path, 2)
    assert held(tmp_path, 2) == [True]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    filled(tmp_path / "file" / "below", 1)
    assert held(tmp_path / "file" / "below", 1) == [False]


def test_nothing_new_writes_nothing(tmp_path):
    SizeCache(tmp_path / "new").save()
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.name == "nt", reason="another folder there")
def test_where_it_is(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    for name in ("DLINT_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert folder() == Path("/home/me/.cache/dlint")
    monkeypatch.setenv("XDG_CACHE_HOME", "/tmp/x")  # noqa: S108  nothing is written there
    assert folder() == Path("/tmp/x/dlint")  # noqa: S108  as above
    monkeypatch.setenv("DLINT_CACHE_DIR", "/tmp/y")  # noqa: S108  as above
    assert folder() == Path("/tmp/y")  # noqa: S108  as above

from __future__ import annotations

import io
import random
import zlib
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dlint.bytes.compress import COMPRESSORS, RUN, WINDOW, CompressedSizes
from dlint.bytes.item import Items, MadeItem
from dlint.bytes.tar import Member, tar_stream

if TYPE_CHECKING:
    from collections.abc import Callable


class Held(NamedTuple):
    """What a file holds."""

    open: Callable[[], io.BytesIO]
    name: Callable[[], str]


WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "my",
    "ny",
]
NOISE = random.Random(1).randbytes(1 << 22)  # noqa: S311  the same in every run


class Tree:
    """Items that count how often each is read."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.read: list[str] = []

    def open(self, path: str) -> io.BytesIO:
        self.read.append(path)
        return io.BytesIO(self.files[path])

    @property
    def items(self) -> Items:
        return Items(
            MadeItem(
                Member(path, "file", size=len(data)),
                Held(
                    lambda path=path: self.open(path),
                    lambda data=data: sha1(data, usedforsecurity=False).hexdigest(),
                ),
            )
            for path, data in sorted(self.files.items())
        )

    def in_one(self, level: int = 6) -> int:
        deflate = zlib.compressobj(level, wbits=31)
        members = (item.member for item in self.items)
        stream = tar_stream(members, lambda member: io.BytesIO(self.files[member.path]))
        return sum(len(deflate.compress(chunk)) for chunk in stream) + len(deflate.flush())


def tree(count: int, words: int, seed: int = 1) -> Tree:
    chance = random.Random(seed)  # noqa: S311  the same in every run
    return Tree(
        {
            f"{number:05}.txt": " ".join(chance.choices(WORDS, k=words)).encode()
            for number in range(count)
        }
    )


@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_runs_come_close_to_the_tar_in_one(compressor: str) -> None:
    level, scale = COMPRESSORS[compressor]
    source = tree(500, 200)
    assert CompressedSizes(compressor).of(source.items) == pytest.approx(
        source.in_one(level) * scale, rel=0.03
    )


def test_a_small_layer_is_compressed_in_one() -> None:
    source = tree(12, 100)
    sizes = CompressedSizes()
    assert sizes.of(Items(source.items[:5]), Items(source.items[5:])) == pytest.approx(
        source.in_one() * 1.01, rel=0.005
    )
    source.read.clear()
    assert sizes.of(source.items)
    assert source.read == []


def test_what_was_compressed_is_not_read_again() -> None:
    source, sizes = tree(500, 200), CompressedSizes()
    first = sizes.of(source.items)
    source.read.clear()
    assert sizes.of(source.items) == first
    assert source.read == []


@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_a_change_costs_its_own_run_and_the_next(change: str) -> None:
    source, sizes = tree(2000, 50), CompressedSizes()
    sizes.of(source.items)
    source.read.clear()
    if change == "edit":
        source.files["01000.txt"] = b"something else"
    elif change == "add":
        source.files["01000a.txt"] = b"something new"
    else:
        del source.files["01000.txt"]
    sizes.of(source.items)
    assert 0 < len(source.read) < 700


def test_a_large_file_stands_alone() -> None:
    source, sizes = tree(20, 50), CompressedSizes()
    source.files["00010.bin"] = NOISE[: 1 << 20]
    sizes.of(source.items)
    source.read.clear()
    source.files["00000.txt"] = b"changed"
    sizes.of(source.items)
    assert (
        source.read.count("00010.bin") <= 1
    )  # once more, as what came before it is its dictionary


def test_a_sample_comes_near() -> None:
    source = tree(3000, 100)
    source.files["large.bin"] = NOISE
    whole = CompressedSizes().of(source.items)
    source.read.clear()
    assert CompressedSizes(sample=1 << 20).of(source.items) == pytest.approx(whole, rel=0.1)
    assert len(source.read) < 2000


@pytest.mark.parametrize("size", range(300_000, 500_000, 20_000))
def test_a_file_just_above_the_sample_is_judged_from_its_start(size: int) -> None:
    source = Tree({f"{number}": NOISE[number : number + size] for number in range(4)})
    sizes = CompressedSizes(sample=4 * size - 10_000)
    assert sizes.of(source.items) == pytest.approx(4 * size, rel=0.05)


def test_a_file_that_was_emptied_meanwhile_is_no_failure() -> None:
    held = Held(lambda: io.BytesIO(b""), lambda: "1" * 40)
    items = [MadeItem(Member("a", "file", size=1 << 20), held)]
    assert CompressedSizes(sample=1 << 19).of(Items(items)) >= 0


def test_a_small_layer_is_never_sampled() -> None:
    source = tree(50, 100)
    assert CompressedSizes(sample=1 << 20).of(source.items) == CompressedSizes().of(source.items)


def test_compressors_differ() -> None:
    source = tree(200, 200)
    gzip, pgzip, fastest = (
        CompressedSizes(name).of(source.items) for name in ("gzip", "pgzip", "gzip-1")
    )
    assert gzip < pgzip < fastest


def test_an_empty_layer() -> None:
    assert CompressedSizes().of(Items()) < 100


def test_a_store_has_what_another_asker_needs() -> None:
    source, store = tree(500, 200), {}
    first = CompressedSizes(store=store).of(source.items)
    source.read.clear()
    assert CompressedSizes(store=store).of(source.items) == first
    assert source.read == []
    assert CompressedSizes("gzip-1", store=store).of(source.items) > first
    assert source.read


def test_with_a_store_a_change_costs_its_own_run_alone() -> None:
    source, sizes = tree(2000, 50), CompressedSizes(store={})
    source.files["zzz.bin"] = NOISE  # in a small layer it is compressed again with all it changes
    before = sizes.of(source.items)
    source.read.clear()
    source.files["01000.txt"] = tree(1, 50, seed=2).files["00000.txt"]
    after = sizes.of(source.items)
    compressed = set(source.read)
    assert "01000.txt" in compressed
    assert "01200.txt" not in compressed  # nor what has the file before it in its dictionary
    assert CompressedSizes().of(source.items) == pytest.approx(after, rel=0.0005)
    assert after == pytest.approx(before, rel=0.001)


def test_what_repeats_a_file_is_compressed_once_more_without_it() -> None:
    source = Tree({"a": NOISE[:20_000], "b": NOISE[:20_000], "c": NOISE[-20_000:], "d": NOISE})
    sizes = CompressedSizes(store={})
    before = sizes.of(source.items)
    source.files["a"] = NOISE[50_000:70_000]
    assert sizes.of(source.items) - before == pytest.approx(20_000, rel=0.05)


def test_with_a_store_only_large_files_are_sampled() -> None:
    source = tree(50, 100)
    source.files["large.bin"] = NOISE
    whole = CompressedSizes().of(source.items)
    store: dict[bytes, int] = {}
    sizes = CompressedSizes(sample=1 << 20, store=store)
    assert sizes.of(source.items) == pytest.approx(whole, rel=0.01)
    source.files["00000.txt"] = b"changed"
    source.read.clear()
    sizes.of(source.items)
    assert "00049.txt" not in source.read


def test_parts_are_one_tar() -> None:
    source = tree(500, 200)
    items = source.items
    parts = [Items(each) for each in (items[:100], items[100:101], [], items[101:])]
    assert CompressedSizes().of(*parts) == pytest.approx(CompressedSizes().of(items), rel=0.002)


def test_a_part_seen_before_is_not_looked_into() -> None:
    source, sizes = tree(600, 50), CompressedSizes()
    items = source.items
    parts = [Items(items[start : start + 60]) for start in range(0, 600, 60)]
    total = sizes.of(*parts)
    for item in items:
        item._content = None  # a name asked for again would be another one
        item._digest = None
    assert sizes.of(*parts) == total


def test_what_a_change_is_out_of_sight_of_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sizes = tree(2000, 200), CompressedSizes(store={})
    items = source.items
    first, second = Items(items[:100]), Items(items[100:])
    sizes.of(first, second)
    source.files["00099.txt"] = b"another end of the first part"
    changed = Items(source.items[:100])
    named: list[Items] = []
    key = sizes._key
    monkeypatch.setattr(sizes, "_key", lambda run, window: named.append(run) or key(run, window))
    found = sizes.of(changed, second)
    behind = [item for run in named for item in run if item.path > "00099.txt"]
    assert WINDOW <= sum(item.length for item in behind) < WINDOW + 8 * RUN
    anew = CompressedSizes(store={})
    anew.of(Items(items))
    assert anew.of(Items(source.items)) == pytest.approx(found, rel=0.001)


def test_the_neighbors_of_a_change_are_at_hand() -> None:
    source, sizes = tree(2000, 200), CompressedSizes(store={})
    items = source.items
    sizes.of(items)
    source.read.clear()
    source.files["01000.txt"] = b"changed"
    changed = next(each for each in source.items if each.path == "01000.txt")
    sizes.of(Items(changed if each.path == "01000.txt" else each for each in items))
    assert source.read == ["01000.txt"]


def test_two_that_share_a_store_compress_no_run_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(2000, 200)
    many = CompressedSizes(store={})
    one = many.single()
    items = source.items
    found = many.of(items)
    jobs: list[object] = []
    put = CompressedSizes._put
    monkeypatch.setattr(
        CompressedSizes, "_put", lambda self, job: jobs.append(job) or put(self, job)
    )
    assert one.of(items) == found
    assert not jobs
    assert many.of(items) == one.of(items) == found
    assert not jobs


def test_each_of_two_finds_its_own_answer_again(monkeypatch: pytest.MonkeyPatch) -> None:
    many, items = CompressedSizes(store={}), tree(2000, 50).items
    one = many.single()
    totals = [many.of(items), one.of(items)]
    monkeypatch.setattr(CompressedSizes, "_key", None)  # it would be asked for a name
    assert [many.of(items), one.of(items)] == totals


def test_one_beside_many_weighs_each_layer_by_itself() -> None:
    source = tree(2000, 200)
    many = CompressedSizes(store={})
    one = many.single()
    assert one.of(source.items) == CompressedSizes(store={}).of(source.items)
    source.files["00500.txt"] = b"changed"
    assert one.of(source.items) == CompressedSizes(store={}).of(source.items)


def prose(files: int) -> Tree:
    """Return files of words that are many."""
    chance = random.Random(1)  # noqa: S311  the same in every run
    words = [chance.randbytes(chance.randrange(2, 9)).hex() for _ in range(3000)]
    texts = (" ".join(chance.choices(words, k=250)).encode() for _ in range(files))
    return Tree({f"{number:04}.txt": text for number, text in enumerate(texts)})


def test_of_many_large_layers_little_more_than_a_change_is_compressed() -> None:
    source, sizes = prose(900), CompressedSizes(store={})
    sizes.of(source.items)
    put, jobs = sizes._put, list[int]()
    sizes._put = lambda job: jobs.append(len(job.data)) or put(job)  # type: ignore[method-assign, func-returns-value]
    changed = range(0, 900, 40)
    for number in changed:
        source.files[f"{number:04}.txt"] = NOISE[number : number + 2500]
    sizes.of(source.items)
    assert len(jobs) < 1.2 * len(changed)
    assert sum(jobs) / len(jobs) < RUN


def test_what_more_ends_add_is_taken_off() -> None:
    items = prose(900).items
    alone = CompressedSizes().of(items)
    assert CompressedSizes(store={}).of(items) == pytest.approx(alone, rel=0.0025)


def test_what_could_not_be_read_is_asked_for_again() -> None:
    source, sizes = tree(2000, 200), CompressedSizes(store={})
    items = source.items
    parts = Items(items[:1000]), Items(items[1000:])
    lost = source.files.pop("01999.txt")
    with pytest.raises(KeyError):
        sizes.of(*parts)
    source.files["01999.txt"] = lost
    assert sizes.of(*parts) == CompressedSizes(store={}).of(*parts)

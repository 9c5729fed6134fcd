"""How large a layer's blob is: its tar, compressed.

Measured with 15 trees (Python, Go, Perl and JavaScript source, ELF and Go binaries, documentation,
message catalogues, a git folder; 1 to 110 MB) against Go 1.24's compress/gzip and klauspost/pgzip
1.2.6. Off by, after `COMPRESSORS`: gzip at 6 -2.6 to +1.3 % (-4.0 % for 2 MB of time zones), pgzip
-6 to +3 %, gzip at 1 -8 to +3 % (+11 % for files that are all alike). zstd is between half and 1.15
of gzip, by no rule that the content would tell: it is not modelled.
"""

from __future__ import annotations

import zlib
from functools import cached_property
from itertools import chain
from zlib import crc32

from dlint.bytes.item import Items
from dlint.bytes.tar import BLOCK, CHUNK, Member, header
from dlint.text.digests import digest
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from dlint.bytes.item import Item


class Compressor(NamedTuple):
    """The level of zlib that is nearest, and what remains between the two: bytes of its for one of
    zlib's.
    """

    level: int
    scale: float


COMPRESSORS = {
    "gzip": Compressor(6, 1.01),  # Go's, at its default: Docker and BuildKit
    "pgzip": Compressor(4, 1.01),  # buildah, podman, skopeo
    "gzip-1": Compressor(1, 1.02),  # Go's, at its fastest: kaniko, crane
}
GZIP_FRAME = 18  # bytes of a gzip header without a name, and of its trailer
WINDOW = 1 << 15  # bytes that deflate looks back
LARGE = 1 << 18  # a file of so many bytes is a run of its own
# Bytes of a run, on average: as usual, in a layer that many commits make anew, and in a sample.
RUN, FINE_RUN, SAMPLE_RUN = 1 << 14, 1 << 13, 1 << 16
# Bytes that the end of a run adds where the usual ones do not end as well: 4 to 34 with 17 trees,
# 22 in the mean, and 33 with that of `benchmarks/history.py`.
END = 24
# Files of a layer that is compressed in one, where no more bytes than a window are in them: each
# run's end adds some, which were 3 % of a layer of 2 kB.
WHOLE_FILES = 64
PIECE = 1 << 17  # bytes of a large file that are taken at once as a sample
SAMPLE = (
    1 << 24
)  # bytes, where an answer within a second or two is worth more than the last percent
STAMP = (
    1 << 30
)  # for every file's time: what two times differ by is less than what the model is off

# A run of more than SLIGHT bytes that came to less than one in REPEATS of them repeats the files
# before it: its size stands and falls with those.
SLIGHT, REPEATS = 1 << 12, 8
LASTING = 1 << 20  # bytes of a layer in which the end of one run's dictionary is no matter
AT_ONCE = 1 << 25  # bytes that wait to be compressed
HELD = 1 << 24  # bytes of members that are at hand for the next layer
# Bytes that are worth a thread, and threads at most. A commit changes a handful of runs; a thread
# is woken in the time that half a kilobyte takes.
SHARE, THREADS = 1 << 14, 4
# Part of the name under which a size is kept, for as long as this module works it out in the same
# way.
MODEL = 1


class _Part:
    """What was worked out of a part of a tar that stands behind what `before` names: the keys of
    its runs, and what the next part looks back into. `average` is how long the runs are; `size`
    is the sum of their sizes, once they are all known.
    """

    __slots__ = ("average", "before", "keys", "size", "window", "window_name")

    def __init__(
        self, before: bytes, keys: list[bytes], window: tuple[Items, ...], average: int
    ) -> None:
        self.before = before
        self.keys = keys
        self.average = average
        self.window = window
        self.window_name = _name(window)
        self.size = 0


class _Members:
    """Members of tars as bytes; those made last are at hand, up to `most` bytes of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[Item, bytes] = {}
        self._bytes = 0

    def of(self, item: Item) -> bytes:
        """Return an item's part of the tar."""
        found = self._held.get(item)
        if found is None:
            found = b"".join(_chunks(item))
            if self._most and len(found) <= LARGE:
                self._held[item] = found
                self._bytes += len(found)
                while self._bytes > self._most:
                    self._bytes -= len(self._held.pop(next(iter(self._held))))
        return found

    def end(self, item: Item) -> bytes:
        """Return the last bytes of that, as many as deflate looks back, or more."""
        return self.of(item) if item.length <= LARGE else _end(item)


class _Job(NamedTuple):
    """What is still to be compressed, and under which key its size goes."""

    key: bytes
    data: bytes
    dictionary: bytes


class _Runs(NamedTuple):
    """The runs of a part of a tar; `ends` tells how many of them would not end if they were of the
    usual length.
    """

    runs: list[Items]
    ends: int


class CompressedSizes:
    """Sizes of layers' blobs, in bytes, as one of `COMPRESSORS` makes them.

    The tar is compressed in runs of neighbouring files, each with the last 32 KiB before it as its
    dictionary, and a run's size is kept under its content and that of its dictionary: the layer of
    another commit costs only what is new in it. Where a run ends is a matter of one file's name and
    size, so that a new file moves no other boundary. Measured against compressing the tar in one,
    eight trees of 1 to 60 MB: -0.9 to +1.1 % (+5 % for a made-up tree of files that have the same
    few words).

    With `sample`, a layer of more bytes than that is judged by about as many of them, taken at even
    distances. Measured with 16 MiB of 20 to 190 MB: -3 to +6 % beside all of it (+12 % for files
    that are all alike).

    With `store`, which keeps sizes of runs under digests, a whole layer is no longer sampled, as
    most of it is compressed once for many layers: only a file of more bytes than `sample` is. A run
    that many layers of more than LASTING bytes hold is compressed in the first of them alone,
    though files before it change: to compress all that has a change in its dictionary costs twice
    as much. Runs are half as long there, since one holds more than what changed, and what their
    ends add is taken off. Measured with the last 300 commits of nine repositories and of
    `benchmarks/history.py`, beside each layer by itself: 0.14 % at most, 0.06 % for eight of the
    ten (+0.6 % for a made-up tree of files that have the same few words).
    """

    def __init__(
        self,
        compressor: str = "gzip",
        sample: int | None = None,
        store: MutableMapping[bytes, int] | None = None,
    ) -> None:
        """Keep the sizes of one compressor; an unknown one is a KeyError."""
        self._level, self._scale = COMPRESSORS[compressor]
        self._sample = sample
        self._samples_layers = store is None
        self._first: dict[bytes, bytes] = {}  # where a run was compressed first
        self._is_stored = store is not None
        self._average = RUN
        self._lasts = False
        self._runs: dict[Items, Items] = {}  # those seen so far: another revision has most of them
        self._sizes: MutableMapping[bytes, int] = {} if store is None else store
        # of many layers a change is compressed with its neighbors
        self._members = _Members(0 if store is None else HELD)
        self._jobs: list[_Job] = []
        self._waiting = 0  # bytes of the jobs
        # Of samples, by the very objects: another revision has the same for what did not change,
        # and to name a file of the working tree would be to read all of it.
        self._pieces: dict[tuple[Item, int], float] = {}
        self._samples: dict[tuple[Items, Items], int] = {}
        self._model = f"{MODEL} {zlib.ZLIB_RUNTIME_VERSION} {compressor} {sample}".encode()

    def single(self) -> CompressedSizes:
        """Return what compresses each layer by itself, as without a store, but for runs whose size
        behind the same bytes is kept here; it keeps those of others here too.
        """
        from copy import copy

        other = copy(self)
        other._samples_layers = True  # noqa: SLF001  another of its own kind
        other._jobs = []  # noqa: SLF001  as above
        return other

    def of(self, *parts: Items) -> int:
        """Return the compressed size of the tar that holds the items of `parts`, one part after the
        other.

        A part that is the very same object as in an earlier call is not looked into again.
        """
        total = sum([part.length for part in parts])
        if self._samples_layers and self._sample is not None and total > self._sample:
            items = Items(chain.from_iterable(parts))
            return GZIP_FRAME + round(self._estimate(items, self._sample / total))
        if total <= WINDOW and sum(map(len, parts)) <= WHOLE_FILES:
            return GZIP_FRAME + self._whole(Items(chain.from_iterable(parts)))
        self._average = FINE_RUN if total > LASTING and self._is_stored else RUN
        self._lasts = self._average == FINE_RUN and not self._samples_layers
        return GZIP_FRAME + self._sum(parts)

    def _whole(self, run: Items) -> int:
        key = digest(b"".join((self._model, b" whole ", run.name)))
        if key not in self._sizes:
            self._sizes[key] = self._deflated(b"".join(tar_of(run)), b"")
        return self._sizes[key]

    def _sum(self, parts: Sequence[Items]) -> int:
        total = 0
        new: list[tuple[Items, _Part]] = []
        last = _Part(b"", [], (), RUN)
        for items in parts:
            part: _Part | None = items.known.get(self)
            if part is None or part.before != last.window_name:
                part = self._part(items, last, part)
                new.append((items, part))
            else:
                total += part.size
            last = part
        self._finish()
        for items, part in new:
            added = self._runs_of(items).ends * END
            part.size = sum([self._sizes[key] for key in part.keys]) - added
            items.known[self] = part
            total += part.size
        return total

    def _part(self, items: Items, last: _Part, known: _Part | None) -> _Part:
        """Name the runs of a part behind the `last` one; those whose size is not known yet are
        noted as jobs. `known` is what was worked out of the part behind another one.
        """
        average, keys, behind = self._average, list[bytes](), 0
        window, before = last.window, last.window_name
        tail: bytes | None = None  # the window's end, where that was read
        for run in self._runs_of(items).runs:
            if behind >= WINDOW and known is not None and known.average == average:
                # what stands before the part is out of sight: the rest is as it was
                return _Part(before, keys + known.keys[len(keys) :], known.window, average)
            key = self._key(run, window)
            keys.append(key)
            if key in self._sizes:
                tail = None
            elif self._sample is not None and run[0].member.size > self._sample:
                self._sizes[key] = round(self._large(run[0], self._sample / run[0].member.size))
                tail = None
            else:
                dictionary = _tail(chain(*window), self._members.end) if tail is None else tail
                data = b"".join([self._members.of(item) for item in run])
                tail = (dictionary + data)[-WINDOW:]
                self._put(_Job(key, data, dictionary))
            window = _window(window, run)
            behind += run.length
        return _Part(before, keys, window, average)

    def _runs_of(self, items: Items) -> _Runs:
        """Return the runs of a part, the same objects wherever they hold the same."""
        average = self._average
        found: _Runs | None = items.known.get(average)
        if found is None:
            same = self._runs.setdefault
            runs = [same(run, run) for run in _runs(items, average)]
            ends = sum(map(_is_more, runs, runs[1:])) if average < RUN else 0
            found = items.known[average] = _Runs(runs, ends)
        return found

    def _key(self, run: Items, window: tuple[Items, ...]) -> bytes:
        """Return what the size of a run is kept under. In many large layers that is where it was
        first compressed, behind a file of the same path.
        """
        place = run.name + (window[-1].end if window else b"")
        if self._lasts and (first := self._first.get(place)) and not self._repeats(run, first):
            return first
        key = digest(b"".join((self._model, _name(window), run.name)))
        if self._lasts:
            self._first.setdefault(place, key)
        return key

    def _repeats(self, run: Items, key: bytes) -> bool:
        """Tell whether a run repeats the files that it was compressed behind."""
        length = run.length
        return length > SLIGHT and key in self._sizes and self._sizes[key] * REPEATS < length

    def _put(self, job: _Job) -> None:
        self._jobs.append(job)
        self._waiting += len(job.data)
        if self._waiting > AT_ONCE:
            self._finish()

    def _finish(self) -> None:
        """Do the jobs, in threads where there are many: zlib lets others run meanwhile."""
        jobs, waiting = self._jobs, self._waiting
        self._jobs, self._waiting = [], 0
        more = min(THREADS, len(jobs), waiting // SHARE) - 1
        queue = iter(jobs)  # each thread takes the next one when it has done another
        others = [self._pool.submit(self._done, queue) for _ in range(more)]
        for sizes in (self._done(queue), *(each.result() for each in others)):
            for key, size in sizes.items():
                self._sizes[key] = size

    def _done(self, jobs: Iterable[_Job]) -> dict[bytes, int]:
        return {job.key: self._deflated(job.data, job.dictionary) for job in jobs}

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(THREADS)

    def _estimate(self, items: Sequence[Item], share: float) -> float:
        total = small = taken = debt = 0.0
        size = 0
        before = Items()
        for run in _runs(items, SAMPLE_RUN):
            length = run.length
            if length > LARGE and len(run) == 1:
                total += self._large(run[0], share)
            else:
                small += length
                debt += length * share
                if debt > 0:
                    debt -= length
                    taken += length
                    size += self._sampled(run, before)
            before = run
        return total + (size * small / taken if taken else 0)

    def _sampled(self, run: Items, before: Items) -> int:
        place = (run, before)
        if place not in self._samples:
            self._samples[place] = self._deflated(b"".join(tar_of(run)), _tail(before, _end))
        return self._samples[place]

    def _large(self, item: Item, share: float) -> float:
        """Judge one file by pieces of it."""
        count = max(1, round(item.member.size * share / PIECE))
        if (item, count) not in self._pieces:
            self._pieces[item, count] = self._judged(item, count)
        return self._pieces[item, count]

    def _judged(self, item: Item, count: int) -> float:
        length = item.member.size
        size = taken = 0
        if item.content is None:
            return 0
        with item.content.open() as file:
            for number in range(count):
                start = max(0, (2 * number + 1) * length // (2 * count) - PIECE // 2)
                file.seek(max(0, start - WINDOW))
                dictionary = file.read(min(WINDOW, start))
                piece = file.read(PIECE)
                taken += len(piece)
                size += self._deflated(piece, dictionary)
        return size * length / taken if taken else 0  # nothing is left of it by now

    def _deflated(self, data: bytes, dictionary: bytes) -> int:
        deflate = zlib.compressobj(self._level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=dictionary)
        size = len(deflate.compress(data)) + len(deflate.flush())
        # what does not compress is stored as it is by every compressor
        return max(size, min(round(size * self._scale), len(data)))


def _runs(items: Sequence[Item], average: int) -> Iterator[Items]:
    """Divide `items` into runs: a file ends one the more likely the larger it is, by its name and
    size alone.
    """
    run: list[Item] = []
    for item in items:
        large = item.length > LARGE
        if run and large:
            yield Items(run)
            run = []
        run.append(item)
        if large or item.mark % average < item.length:
            yield Items(run)
            run = []
    if run:
        yield Items(run)


def _is_more(run: Items, after: Items) -> bool:
    """Tell whether a run of the usual length would hold a run and the one `after` it."""
    return crc32(run.end) % RUN >= run[-1].length and after[0].length <= LARGE


def _window(window: tuple[Items, ...], run: Items) -> tuple[Items, ...]:
    """Return what is looked back into behind a run: the last runs of a window's length."""
    at, behind = len(window), run.length
    while at and behind < WINDOW:
        at -= 1
        behind += window[at].length
    return (*window[at:], run)


def _name(window: Iterable[Items]) -> bytes:
    """Return what names all that stands in a window."""
    return b"".join([run.name for run in window])


def tar_of(items: Iterable[Item]) -> Iterator[bytes]:
    """Yield the tar of some items in pieces, without its end; all of them of one time."""
    for item in items:
        yield from _chunks(item)


def _chunks(item: Item, start: int = 0) -> Iterator[bytes]:
    """Yield an item's part of the tar, its content from `start` on."""
    member = item.member
    yield header(Member(*member[:6], STAMP, member.target))
    if item.content:
        with item.content.open() as file:
            file.seek(start)
            while chunk := file.read(CHUNK):
                yield chunk
        yield bytes(-item.member.size % BLOCK)


def _tail(items: Iterable[Item], end: Callable[[Item], bytes]) -> bytes:
    """Return the last bytes of the tar of some items, as many as deflate looks back; `end` gives
    those of one.
    """
    tail = b""
    for item in reversed(tuple(items)):
        tail = end(item) + tail
        if len(tail) >= WINDOW:
            break
    return tail[-WINDOW:]


def _end(item: Item) -> bytes:
    """Return the last bytes of an item's part of the tar."""
    return b"".join(_chunks(item, max(0, item.member.size - WINDOW)))

"""Few large files in place of many small ones, day by day.

A merged file says which files it replaces. It is written whole before the first of them is removed,
and readers leave out what a merged file replaces: whenever a merge ends, each row is there once.
"""

from __future__ import annotations

import io
import json
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from dlint.fleet.schema import arrow_schema
from dlint.text.safe import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow.dataset as ds
    import pyarrow.fs

    from dlint.fleet.schema import Column

    Put = Callable[[str, bytes], None]

PREFIX = "merged-"
REPLACES = b"dlint_replaces"  # in a merged file's metadata: names, as JSON
DAY = "day="
# A day's files are merged where there are so many; a file of LARGE bytes stays as it is, and no
# merged one becomes larger than two such, in memory some ten times as large.
FEWEST, MOST, LARGE = 8, 10_000, 16 << 20


def merge(rows: ds.Dataset, columns: tuple[Column, ...], before: str, put: Put) -> None:
    """Merge the files of each day before `before` (ISO): no run adds to them that began since.

    What a merge that was ended has left is removed. `put` writes a file whole, by the names of its
    folder and its own. Raises what pyarrow and `put` raise where a file cannot be read, written or
    removed; then nothing is lost.
    """
    disk = rows.filesystem
    for folder, paths in _by_folder(rows.files):
        if _name(folder) >= f"{DAY}{before}":
            continue
        gone = replaced(disk, paths)
        for path in sorted(gone):
            _remove(disk, path)
        for some in _batches(disk, [path for path in paths if path not in gone]):
            put(f"{_name(folder)}/{_merged_name(some)}", _merged(disk, columns, some))
            for path in some:
                _remove(disk, path)


def replaced(disk: pyarrow.fs.FileSystem, files: Iterable[str]) -> frozenset[str]:
    """Return those of some files whose rows a merged file among them has."""
    gone: set[str] = set()
    for folder, paths in _by_folder(files):
        merged = [path for path in paths if _name(path).startswith(PREFIX)]
        if not merged or len(paths) == 1:
            continue
        told = {path: _replaces(disk, path) for path in merged}
        taken: set[str] = set()
        # of two runs that merged one day at once, the one counts that replaced more
        for path in sorted(merged, key=lambda path: (-len(told[path]), path)):
            if told[path] <= taken:
                gone.add(path)
            taken |= told[path]
        gone.update(f"{folder}/{name}" for name in taken)
    return frozenset(gone.intersection(files))


def _by_folder(files: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the folders of some files, each with the paths of its own."""
    for folder, paths in groupby(sorted(files), key=lambda path: path.rpartition("/")[0]):
        yield folder, list(paths)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _replaces(disk: pyarrow.fs.FileSystem, path: str) -> frozenset[str]:
    import pyarrow.parquet as pq

    metadata: Mapping[bytes, bytes] = pq.read_schema(path, filesystem=disk).metadata or {}
    return frozenset(json_value(metadata.get(REPLACES, b"[]")))


def _batches(disk: pyarrow.fs.FileSystem, paths: Sequence[str]) -> Iterator[list[str]]:
    """Yield files that become one."""
    batch: list[str] = []
    size = 0
    for facts in disk.get_file_info(list(paths)):
        if facts.size >= LARGE:
            continue
        batch.append(facts.path)
        size += facts.size
        if size >= LARGE or len(batch) == MOST:
            yield batch
            batch, size = [], 0
    if len(batch) >= FEWEST:
        yield batch


def _remove(disk: pyarrow.fs.FileSystem, path: str) -> None:
    disk.delete_file(path)


def _merged_name(paths: Sequence[str]) -> str:
    """Name the file that replaces others: the same for the same ones."""
    names = "\0".join(map(_name, paths))
    return f"{PREFIX}{sha256(names.encode()).hexdigest()[:32]}.parquet"


def _merged(
    disk: pyarrow.fs.FileSystem, columns: tuple[Column, ...], paths: Sequence[str]
) -> bytes:
    """Return a file with the rows of others."""
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    names = set(map(_name, paths))
    for path in paths:
        if _name(path).startswith(PREFIX):
            names |= _replaces(disk, path)  # they may be there still
    schema = arrow_schema(columns)
    rows = ds.dataset(list(paths), schema=schema, filesystem=disk, format="parquet").to_table()
    metadata = {**schema.metadata, REPLACES: json.dumps(sorted(names)).encode()}
    buffer = io.BytesIO()
    pq.write_table(rows.replace_schema_metadata(metadata), buffer, compression="zstd")
    return buffer.getvalue()

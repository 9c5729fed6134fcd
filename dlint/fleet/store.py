"""Where answers are kept: Parquet files, one for each item, partitioned by day.

A file is there whole or not at all, and its name follows from what it answers: an item that is done
twice writes the same file twice. `images/` holds the rows, `runs/` what each run saw. Days that are
over are merged into few files.
"""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.fleet.extra import require
from dlint.fleet.merge import DAY, merge, replaced
from dlint.fleet.schema import COLUMNS, SEEN, arrow_schema
from dlint.text.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa
    import pyarrow.dataset as ds

    from dlint.fleet.schema import Column, Row

IMAGES, RUNS = "images", "runs"
TABLES = {IMAGES: COLUMNS, RUNS: SEEN}
REMOTE = "://"
# Files that are open at once: a dataset keeps what stands at the end of each, 180 kB of a file with
# the columns of `images` (1,760 files, 45,000 rows).
FEW = 100


class Store:
    """The folder of the answers, on a disk or wherever fsspec leads."""

    def __init__(self, address: str) -> None:
        """Open nothing yet."""
        self.address = address.rstrip("/")
        self._is_remote = REMOTE in address

    def write(self, table: str, day: str, key: Iterable[str], rows: Sequence[Row]) -> None:
        """Write rows that answer `key` on a day. Raises DlintError where that fails."""
        name = sha256("\0".join(key).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self._put(f"{table}/{DAY}{day}/{name}.parquet", _parquet(TABLES[table], rows))

    def _put(self, name: str, data: bytes) -> None:
        """Write a file whole; `name` is its path in the folder of the answers."""
        path = f"{self.address}/{name}"
        if not self._is_remote:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(Path(path), data)
            return
        system, place = self._remote(path)
        try:
            system.pipe_file(place, data)  # a store of objects shows one when it is complete
        except Exception as error:
            raise DlintError(f"{path}: cannot be written: {error}") from error

    def dataset(self, table: str) -> ds.Dataset:
        """Return all rows of a table, each once; `day` is the partition's. Raises DlintError where
        there are none.
        """
        found = self._dataset(table)
        gone = replaced(found.filesystem, found.files)
        if gone:
            found = self._dataset(table, [path for path in found.files if path not in gone])
        return found

    def merge(self, before: str) -> None:
        """Have few large files instead of many small ones for each day before `before` (ISO).
        Answers that cannot be merged stay as they are.
        """
        import pyarrow as pa

        for table, columns in TABLES.items():
            with suppress(DlintError, OSError, pa.ArrowException):
                put = partial(self._put_in, table)
                merge(self._dataset(table), columns, before, put)

    def _put_in(self, table: str, name: str, data: bytes) -> None:
        self._put(f"{table}/{name}", data)

    def _dataset(self, table: str, files: list[str] | None = None) -> ds.Dataset:
        import pyarrow as pa
        import pyarrow.dataset as ds

        schema = arrow_schema(TABLES[table])
        day = pa.schema([("day", pa.date32())])
        system, place = None, f"{self.address}/{table}"
        if self._is_remote:
            system, place = self._remote(place)
        try:
            return ds.dataset(
                place if files is None else files,
                schema=pa.schema([*schema, *day], metadata=schema.metadata),
                filesystem=system,
                format="parquet",
                partitioning=ds.partitioning(day, flavor="hive"),
                partition_base_dir=place,
            )
        except (OSError, pa.ArrowInvalid) as error:
            raise DlintError(
                f"{self.address}: holds no answers: {error}", "dlint fleet run writes them"
            ) from error

    def known(self, version: str, settings: str) -> Mapping[str, frozenset[str]]:
        """Return what has an answer by this version of dlint under these settings, by its
        place: commits, and `NAME:TAG@DIGEST` of registries. A repository that failed has none.
        """
        import pyarrow.compute as pc

        try:
            rows = self.dataset(IMAGES)
        except DlintError:
            return {}
        wanted = (pc.field("dlint") == version) & (pc.field("settings") == settings)
        answered = pc.field("image").is_valid() | pc.field("error").is_null()
        found: dict[str, set[str]] = {}
        columns = ["place", "commit", "image", "digest"]
        for files in _few(rows.files):
            some = self._dataset(IMAGES, files)
            for batch in some.to_batches(columns=columns, filter=wanted & answered):
                for row in batch.to_pylist():
                    key = row["commit"] or f"{row['image']}@{row['digest']}"
                    found.setdefault(row["place"], set()).add(key)
        return {place: frozenset(keys) for place, keys in found.items()}

    def _remote(self, path: str) -> tuple[Any, str]:
        """Return the file system of an address, and the path in there. Raises DlintError where
        fsspec lacks what it needs.
        """
        require("fsspec")
        from fsspec.core import url_to_fs

        try:
            system, place = url_to_fs(path)
        except (ImportError, ValueError) as error:
            raise DlintError(f"{path}: fsspec cannot open it: {error}") from error
        return system, place


def _few(files: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(files), FEW):
        yield files[first : first + FEW]


def moment(seconds: float) -> datetime:
    """Return a moment in seconds since 1970, as columns hold it."""
    return datetime.fromtimestamp(seconds, UTC)


def today(seconds: float) -> str:
    """Return the day of a moment, in seconds since 1970, as ISO has it (UTC)."""
    return moment(seconds).date().isoformat()


def _parquet(columns: tuple[Column, ...], rows: Sequence[Row]) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(_table(columns, rows), buffer, compression="zstd")
    return buffer.getvalue()


def _table(columns: tuple[Column, ...], rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    schema = arrow_schema(columns)
    try:
        return pa.Table.from_pylist(list(rows), schema=schema)
    except UnicodeEncodeError:  # a path that is no Unicode
        return pa.Table.from_pylist([_clean(row) for row in rows], schema=schema)


def _clean(value: Any) -> Any:  # noqa: ANN401  whatever a row holds
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_clean(each) for each in value]
        case dict():
            return {name: _clean(each) for name, each in value.items()}
    return value

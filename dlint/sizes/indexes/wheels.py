"""Python's wheels: which one an installer takes, and what it adds to a layer.

What a wheel's archive says of its files is at its end, and is read by a range request: a few kB of
a file of any size.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from dlint.errors import DlintError
from dlint.packages import MOST_BYTES
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.packages import Base

MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "386": "i686",
    "arm": "armv7l",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}
OLDEST_GLIBC = {"x86_64": 5, "i686": 5}  # PEP 600: 2.17 elsewhere
ELSEWHERE = 17
LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}  # of glibc 2.x
END = 1 << 16  # most wheels' directories are shorter
LONGEST = 1 << 24  # that of 100,000 files

# What wheels' files take up in a layer, from 35 wheels of 0.07 to 35 MB that pip 23.2 unpacked into
# a gzip -6 layer, with byte code and without (benchmarks/archives.py). A wheel packs each file
# apart, a layer all in one stream: of a file's first bytes half are saved. Byte code packs worse
# than its source. Mean error 3 %, with byte code 5, worst 30.
SAVED, SAVED_OF = 0.5, 600
BYTECODE, UNLIKE, UNLIKE_OF = 2.3, 0.9, 1000
# Layer bytes for a byte of a wheel whose directory cannot be read, without byte code and with it:
# the medians of the same wheels. With byte code those of pure Python lie between 0.98 and 3.0, the
# others between 0.97 and 1.9.
PURE, BINARY = (0.89, 2.07), (0.985, 1.08)
# The least of 18 wheels (benchmarks/archives.py): data in many small files, which pack better as
# one, and get no byte code.
LEAST = 0.53


class Contents(NamedTuple):
    """What a wheel's directory tells: bytes unpacked, in a layer, and what its modules' byte code
    adds to that.

    `archive` is the size of the wheel, as its server told it with the directory.
    """

    archive: int
    unpacked: int
    layer: int
    bytecode: int


def machine(base: Base) -> str:
    """Return what Python calls the base's architecture; raises DlintError for one that has no
    wheels.
    """
    architecture = base.architecture.partition("/")[0]
    if architecture not in MACHINES:
        raise DlintError(f"which wheels are for {base.architecture} is not known")
    return MACHINES[architecture]


@lru_cache(maxsize=32)
def tags(base: Base) -> tuple[Tag, ...]:
    """Return the tags of wheels that CPython takes on the base, the best first; raises
    DlintError.
    """
    python = version_of(base)
    platforms = list(_platforms(base))
    interpreter = f"cp{''.join(map(str, python))}"
    return (
        *cpython_tags(python, platforms=platforms),
        *compatible_tags(python, interpreter, platforms),
    )


@lru_cache(maxsize=32)
def _ranks(base: Base) -> Mapping[Tag, int]:
    """Return how many tags are better than each."""
    return {tag: at for at, tag in enumerate(tags(base))}


def version_of(base: Base) -> tuple[int, int]:
    """Return the base's Python as numbers; raises DlintError where it is not known."""
    match base.python.split(".")[:2]:
        case [major, minor] if major.isdigit() and minor.isdigit():
            return int(major), int(minor)
    raise DlintError("which Python the base has is not known")


def _platforms(base: Base) -> Iterator[str]:
    name, (major, minor) = machine(base), base.libc_version
    if base.libc == "musl":
        yield from (f"musllinux_{major}_{each}_{name}" for each in range(minor, -1, -1))
    else:
        for each in range(minor, OLDEST_GLIBC.get(name, ELSEWHERE) - 1, -1):
            yield f"manylinux_{major}_{each}_{name}"
            if each in LEGACY:
                yield f"{LEGACY[each]}_{name}"
    yield f"linux_{name}"


def best(filenames: Iterable[str], base: Base) -> str | None:
    """Return the wheel that pip takes of a version's files: by tag, then by build number; None
    where none fits.
    """
    rank = _ranks(base)
    found: list[tuple[int, tuple[int, str] | tuple[()], str]] = []
    for name in filenames:
        try:
            _, _, build, its = parse_wheel_filename(name)
        except InvalidWheelFilename:
            continue
        if ranks := [rank[tag] for tag in its if tag in rank]:
            found.append((-min(ranks), build, name))
    return max(found)[2] if found else None


def layer_bytes(filename: str, archive: int, contents: Contents | None, *, bytecode: bool) -> int:
    """Return about how many bytes a wheel's files take up in a gzip layer, with Python's byte code
    or without.
    """
    if contents is not None:
        return contents.layer + contents.bytecode * bytecode
    ratio, compiled = PURE if filename.endswith("-none-any.whl") else BINARY
    return round(archive * (compiled if bytecode else ratio))


def least_layer_bytes(archive: int, contents: Contents | None) -> int | None:
    """Return the bytes that a wheel's files take up at the least, where only its archive's size is
    known: what a ratio makes of that is an average; None where its directory tells more.
    """
    return None if contents else round(archive * LEAST)


def read_contents(part: Callable[[str, int], tuple[bytes, int | None]]) -> Contents | None:
    """Read a wheel's directory; `part` returns the bytes of a range (at most so many) and the
    whole's size.

    None where the server knows no ranges, or what it sends is no wheel's end. Raises what `part`
    raises.
    """
    end, whole = part(f"-{END}", END)
    try:
        if not end or whole is None:
            return None
        if (start := _start(end)) is not None and whole - start > len(end):
            end, _ = part(f"-{whole - start}", LONGEST)
        with zipfile.ZipFile(_End(end, whole)) as wheel:
            return _contents(wheel.infolist(), whole)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        return None


def _start(end: bytes) -> int | None:
    """Return where a wheel's directory begins, None where that does not tell (ZIP64, or no
    wheel).
    """
    at = end.rfind(b"PK\5\6")
    found = int.from_bytes(end[at + 16 : at + 20], "little") if at >= 0 else 0
    return found if 0 < found < 0xFFFFFFFF else None  # noqa: PLR2004  ZIP's mark for "elsewhere"


def _contents(entries: Iterable[zipfile.ZipInfo], whole: int) -> Contents | None:
    files = [each for each in entries if not each.is_dir()]
    packed, unpacked = (
        sum(each.compress_size for each in files),
        sum(each.file_size for each in files),
    )
    if packed > whole or unpacked > MOST_BYTES:
        return None  # no archive is smaller than its files in it
    layer = sum(each.compress_size - SAVED * min(each.compress_size, SAVED_OF) for each in files)
    modules = (each.compress_size for each in files if each.filename.endswith(".py"))
    added = sum(BYTECODE * (size - UNLIKE * min(size, UNLIKE_OF)) for size in modules)
    return Contents(whole, unpacked, round(layer), round(added))


class _End(io.BytesIO):
    """The end of a file of `whole` bytes, as if all of it were there."""

    def __init__(self, end: bytes, whole: int) -> None:
        super().__init__(end)
        self._before = whole - len(end)

    def seek(self, position: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place of the whole file; raises ValueError before its end's begin."""
        offset = position - self._before if whence == io.SEEK_SET else position
        return super().seek(offset, whence) + self._before

    def tell(self) -> int:
        """Tell the place in the whole file."""
        return super().tell() + self._before

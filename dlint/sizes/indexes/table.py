"""The packages of Debian's releases, from the table that comes along."""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from functools import cache
from typing import TYPE_CHECKING

from dlint.sizes.indexes.apt import PRIORITIES, Package
from dlint.sizes.tables import tables
from dlint.text.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlint.sizes.indexes.apt import Group
    from dlint.sizes.tables import Tables

RELEASES = ("bullseye", "bookworm", "trixie")
BLOCK = 256  # lines, so that a lookup unpacks some 20 kB

_MEASURED, _ESSENTIAL = "m", "e"


class _Known(dict[str, "Package | None"]):
    """The packages that were read, by name; one that was not is read when it is asked for."""

    def __init__(self, read: Callable[[str], Package | None]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, name: str) -> Package | None:
        found = self[name] = self._read(name)
        return found


class Table:
    """One release of Debian, looked up by name in the table."""

    def __init__(self, release: str, source: Tables) -> None:
        """Take a release's code name; nothing is read yet."""
        self.release = release
        self._tables = source
        self._blocks: dict[int, list[str]] = {}
        self._packages = _Known(self._read_package)
        # Return the package of a name, None where the release has none: nearly always the
        # dictionary answers by itself, for which Python need not enter a function.
        self.package: Callable[[str], Package | None] = self._packages.__getitem__

    def names(self, start: str) -> Iterator[str]:
        """Yield the names of the packages that begin in a way."""
        firsts = self._firsts
        for at in range(max(0, bisect_right(firsts, start) - 1), len(firsts)):
            if firsts[at] > start and not firsts[at].startswith(start):
                break
            names = (line.partition("\t")[0] for line in self._block(at))
            yield from (name for name in names if name.startswith(start))

    def providers(self, name: str) -> Sequence[str]:
        """Return the names of the packages that provide a virtual one, and no package is called so
        itself.
        """
        if self._packages.get(name):
            return ()
        line = self._line(name)
        return tuple(line[1:].split(" ")) if line and line.startswith("@") else ()

    @property
    def required(self) -> tuple[str, ...]:
        """The names of what each system of the release has: essential packages and those of
        priority required.
        """
        return tuple(self._tables.source(f"{self.release}/required").text.split())

    def _read_package(self, name: str) -> Package | None:
        line = self._line(name)
        return package_of(name, line) if line and not line.startswith("@") else None

    def _line(self, name: str) -> str | None:
        if not name.isascii():
            return None  # no package is called so, and SQLite takes no lone surrogate
        at = bisect_right(self._firsts, name) - 1
        if at < 0:
            return None
        lines, start = self._block(at), f"{name}\t"
        place = bisect_left(lines, start)
        if place == len(lines) or not lines[place].startswith(start):
            return None
        return lines[place][len(start) :]

    def _block(self, at: int) -> list[str]:
        """Return the lines of a block, in the order of the names."""
        lines = self._blocks.get(at)
        if lines is None:
            found = self._tables.connection.execute(
                "SELECT lines FROM package WHERE release = ? AND first = ?",
                (self.release, self._firsts[at]),
            )
            (packed,) = found.fetchone()
            lines = self._blocks[at] = zlib.decompress(packed).decode("ascii").split("\n")
        return lines

    @lazy
    def _firsts(self) -> list[str]:
        """The first name in each block."""
        found = self._tables.connection.execute(
            "SELECT first FROM package WHERE release = ? ORDER BY first", (self.release,)
        )
        return [first for (first,) in found]


@cache
def debian(release: str) -> Table:
    """Return a release of Debian by its code name. Raises KeyError where the table does not hold
    it.
    """
    if release not in RELEASES:
        raise KeyError(release)
    return Table(release, tables())


def line_of(package: Package) -> str:
    """Write a package as `package_of` reads it, behind its name: what is guessed as a share of its
    archive.
    """
    flags = (
        _MEASURED * package.measured
        + _ESSENTIAL * package.essential
        + str(PRIORITIES.index(package.priority))
    )
    weights = (_written(package, weight) for weight in (package.full, package.slim))
    numbers = (package.archive, package.installed, *weights)
    groups = (" ".join(map("|".join, each)) for each in (package.depends, package.recommends))
    return "\t".join(
        (
            *map(str, numbers),
            flags,
            *groups,
            " ".join(package.provides),
            " ".join(package.conflicts),
        )
    )


def package_of(name: str, line: str) -> Package:
    """Read a package as `line_of` writes it."""
    archive, installed, full, slim, flags, depends, recommends, provides, conflicts = line.split(
        "\t"
    )
    return Package(
        name=name,
        archive=int(archive),
        installed=int(installed),
        depends=_groups(depends),
        recommends=_groups(recommends),
        provides=tuple(provides.split()),
        conflicts=tuple(conflicts.split()),
        priority=PRIORITIES[int(flags[-1])],
        essential=_ESSENTIAL in flags,
        full=_read(full, int(archive)),
        slim=_read(slim, int(archive)),
        measured=_MEASURED in flags,
    )


def _written(package: Package, weight: int | None) -> str:
    if weight is None or package.measured:
        return str(weight or 0)
    return (  # one of few: an exact number could not be compressed
        f"{round(weight * 100 / package.archive)}%"
    )


def _read(text: str, archive: int) -> int | None:
    return round(archive * int(text[:-1]) / 100) if text.endswith("%") else int(text) or None


def _groups(text: str) -> tuple[Group, ...]:
    return tuple(map(_group, text.split()))


@cache  # most packages depend on the same few
def _group(text: str) -> Group:
    return tuple(text.split("|"))


def blocks(packages: Iterable[Package]) -> Iterator[tuple[str, bytes]]:
    """Yield the blocks of a release: the first name in each, and its lines, compressed.

    A virtual package has a line of its own, which names those that provide it, unless one is called
    like it.
    """
    lines: dict[str, str] = {}
    virtual: dict[str, list[str]] = {}
    for package in sorted(packages):
        lines[package.name] = line_of(package)
        for name in package.provides:
            virtual.setdefault(name, []).append(package.name)
    lines |= {
        name: f"@{' '.join(providers)}" for name, providers in virtual.items() if name not in lines
    }
    rows = [f"{name}\t{lines[name]}" for name in sorted(lines)]
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        yield block[0].partition("\t")[0], zlib.compress("\n".join(block).encode("ascii"), 9)

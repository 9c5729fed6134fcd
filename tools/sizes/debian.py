"""Makes dlint/sizes/tables.sqlite anew: Debian's packages by name, what they add to a layer, and
the official images.

    python tools/sizes/names.py ARCHIVE > names.txt                    which packages Dockerfiles
    install python tools/sizes/debs.py WORK --names names.txt                  measures their .debs
    python tools/sizes/installs.py WORK --release trixie git,curl …    measures real installs python
    tools/sizes/debian.py WORK --bases base_images.jsonl --day 2026-11-28

The last fetches the indexes where WORK has none yet, and writes the same bytes for the same indexes
and results. No figure is typed: packages that debs.py measured have their own bytes; others get
those of their archive times the ratio of another release's package of this name, or else the median
ratio of their kind, and are marked as guessed.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archive import ARCHITECTURE, RELEASES, Mirror, Release, mirror_of_this_machine
from bases import rows, sizes
from debs import base_of, read_index, required
from measure import Stream

from dlint.bytes.compress import COMPRESSORS
from dlint.sizes.indexes.apt import AptIndex, Index
from dlint.sizes.indexes.table import blocks
from dlint.sizes.tables import PATH, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.sizes.indexes.apt import Package

SCALE = COMPRESSORS[
    "gzip"
].scale  # what a builder's gzip makes of a byte of zlib's, with which all was measured
FEWEST = 6  # measured packages of a kind that tell a ratio
# What maintainer scripts write, by the folder, and which package's they are (`#`: a version). The
# bytes are those that installs.py found; byte code of Python's modules is measured with their
# packages.
MADE_BY = {
    "etc/ssl/certs/java/": "ca-certificates-java",
    "etc/ssl/certs/": "ca-certificates",
    "usr/lib/udev/hwdb.bin": "udev",
    "usr/share/mime/": "shared-mime-info",
    "var/lib/mysql/": "mariadb-server",
    "var/lib/postgresql/": "postgresql-#",
}
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("symbols", r".*-dbg(sym)?"),
        ("documents", r".*-(doc|docs|man|manual|help)"),
        ("rust", r"librust-.*"),
        ("go", r"golang-.*-dev"),
        ("haskell", r"libghc-.*"),
        ("development", r".*-(dev|headers(-.*)?)"),
        ("python", r"python3?-.*|lib(python).*"),
        ("perl", r"lib.*-perl"),
        ("java", r"lib.*-java|.*-(jre|jdk).*"),
        ("r", r"r-(cran|bioc|base|other)-.*"),
        ("node", r"node-.*"),
        ("php", r"php.*"),
        ("ruby", r"ruby.*"),
        ("fonts", r"(fonts|xfonts|ttf|t1)-.*"),
        ("texlive", r"texlive.*|tex-.*"),
        (
            "translations",
            r".*-(l10n|i18n|locale|locales).*|(hunspell|aspell|hyphen|mythes|w[a-z]+)-.*",
        ),
        ("data", r".*-(data|common|theme|themes|base|icons)"),
        ("library", r"lib.*"),
    )
)
_DIGITS = re.compile(r"\d+(\.\d+)*(t64)?")


class Measured(NamedTuple):
    """What debs.py found of one package, with its archive's bytes."""

    archive: int
    full: int
    slim: int


Known = dict[str, Measured]


def main() -> int:
    """Write the tables; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--bases", type=Path, required=True)
    parser.add_argument("--day", required=True, help="the day of the indexes, as 2026-11-28")
    parser.add_argument("--output", type=Path, default=PATH)
    parser.add_argument("--archive")
    parser.add_argument("--security")
    args = parser.parse_args()
    mirror = (
        Mirror(args.archive, args.security)
        if args.archive and args.security
        else mirror_of_this_machine()
    )
    releases = [Release(args.work, name, mirror) for name in RELEASES]
    for release in releases:
        if not release.indexes():
            release.update()
    write(args.output, releases, args.bases, args.day)
    sys.stderr.write(f"{args.output}: {args.output.stat().st_size} bytes\n")
    return 0


def write(output: Path, releases: Sequence[Release], bases: Path, day: str) -> None:
    """Write the file of tables from what the releases' folders hold."""
    indexes = {release.name: read_index(release) for release in releases}
    made = made_by(releases)
    known = {release.name: measured(release, indexes[release.name], made) for release in releases}
    ratios = Ratios(known)
    output.unlink(missing_ok=True)
    with sqlite3.connect(output) as file:
        file.executescript(f"PRAGMA page_size = 1024; {SCHEMA}")
        installs: list[Install] = []
        for release in releases:
            index = Index(
                ratios.weighed(each, known[release.name].get(each.name))
                for each in indexes[release.name]
            )
            installs.extend(installs_of(release, index))
            pairs = ((release.name, first, lines) for first, lines in blocks(index))
            file.executemany("INSERT INTO package VALUES (?, ?, ?)", pairs)
            _facts(file, release.name, lists_of(release))
            _source(file, release.name, day, _described(index))
            _source(file, f"{release.name}/required", day, " ".join(required(index)))
        _facts(file, "", {**ratios.spread(), **overhead_of(installs)})
        images = list(rows(bases))
        output.with_name("bases.txt").write_text(sizes(images), "ascii")
        file.executemany("INSERT INTO base VALUES (?, ?, ?, ?, ?, ?, ?, ?)", images)
        newest = max(row[2] for row in images)
        _source(
            file, "bases", newest, f"official images ({ARCHITECTURE}), newest of {len(images)} tags"
        )
    file.close()
    with sqlite3.connect(output, isolation_level=None) as whole:
        whole.execute("VACUUM")
    whole.close()


def _facts(file: sqlite3.Connection, release: str, facts: Mapping[str, float]) -> None:
    rows = ((name, release, value) for name, value in sorted(facts.items()))
    file.executemany("INSERT INTO fact VALUES (?, ?, ?)", rows)


def _source(file: sqlite3.Connection, name: str, day: str, text: str) -> None:
    file.execute("INSERT INTO source VALUES (?, ?, ?)", (name, day, text))


def _described(index: Index) -> str:
    measured = [each.measured for each in index]
    return (
        f"Packages of main, updates and security ({ARCHITECTURE}): {len(measured)} packages,"
        f" {sum(measured)} measured"
    )


def measured(release: Release, index: Index, made: Mapping[str, int]) -> Known:
    """Return what debs.py has measured of a release's packages, with what their scripts were seen
    to write.
    """
    found = {}
    for line in _lines(release.folder / "measured.tsv"):
        name, version, full, slim = line.split("\t")
        package = index.package(name)
        if package is not None and package.version == version:
            extra = made.get(stem(name), 0)
            found[name] = Measured(
                package.archive, *(round((int(each) + extra) * SCALE) for each in (full, slim))
            )
    return found


def made_by(releases: Iterable[Release]) -> dict[str, int]:
    """Return by a package's stem how many bytes its scripts write: the median of the installs that
    installs.py made.
    """
    sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for release in releases:
        for line in _lines(release.folder / "unowned.tsv"):
            words, path, size = line.split("\t")
            package = next(
                (each for folder, each in MADE_BY.items() if path.startswith(folder)), None
            )
            if package and "__pycache__" not in path:
                sums[package, release.name, words] += int(size)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for (package, _, _), total in sums.items():
        found[package].append(total)
    return {package: round(statistics.median(sizes)) for package, sizes in found.items()}


class Ratios:
    """How many bytes of a layer a byte of an archive makes, by what was measured."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        """Take the packages measured, by release."""
        self._names: dict[str, Measured] = {}
        self._kinds: defaultdict[str, list[Measured]] = defaultdict(list)
        self._all: list[tuple[str, Measured]] = []
        for found in known.values():  # the latest release comes last, and counts
            self._names |= {stem(name): each for name, each in found.items()}
            for name, each in found.items():
                self._kinds[kind_of(name)].append(each)
                self._kinds[""].append(each)
                self._all.append((name, each))
        self._full = {
            kind: _median([each.full / each.archive for each in found])
            for kind, found in self._told()
        }
        self._slim = {
            kind: _median([each.slim / each.archive for each in found])
            for kind, found in self._told()
        }

    def _told(self) -> Iterator[tuple[str, list[Measured]]]:
        return (
            (kind, found) for kind, found in self._kinds.items() if len(found) >= FEWEST or not kind
        )

    def weighed(self, package: Package, known: Measured | None) -> Package:
        """Return a package with its bytes in a layer; None where nothing was measured at all."""
        if known is not None:
            return package._replace(full=known.full, slim=known.slim, measured=True)
        if not self._all:
            return package
        if same := self._names.get(stem(package.name)):
            full, slim = same.full / same.archive, same.slim / same.archive
        else:
            full, slim = self._of_kind(package.name)
        return package._replace(
            full=round(package.archive * full), slim=round(package.archive * slim)
        )

    def _of_kind(self, name: str) -> tuple[float, float]:
        kind = kind_of(name)
        kind = kind if kind in self._full else ""
        return self._full[kind], self._slim[kind]

    def spread(self) -> dict[str, float]:
        """Return how far the guess by kind is off: true bytes for a guessed one, at the 10th and
        90th percentile.
        """
        off = sorted(each.full / each.archive / self._of_kind(name)[0] for name, each in self._all)
        if not off:
            return {}
        ratios = {"ratio-full": self._full[""], "ratio-slim": self._slim[""]}
        return {"guess-low": off[len(off) // 10], "guess-high": off[len(off) * 9 // 10], **ratios}


def kind_of(name: str) -> str:
    """Return what kind of package a name tells of; "" for programs and whatever else."""
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(name)), "")


def stem(name: str) -> str:
    """Return a name that stays the same from release to release: `libgcc-14-dev` and
    `libgcc-12-dev`.
    """
    return _DIGITS.sub("#", name)


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else 0.0


def lists_of(release: Release) -> dict[str, int]:
    """Return the bytes that `apt-get update` leaves in a layer, and those that `apt-get dist-clean`
    leaves of them.

    `lists`: kept compressed as images tell apt to, `lists-stored`: what these take up themselves;
    `lists-plain`: plain.
    """
    sizes = {}
    kinds = (
        ("lists", release.kept, "*"),
        ("lists-plain", release.lists, "*"),
        ("lists-left", release.kept, "*Release"),
    )
    for name, folder, pattern in kinds:
        stream = Stream()
        files = sorted(
            path for path in folder.glob(pattern) if path.is_file() and path.name != "lock"
        )
        sizes[f"{name}-stored"] = sum(path.stat().st_size for path in files)
        for path in files:
            stream.file(f"var/lib/apt/lists/{path.name.rpartition('/')[2]}", path.read_bytes())
        sizes[name] = round(stream.close() * SCALE)
    return sizes


class Install(NamedTuple):
    """What installs.py found of one install, with what it brings by the index: bytes of a layer."""

    there: int
    brought: tuple[Package, ...]
    slim: bool
    total: float
    parts: Mapping[str, float]


def installs_of(release: Release, index: Index) -> Iterator[Install]:
    """Yield the installs that were made of a release; `index` has its packages with their bytes."""
    apt, base = AptIndex(index), base_of(index)
    for line in _lines(release.folder / "installs.tsv"):
        words, slim, recommends, above, total, *parts = line.split("\t")
        there = base | apt.closure(above.split(","), there=base).names if above else base
        brought = apt.closure(
            words.split(","), recommends=recommends == "recommends", there=there
        ).packages
        sizes = {key: int(value) * SCALE for key, value in (part.split("=") for part in parts)}
        yield Install(len(there), brought, slim == "slim", int(total) * SCALE, sizes)


def overhead_of(installs: Sequence[Install]) -> dict[str, float]:
    """Return what an install adds besides packages, in bytes of a layer, and how far the sum is off
    then.

    `per-package`: dpkg stores again what it knows of each package that is installed then.
    `constant`: logs, and what debconf knows of all questions; it keeps that twice (`debconf`) where
    a package brings questions of its own.
    `model-low` and `model-high`: true bytes for a modelled one, at the 10th and 90th percentile.
    """
    logs = {
        asks: [
            each.parts["logs"]
            for each in installs
            if any(package.asks for package in each.brought) == asks
        ]
        for asks in (False, True)
    }
    if not all(logs.values()):
        return {}
    constant = statistics.median(logs[False])
    debconf = statistics.median(logs[True]) - constant
    status = statistics.median(
        each.parts["status"] / (each.there + len(each.brought)) for each in installs
    )
    off = []
    for each in installs:
        packages = sum(
            (package.slim if each.slim else package.full) or 0 for package in each.brought
        )
        asking = debconf * any(package.asks for package in each.brought)
        off.append(
            each.total / (packages + constant + asking + status * (each.there + len(each.brought)))
        )
    off.sort()
    return {
        "constant": round(constant),
        "debconf": round(debconf),
        "per-package": round(status, 1),
        "model-low": round(off[len(off) // 10], 3),
        "model-high": round(off[len(off) * 9 // 10], 3),
    }


def _lines(path: Path) -> Iterable[str]:
    return path.read_text().splitlines() if path.is_file() else ()


if __name__ == "__main__":
    sys.exit(main())

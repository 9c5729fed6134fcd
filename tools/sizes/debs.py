"""Measures packages of Debian as a layer stores them; what was measured before is kept.

    python tools/sizes/debs.py WORK --names names.txt [--release trixie] [--count 700] [--largest
    40]

WORK is a folder for apt's state and the results (WORK/RELEASE/measured.tsv, which may be
interrupted and goes on). The packages are those on which the installs of names.txt (of names.py)
weigh most: each with all that it needs and, for a third, recommends. Each .deb is deleted once it
is measured. --largest leaves out what is larger, in MB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from archive import RELEASES, Mirror, Release, mirror_of_this_machine
from measure import measure

from dlint.sizes.indexes.apt import AptIndex, Index, minimal, read_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 25
# The weight that a package gets for being recommended alone: an assumption, not counted. It only
# orders what is measured first.
TAKING_RECOMMENDED = 0.3


def main() -> int:
    """Measure; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--names", type=Path, required=True)
    parser.add_argument("--release", action="append", choices=RELEASES)
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--largest", type=float, default=40, help="in MB")
    parser.add_argument("--archive")
    parser.add_argument("--security")
    args = parser.parse_args()
    mirror = (
        Mirror(args.archive, args.security)
        if args.archive and args.security
        else mirror_of_this_machine()
    )
    for name in args.release or RELEASES:
        release = Release(args.work, name, mirror)
        if not release.indexes():
            release.update()
        index = read_index(release)
        counts = {
            name: int(count) for name, count in map(str.split, args.names.read_text().splitlines())
        }
        order = [
            each for each in heaviest(index, counts) if size_of(index, each) <= args.largest * 1e6
        ]
        measure_all(release, index, order[: args.count])
    return 0


def read_index(release: Release) -> Index:
    """Return all packages of a release."""
    return Index(
        package for path in release.indexes() for package in read_packages(path.read_bytes())
    )


def base_of(index: Index) -> frozenset[str]:
    """Return what debootstrap's variant minbase holds."""
    return minimal(index, required(index))


def required(index: Index) -> list[str]:
    """Return what each system has, and what debootstrap takes where a dependency of that has two
    alternatives.
    """
    wanted = [each.name for each in index if each.essential or each.priority == "required"]
    merged = index.package("usr-is-merged")
    return ["usr-is-merged", *wanted] if merged and "usr-is-merged" in merged_by(index) else wanted


def merged_by(index: Index) -> set[str]:
    """Return what the package that comes first in each system needs, all alternatives."""
    helpers = index.package("init-system-helpers")
    return {name for group in helpers.depends for name in group} if helpers else set()


def heaviest(index: Index, counts: dict[str, int]) -> list[str]:
    """Return the packages that installs of `counts` bring, those of which they fetch most bytes
    first.
    """
    apt, base = AptIndex(index), base_of(index)
    weights: Counter[str] = Counter()
    for name, count in counts.items():
        for recommends, share in ((False, 1 - TAKING_RECOMMENDED), (True, TAKING_RECOMMENDED)):
            for package in apt.closure([name], recommends=recommends, there=base).packages:
                weights[package.name] += round(count * package.archive * share)
    return sorted(weights, key=lambda name: (-weights[name], name))


def size_of(index: Index, name: str) -> int:
    """Return the bytes of a .deb."""
    package = index.package(name)
    return package.archive if package else 0


def measure_all(release: Release, index: Index, names: list[str]) -> None:
    """Measure what was not measured yet, and write it to the release's measured.tsv: name, version,
    full, slim.
    """
    results = release.folder / "measured.tsv"
    known = (
        {tuple(line.split("\t")[:2]) for line in results.read_text().splitlines()}
        if results.exists()
        else set()
    )
    todo = [
        name
        for name in names
        if (package := index.package(name)) and (name, package.version) not in known
    ]
    for start in range(0, len(todo), BATCH):
        release.download(todo[start : start + BATCH])
        with results.open("a") as file:
            for name, version, path in _debs(release):
                full, slim = measure(path, name)
                file.write(f"{name}\t{version}\t{full}\t{slim}\n")
                path.unlink()
        sys.stderr.write(f"{release.name}: {start + BATCH} of {len(todo)}\n")


def _debs(release: Release) -> Iterator[tuple[str, str, Path]]:
    for path in sorted(release.debs.glob("*.deb")):
        shown = ["dpkg-deb", "--show", "--showformat=${Package}\t${Version}", str(path)]
        name, version = subprocess.run(
            shown, check=True, capture_output=True, text=True
        ).stdout.split("\t")
        yield name, version, path


if __name__ == "__main__":
    sys.exit(main())

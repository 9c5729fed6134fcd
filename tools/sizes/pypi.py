"""Makes dlint/sizes/pypi.txt anew: what the packages weigh that it lists, and what each needs of
them.

    python tools/sizes/pypi.py [NAME ...] > pypi.txt

Asks the user's own index, by dlint's own source of sizes, for the names that the table has and no
others; what these need their resolver finds, as in an install. A name that cannot be had keeps its
line, and is told of. With names, only those lines are made anew.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlint.manifests.requirements import canonical
from dlint.packages import Base, OnlineSettings, SizeRequest
from dlint.sizes.indexes.pypi import package_sizes

if TYPE_CHECKING:
    from collections.abc import Container

TABLE = Path(__file__).parents[2] / "dlint" / "sizes" / "pypi.txt"
BASE = Base("3.11")
HEAD = """\
# Packages on PyPI ({month}, CPython 3.11 on x86-64), those that images often install and what
# these need: name, size of the wheel in kB, and what it needs of this table. Wheels below 50 kB are
# left out, but for those that are often asked for themselves. Made by tools/sizes/pypi.py.
"""
AT_ONCE = 4


class Row(NamedTuple):
    """One line: kB of the wheel, and all of the table that comes with it."""

    kilobytes: int
    needs: frozenset[str]


def main(names: list[str]) -> int:
    """Write the table; the exit status."""
    lines = [line.split() for line in TABLE.read_text("ascii").splitlines() if line[:1] != "#"]
    old = {name: Row(int(size), frozenset(needs)) for name, size, *needs in lines}
    asked = [name for name in old if not names or name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(asked, pool.map(lambda name: ask(name, old.keys()), asked), strict=True))
    rows = old | {name: row for name, row in found.items() if row is not None}
    sys.stdout.write(HEAD.format(month=f"{datetime.now(UTC):%B %Y}"))
    for name, row in sorted(rows.items()):
        words = [name, str(row.kilobytes), *sorted(direct(row.needs, rows))]
        sys.stdout.write(" ".join(words) + "\n")
    return 0


def ask(name: str, listed: Container[str]) -> Row | None:
    """Return what an index tells of a package; None where it does not."""
    answer = package_sizes(SizeRequest("pypi", (name,), base=BASE), OnlineSettings(online=True))
    sizes = {canonical(each.name): each.archive_bytes for each in answer.sizes}
    own = sizes.get(name)
    if own is None:
        why = "; ".join(f"{each.name} {each.why}" for each in answer.missing)
        sys.stderr.write(f"{name}: stays as it is: {why}\n")
        return None
    needs = frozenset(each for each in sizes if each != name and each in listed)
    return Row(max(1, round(own / 1000)), needs)


def direct(needs: frozenset[str], rows: dict[str, Row]) -> frozenset[str]:
    """Return the needs that do not come with others of them; of two that need each other both."""
    return frozenset(
        each
        for each in needs
        if not any(
            each in rows[other].needs and other not in rows[each].needs for other in needs - {each}
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

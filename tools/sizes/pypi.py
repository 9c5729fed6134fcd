"""Makes dlint/sizes/pypi.txt anew: what the packages weigh that it lists, and what each needs of
them.

    python tools/sizes/pypi.py [NAME ...] > pypi.txt

Asks the user's own index, by dlint's own source of sizes, for the names that the table has and no
others; what these need their resolver finds, as in an install. A name that cannot be had keeps its
line, and is told of. With names, only those lines are made anew.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlint.manifests.requirements import canonical
from dlint.packages import Base, OnlineSettings, SizeRequest
from dlint.sizes.indexes.own import package_sizes

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

TABLE = Path(__file__).parents[2] / "dlint" / "sizes" / "pypi.txt"
BASE = Base("3.11")
HEAD = """\
# Packages on PyPI ({month}, CPython 3.11 on x86-64), those that images often install and what
# these need: name, size of the wheel in kB, and what it needs of this table. Wheels below 50 kB are
# left out, but for those that are often asked for themselves. Made by tools/sizes/pypi.py. Behind
# `@` is the oldest version from which on all weigh half to twice as much with what they need, where
# others weigh less or more (tools/sizes/releases.py).
"""
AT_ONCE = 4


class Found(NamedTuple):
    """What an install of one package brings: bytes by name, its own among them."""

    sizes: Mapping[str, int]

    def needs(self, name: str, listed: Container[str]) -> frozenset[str]:
        """Return what of the table comes with it."""
        return frozenset(each for each in self.sizes if each != name and each in listed)


def main(names: list[str]) -> int:
    """Write the table; the exit status."""
    lines = [line.split() for line in TABLE.read_text("ascii").splitlines() if line[:1] != "#"]
    old = {name: (int(size.partition("@")[0]), frozenset(needs)) for name, size, *needs in lines}
    since = {name: size.partition("@")[2] for name, size, *_ in lines if "@" in size}
    asked = [name for name in old if not names or name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = zip(asked, pool.map(ask, asked), strict=True)
        found = {name: each for name, each in answers if each is not None}
    needs = {name: each[1] for name, each in old.items()}
    needs |= {name: each.needs(name, old.keys()) for name, each in found.items()}
    sizes = {name: each[0] for name, each in old.items()}
    sizes |= {name: as_brought(name, found, needs) for name in found}
    sys.stdout.write(HEAD.format(month=f"{datetime.now(UTC):%B %Y}"))
    for name in sorted(old):
        told = f"{sizes[name]}@{since[name]}" if name in since else str(sizes[name])
        words = [name, told, *sorted(direct(name, needs))]
        sys.stdout.write(" ".join(words) + "\n")
    return 0


def ask(name: str) -> Found | None:
    """Return what an index tells of a package; None where it does not."""
    request = SizeRequest("pypi", (name,), base=BASE)
    answer = package_sizes(request, OnlineSettings(online=True))
    told = answer.sizes if answer else ()
    sizes = {canonical(each.name): each.archive_bytes for each in told if each.archive_bytes}
    if name not in sizes:
        missing = answer.missing if answer else ()
        why = "; ".join(f"{each.name} {each.why}" for each in missing)
        sys.stderr.write(f"{name}: stays as it is: {why}\n")
        return None
    return Found(sizes)


def as_brought(name: str, found: Mapping[str, Found], needs: Mapping[str, frozenset[str]]) -> int:
    """Return the kB of a package in the version that comes most often with what nothing else of the
    table needs: torch holds its libraries at older ones.
    """
    needed = frozenset[str]().union(*needs.values())
    tops = (
        each.sizes[name] for top, each in found.items() if top not in needed and name in each.sizes
    )
    size = next(iter(Counter(tops).most_common(1)), (found[name].sizes[name], 0))[0]
    return max(1, round(size / 1000))


def direct(name: str, needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the needs of a package that do not come with others of them; those that need the
    package itself bring nothing of their own.
    """
    others = [each for each in needs[name] if name not in needs[each]]
    return frozenset(
        each
        for each in needs[name]
        if not any(
            each in needs[other] and other not in needs[each] for other in others if other != each
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

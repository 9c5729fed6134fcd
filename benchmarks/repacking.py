"""Weigh orders against re-packing: `python benchmarks/repacking.py CLONE…`.

What is copied from a repository is divided into parts, its folders, and each of the last commits
changes some of them. The same matrix of parts and commits is pushed in five ways, of which each
number is the mean of a commit, in bytes of files before compression:

- `one`: all parts in one layer, as `COPY . .` has them;
- `order`: a layer for each part, in the order that costs the least: dlint's own optimum, since a
  layer is made anew with each one below it;
- `greedy`: parts packed into LAYERS layers that do not depend on each other, by the rule of tools
  that take finished images apart (`dlint.order.repacking`, which a fleet's rows use as well);
- `packed`: the same by the best of all partitions, which a search over sets finds;
- `bound`: each file by itself, which no packing of whole files goes below.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.context.run_git import git
from dlint.errors import DlintError
from dlint.fleet.workspace import open_clone
from dlint.order.optimum import Cost, Instance, Observed, solve
from dlint.order.repacking import NOTHING, Part, packed, together
from dlint.text.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMITS = 100
PARTS, LAYERS = 10, 4
WAYS = ("one", "order", "greedy", "packed", "bound")


def main(words: Sequence[str]) -> int:
    """Print a line for each clone, and the sum of all."""
    sys.stdout.write(f"{'clone':40}" + "".join(f"{way:>12}" for way in WAYS) + "\n")
    total = [0.0] * len(WAYS)
    for word in words:
        try:
            found = list(_ways(Path(word)))
        except DlintError as error:
            sys.stderr.write(f"{error.message}\n")
            continue
        total = [one + other for one, other in zip(total, found, strict=True)]
        _print(word[-40:], found)
    _print("all", total)
    return 0


def _print(name: str, found: Sequence[float]) -> None:
    cells = "".join(f"{human_bytes(round(each)):>12}" for each in found)
    sys.stdout.write(f"{name:40}{cells}\n")


def _ways(folder: Path) -> Iterator[float]:
    """Yield what a commit pushes in the mean, by each of the ways."""
    files, count = _files(folder)
    parts = _parts(files)
    whole = together(parts)
    yield whole.cost / count
    yield _ordered(parts, count)
    yield sum(each.cost for each in packed(parts, LAYERS)) / count
    yield _best(parts) / count
    yield sum(each.cost for each in files.values()) / count


def _files(folder: Path) -> tuple[dict[str, Part], int]:
    """Return the files of HEAD with what changed them, and the number of commits."""
    clone = open_clone(folder)
    listed = git(clone.folder, *clone.how, "ls-tree", "-rlz", "--full-tree", clone.commit) or b""
    sizes: dict[str, int] = {}
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        facts, _, name = line.partition("\t")
        size = facts.split()[-1]
        sizes[name] = int(size) if size.isdigit() else 0
    words = ("log", "--first-parent", "--diff-merges=first-parent", f"--max-count={COMMITS}")
    form = ("--no-renames", "--name-only", "--format=%x01", "-z", clone.commit)
    out = (git(clone.folder, *clone.how, *words, *form) or b"").split(b"\x01")[1:]
    changed: dict[str, int] = {}
    for at, part in enumerate(out):
        for name in part.decode("utf-8", "surrogateescape").strip("\0\n").split("\0"):
            changed[name] = changed.get(name, 0) | 1 << at
    return {name: Part(size, changed.get(name, 0)) for name, size in sizes.items()}, len(out) or 1


def _parts(files: dict[str, Part]) -> list[Part]:
    """Return the parts: the folders of two levels that cost the most, and all else as one."""
    found: dict[str, Part] = {}
    for name, file in files.items():
        folder = "/".join(name.split("/")[:-1][:2])
        found[folder] = found.get(folder, NOTHING).with_(file)
    ranked = sorted(found.values(), key=lambda part: (-part.cost, -part.size))
    rest = together(ranked[PARTS - 1 :])
    return [part for part in (*ranked[: PARTS - 1], rest) if part.size]


def _ordered(parts: Sequence[Part], count: int) -> float:
    """Return the mean of the cheapest order, in which a layer is made anew with those below it."""
    changes = [
        [at for at, part in enumerate(parts) if part.commits >> bit & 1] for bit in range(count)
    ]
    chance = Observed(changes)
    weights = [Cost(0, part.size) for part in parts]
    numbers = list(range(len(parts)))
    best = solve(Instance(numbers, weights, [0] * len(parts), chance, chance.none()))
    return float(best.cost.known) / count


def _best(parts: Sequence[Part]) -> int:
    """Return what the best partition into LAYERS layers costs, by dynamic programming over sets."""
    every = (1 << len(parts)) - 1
    cost = [
        together([part for at, part in enumerate(parts) if some >> at & 1]).cost
        for some in range(every + 1)
    ]
    best = cost
    for _ in range(LAYERS - 1):
        better = list(best)
        for some in range(1, every + 1):
            inside = some
            while inside:
                better[some] = min(better[some], best[some ^ inside] + cost[inside])
                inside = (inside - 1) & some
        best = better
    return best[every]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

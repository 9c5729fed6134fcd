"""Mutate the seeds of each target for a while: `python fuzz/run.py [--seconds N] [--seed N]`; with
`--most N` no more than so many inputs each, so that a run is the same on every machine.

An input that raises anything but DlintError, or takes longer or more than is promised, is written
to `fuzz/found/` and ends the run with 1. `--atheris TARGET` has libFuzzer look for them by what the
code covers instead, where the package atheris is installed; its own options stand behind `--`.
`--files FOLDER` checks mutants of that folder's Dockerfiles by all rules in place of the targets.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from files import check_whole
from mutate import mutated
from targets import TARGETS

from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HERE = Path(__file__).parent
SECONDS = 5.0  # of a processor, for 100 kB
MEGABYTES = 300
FEW = 100


def main() -> int:
    """Run; the exit status."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--seconds", type=float, default=100, help="of a processor, for all targets together"
    )
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--most", type=int, help="inputs of each target at most")
    options.add_argument("--target", choices=TARGETS, action="append")
    options.add_argument("--files", type=Path, help="a folder of Dockerfiles to mutate instead")
    options.add_argument("--atheris", choices=TARGETS, metavar="TARGET")
    options.add_argument("rest", nargs="*")
    given = options.parse_args()
    if given.atheris:
        return _with_atheris(given.atheris, given.rest)
    if given.files:
        paths = (path for path in given.files.rglob("*Dockerfile*") if path.is_file())
        seeds = {str(path): path.read_bytes() for path in sorted(paths)}
        order = Random(given.seed).sample(list(seeds), len(seeds))
        seeds = {name: seeds[name] for name in order}
        inputs = islice(_inputs(seeds, given.seed), given.most)
        return _fuzzed("files", check_whole, inputs, given.seconds)
    names = given.target or list(TARGETS)
    each = given.seconds / len(names)
    return max(
        _fuzzed(name, TARGETS[name], islice(_inputs(_seeds(name), given.seed), given.most), each)
        for name in names
    )


def _seeds(target: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((HERE / "corpus" / target).iterdir())}


def _inputs(seeds: dict[str, bytes], seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield the seeds where they are few, and then mutants of each in turn, without an end."""
    if len(seeds) < FEW:
        yield from seeds.items()
    texts = list(seeds.values())
    number = 0
    while True:
        for name, data in seeds.items():
            number += 1
            yield name, mutated(Random(f"{seed} {number}"), [data, data, data, *texts])


def _fuzzed(
    target: str,
    run: Callable[[str, bytes], None],
    inputs: Iterable[tuple[str, bytes]],
    seconds: float,
) -> int:
    """Run a target on mutants until its time of a processor is over; 1 where it failed."""
    end = time.process_time() + seconds
    count = failures = 0
    slowest = 0.0
    seen: set[str] = set()
    for name, data in inputs:
        start = time.process_time()
        why = _failure(run, name, data)
        took = time.process_time() - start
        slowest = max(slowest, took)
        if not why and took > SECONDS:
            why = f"{took:.1f} s"
        if why:
            failures += 1
            if (kind := _kind(why)) not in seen:
                seen.add(kind)
                _keep(target, name, data, why)
        count += 1
        if time.process_time() > end:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if peak > MEGABYTES:
        failures += 1
    print(
        f"{target:14} {count:7} inputs {failures:3} failures, slowest {slowest:.2f} s,"
        f" at most {peak:.0f} MB",
        flush=True,
    )
    return int(failures > 0)


def _failure(run: Callable[[str, bytes], None], name: str, data: bytes) -> str:
    try:
        run(name, data)
    except DlintError:
        return ""
    except Exception:  # noqa: BLE001  each is what is looked for
        return traceback.format_exc()
    return ""


def _kind(why: str) -> str:
    """Return where a failure arose and what it was: one input of each kind is kept."""
    places = [line for line in why.splitlines() if line.startswith("  File ")]
    return f"{places[-1:]} {why.splitlines()[-1].partition(':')[0]}"


def _keep(target: str, name: str, data: bytes, why: str) -> None:
    folder = HERE / "found" / target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(data).hexdigest()[:12]}-{Path(name).name}"
    path.write_bytes(data)
    print(f"{path}: {why}", flush=True)


def _with_atheris(target: str, words: list[str]) -> int:
    import atheris

    run, names = TARGETS[target], sorted(_seeds(target))

    def one(data: bytes) -> None:
        name = names[data[0] % len(names)] if data else names[0]
        try:
            run(name, data[1:])
        except DlintError:
            return

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *words], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())

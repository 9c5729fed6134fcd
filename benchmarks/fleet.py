"""Time a fleet on a cluster of this machine: `python benchmarks/fleet.py FOLDER [--images N]`.

The Dockerfiles below FOLDER are dealt out to bare repositories, as many times over as needed, each
in a folder of its own beside a few files, with three commits. A Dask `LocalCluster` of each number
of workers then checks all of them, with answers of its own. Printed are images per second, the
memory that the largest worker needed, and which share of the time went into other than dlint's own
work: of that of the items, clones, laying files out and writing answers, and of that of the
workers, waiting for the scheduler as well. While it runs, a line for each EVERY images tells the
rate since the line before and the memory by then.

With `--keep DIR` repositories and answers stay there: a run that was ended goes on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.config.settings import Overrides
from dlint.fleet.engine import on_dask
from dlint.fleet.job import Item, Job, Kind
from dlint.fleet.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from distributed import Client

    from dlint.fleet.job import Outcome

EACH = 25  # Dockerfiles of one repository
EVERY = 2_000  # images after which it is told how far a run is
COMMITS = 3
WORKERS = (1, 2, 4, 8)
SOURCE = b"print('hello')\n" * 40
REQUIREMENTS = b"flask==3.0.3\nrequests==2.32.3\n"


def main() -> int:
    """Make the repositories, and run over them with each number of workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder that holds Dockerfiles")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--workers", type=int, nargs="*", default=WORKERS)
    parser.add_argument("--commits", type=int, default=0, help="commits of the bill of an image")
    parser.add_argument("--keep", type=Path, help="folder of the repositories and answers")
    args = parser.parse_args()
    texts = [path.read_bytes() for path in sorted(args.folder.rglob("*")) if path.is_file()]
    with nullcontext(args.keep) if args.keep else tempfile.TemporaryDirectory() as above:
        items = list(_made(Path(above), texts, args.images))
        sys.stdout.write(f"{args.images} images in {len(items)} repositories, ")
        sys.stdout.write(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
        for workers in args.workers:
            out = str(Path(above) / f"out{workers}")
            _run(Job(out, "2026-01-31", Overrides(isolated=True), args.commits), items, workers)
    return 0


def _made(folder: Path, texts: Sequence[bytes], images: int) -> Iterator[Item]:
    """Yield bare repositories that hold `images` Dockerfiles in all."""
    dealt = islice(cycle(texts), images)
    number = 0
    while some := list(islice(dealt, EACH)):
        place = folder / f"{number % 100:02}" / f"{number}.git"
        if not (place / "refs/heads/master").exists():
            _make(place, b"".join(_commits(some)))
        yield Item(Kind.CLONE, str(place.resolve()))
        number += 1


def _make(place: Path, story: bytes) -> None:
    place.mkdir(parents=True, exist_ok=True)
    words = ["git", "init", "--quiet", "--bare", "--template=", place]
    subprocess.run(words, check=True)  # noqa: S603
    words = ["git", "-C", place, "fast-import", "--quiet"]
    subprocess.run(words, input=story, check=True)  # noqa: S603


def _commits(texts: Sequence[bytes]) -> Iterator[bytes]:
    """Yield what git's fast-import reads: a first commit of all files, and changes of one."""
    for at in range(COMMITS):
        message = f"commit {at}".encode()
        yield b"commit refs/heads/master\ncommitter a <a@a> %d +0000\n" % (1_700_000_000 + at)
        yield b"data %d\n%b\n" % (len(message), message)
        for number, text in enumerate(texts):
            files = {"app.py": b"# %d\n" % at + SOURCE}
            if not at:
                files |= {
                    "Dockerfile": text,
                    "requirements.txt": REQUIREMENTS,
                }
            for name, content in files.items():
                yield b"M 100644 inline service%d/%b\n" % (number, name.encode())
                yield b"data %d\n%b\n" % (len(content), content)


def _run(job: Job, items: Sequence[Item], workers: int) -> None:
    import dask.config
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),  # as docs say, for memory
        LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster) as client,
    ):
        began = time.perf_counter()
        done = list(_watched(_outcomes(job, items, cluster.scheduler_address), client))
        took = time.perf_counter() - began
        memory = max(client.run(_peak).values())
    failed = [each.error for each in done if each.error]
    images = sum(each.rows for each in done)
    checking, busy = (sum(getattr(each, name) for each in done) for name in ("checking", "seconds"))
    # beyond the processors, workers wait for each other in dlint's own work, too
    waiting = f"{1 - checking / (took * workers):.1%}" if workers <= (os.cpu_count() or 1) else "-"
    outside = f"{1 - checking / busy:.1%}" if images else "-"
    sys.stdout.write("workers  seconds  images/s  memory  outside items  outside workers\n")
    sys.stdout.write(
        f"{workers:7}  {took:7.1f}  {images / took:8.1f}  {memory >> 20:3} MB"
        f"  {outside:>13}  {waiting:>15}\n"
    )
    sys.stdout.write("".join(f"failed: {error}\n" for error in failed[:5]))


def _outcomes(job: Job, items: Sequence[Item], address: str) -> Iterator[Outcome]:
    """Yield what comes of the items, without what was known of them before."""
    for outcome in run(job, items, lambda job, todo: on_dask(job, todo, address)):
        yield outcome._replace(item=outcome.item._replace(known=frozenset()))


def _watched(outcomes: Iterator[Outcome], client: Client) -> Iterator[Outcome]:
    """Yield outcomes, and print how far the run is at each step."""
    images = last = known = 0
    step = EVERY // 2
    since = time.perf_counter()
    for outcome in outcomes:
        yield outcome
        images += outcome.rows
        known += not outcome.computed
        if images < step:
            continue
        now = time.perf_counter()
        own = _resident()
        most = max(client.run(_resident).values())
        sys.stdout.write(
            f"{images:7} images, {known} repositories known: {(images - last) / (now - since):.1f}"
            f" images/s, main process {own >> 20} MB, largest worker {most >> 20} MB\n"
        )
        sys.stdout.flush()
        last, since = images, time.perf_counter()
        step = (images // EVERY + 1) * EVERY


def _resident() -> int:
    import psutil

    return psutil.Process().memory_info().rss


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())

"""`dlint fleet`: many repositories at once: `run` them, `report` on them, `query` the answers."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import CANNOT_TELL, common
from dlint.cli.against import add_insecure_registry
from dlint.cli.fleet_progress import watched
from dlint.cli.fleet_report import add_query, add_report
from dlint.config.settings import Overrides
from dlint.errors import DlintError
from dlint.fleet.extra import NEEDED, require
from dlint.model import BUILDERS
from dlint.text.units import parse_bytes, plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Generator, Sequence

    from dlint.fleet.job import Item, Job, Outcome

COMMITS = 20
SHOWN = 10  # repositories without an answer that are named
FOLDER = "dlint-fleet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is to be done."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    about = "Check repositories and registries, and write their answers as Parquet"
    _add_run(actions.add_parser("run", help=about, description=f"{about}."))
    about = "Say which images cost the most, who shares which base, and what changed"
    add_report(actions.add_parser("report", help=about, description=f"{about}."), FOLDER)
    about = "Answer an SQL query over the views that the documentation lists"
    add_query(actions.add_parser("query", help=about, description=f"{about}."), FOLDER)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action=_run)
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help=(
            "folder of clones, Compose or Bake file, file that lists addresses or paths, address"
            " that git clones from, or docker://HOST/"
        ),
    )
    parser.add_argument(
        "--out",
        default=FOLDER,
        metavar="DIR",
        help=f"folder of the answers, or an address for fsspec (default: {FOLDER})",
    )
    parser.add_argument(
        "--commits",
        type=int,
        default=COMMITS,
        metavar="N",
        help=f"number of commits to replay for the bill of an image (default: {COMMITS})",
    )
    parser.add_argument("--platform", metavar="P", help="platform of the images")
    parser.add_argument(
        "--builder", choices=BUILDERS, help=f"builder of the images (default: {BUILDERS[0]})"
    )
    add_insecure_registry(parser)
    engine = parser.add_argument_group("engine")
    which = engine.add_mutually_exclusive_group()
    which.add_argument(
        "--jobs", type=int, metavar="N", help="number of processes (default: one per processor)"
    )
    which.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="scheduler of a Dask cluster, such as tcp://HOST:8786",
    )
    engine.add_argument(
        "--memory",
        default="4GB",
        metavar="SIZE",
        help="memory that one process may take (default: 4GB)",
    )
    common.add_settings(parser)
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print nothing but what has no answer"
    )
    parser.add_argument(
        "--debug", action="store_true", help="show where in dlint an error occurred"
    )


def run(args: argparse.Namespace) -> int:
    """Do what is asked; the exit status."""
    require(*NEEDED)
    act: Callable[[argparse.Namespace], int] = args.action
    return act(args)


def _run(args: argparse.Namespace) -> int:
    """Run; the exit status: 2 where a repository has no answer."""
    from dlint.fleet.run import run as outcomes
    from dlint.fleet.sources import items_of

    _require_sense(args)
    job = _job(args)
    items = items_of(args.sources, job.insecure)
    done = _Tally()
    with watched(len(items), is_shown=not args.quiet) as note:
        try:
            # closed here, whatever ends it, since processes end with it
            with closing(outcomes(job, items, _engine(args))) as found:
                for outcome in found:
                    done.add(outcome)
                    note(outcome)
        except KeyboardInterrupt:
            common.note(args, f"{done}; the same command goes on from here")
            raise
    common.note(args, f"{done}; answers are in {job.out}")
    args.quiet = False
    for each in done.lacking:
        common.note(args, f"warning: {each}")
    if done.failed > SHOWN:
        common.note(args, f"warning: and {done.failed - SHOWN} more; see dlint fleet report")
    return CANNOT_TELL if done.failed else 0


def _require_sense(args: argparse.Namespace) -> None:
    if args.commits < 0:
        raise DlintError(f"--commits must be at least 0, not {args.commits}")
    if args.jobs is not None and args.jobs < 1:
        raise DlintError(f"--jobs must be at least 1, not {args.jobs}")


def _job(args: argparse.Namespace) -> Job:
    from dlint.fleet.job import Job
    from dlint.fleet.store import REMOTE, today

    config = args.config and str(Path(args.config).resolve())
    if config and not Path(config).is_file():
        raise DlintError(f"{args.config}: no such file")
    given = Overrides(
        config=config, isolated=args.isolated, platform=args.platform, builder=args.builder
    )
    out = args.out if REMOTE in args.out else str(Path(args.out).resolve())
    return Job(
        out,
        today(time.time()),
        given,
        args.commits,
        plugins=not args.no_plugins,
        insecure=tuple(args.insecure_registry),
    )


def _engine(args: argparse.Namespace) -> Callable[[Job, Sequence[Item]], Generator[Outcome]]:
    from dlint.fleet.engine import in_processes, on_dask

    if args.scheduler:
        return lambda job, items: on_dask(job, items, args.scheduler)
    try:
        memory = parse_bytes(args.memory)
    except ValueError as error:
        raise DlintError(f"--memory: {error}") from error
    workers = args.jobs or os.cpu_count() or 1
    return lambda job, items: in_processes(job, items, workers, memory)


class _Tally:
    """What came of a run's items, in numbers; `lacking` says of the first that have no answer why,
    so that a run over a million repositories keeps no more in memory than one over ten.
    """

    def __init__(self) -> None:
        self.seen = self.computed = self.rows = self.failed = 0
        self.lacking: list[str] = []

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.seen += 1
        if outcome.error:
            self.failed += 1
            self.lacking += [f"{outcome.item.label}: {outcome.error}"][: SHOWN - len(self.lacking)]
        elif outcome.computed:
            self.computed += 1
            self.rows += outcome.rows

    def __str__(self) -> str:
        known = self.seen - self.computed - self.failed
        rows = plural(self.rows, "row")
        parts = [f"{self.computed} of {self.seen} repositories checked, {rows}"]
        parts += [f"{known} known"] if known else []
        parts += [f"{self.failed} without an answer"] if self.failed else []
        return ", ".join(parts)

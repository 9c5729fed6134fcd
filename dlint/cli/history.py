"""`dlint history`: what each commit pushed, and which instruction cost it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cache import SizeCache, folder
from dlint.cli import common
from dlint.engine import Checker, Spec, Task
from dlint.errors import DlintError
from dlint.history import blame, percentile, replay
from dlint.push.revisions import Project
from dlint.push.sizes import Sizes
from dlint.units import human_bytes

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from dlint.history import Blame, CommitPush

FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")
BARS = " ▁▂▃▄▅▆▇█"
COMMITS = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the Dockerfile and which commits to replay."""
    parser.add_argument("dockerfile", nargs="?", default="Dockerfile", metavar="DOCKERFILE")
    parser.add_argument("--commits", type=int, default=COMMITS, metavar="N", help=f"how many (default: {COMMITS})")
    parser.add_argument("--rev", default="HEAD", metavar="REV", help="the newest of them (default: HEAD)")
    parser.add_argument("--against", metavar="SOURCE", help="an image of it, which tells how large its RUN layers are")
    parser.add_argument("--insecure-registry", action="append", default=[], metavar="HOST", help="may be plain HTTP")
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="keep no sizes for the next run (they are in $DLINT_CACHE_DIR, $XDG_CACHE_HOME/dlint or ~/.cache/dlint)",
    )
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the replay; the exit status."""
    if args.commits < 1:
        raise DlintError(f"--commits must be at least 1, not {args.commits}")
    checker = Checker(Spec(common.overrides(args), third_party=not args.no_plugins))
    chosen = common.output_format(args, FORMATS)
    settings = checker.settings(Task(args.dockerfile))
    path = Path(args.dockerfile)
    project = Project.find(path, settings.context_of(path))
    if project is None:
        raise DlintError(f"{args.dockerfile}: not in a git repository, so it has no history")
    options = settings.build_options
    facts = None
    if args.against is not None:
        from dlint.images import RegistrySettings

        insecure = (*args.insecure_registry, *settings.insecure_registries)
        facts = checker.plugins.image_facts(args.against, options.platform, RegistrySettings(insecure=insecure))
    commits = project.commits(args.rev, args.commits + 1)
    if project.repository.is_shallow:
        common.note(args, "this clone is shallow: older commits are cut off (git fetch --unshallow brings them)")
    pushes = []
    cache = None if args.no_cache else SizeCache(folder())
    for push in replay(project, commits, options, Sizes(options.builder, facts, {} if cache is None else cache)):
        pushes.append(push)
        _progress(args, len(pushes), len(commits))
    if cache is not None:
        cache.save()
    common.emit(args, _write(args, chosen, pushes))
    return 0


def _progress(args: argparse.Namespace, done: int, total: int) -> None:
    """Show how far a long replay is, at a terminal."""
    if args.quiet or not sys.stderr.isatty():
        return
    sys.stderr.write(f"\rreplaying commit {done} of {total}" + ("\r\x1b[K" if done == total else ""))
    sys.stderr.flush()


def _write(args: argparse.Namespace, chosen: str, pushes: Sequence[CommitPush]) -> str:
    if chosen == "json":
        from json import dumps

        return dumps(_as_dict(args.dockerfile, pushes), indent=2) + "\n"
    if chosen == common.PRETTY:
        return _pretty(args, pushes)
    lines = _markdown(pushes) if chosen == "markdown" else _text(pushes)
    return "".join(f"{line}\n" for line in lines)


def _as_dict(path: str, pushes: Sequence[CommitPush]) -> dict[str, Any]:
    counted = [push for push in pushes if push.counted]
    sizes = [push.pushed_bytes for push in counted]
    return {
        "schema": 1,
        "path": path,
        "commits": [
            {
                "rev": push.commit.id,
                "subject": push.commit.subject,
                "pushed_bytes": push.pushed_bytes,
                "unknown_layers": push.unknown_layers,
                "cause": {"line": push.cause.line, "paths": list(push.cause.paths)} if push.cause else None,
            }
            for push in counted
        ],
        "total_bytes": sum(sizes),
        "mean_bytes": round(sum(sizes) / len(sizes)) if sizes else 0,
        "p95_bytes": percentile(sizes, 0.95),
        "by_instruction": [each._asdict() for each in blame(pushes)],
    }


def _cause(push: CommitPush) -> str:
    if push.cause is None:
        return push.problem
    more = len(push.cause.paths) - 1
    paths = push.cause.paths[0] + (f" and {more} more" if more > 0 else "") if push.cause.paths else ""
    return f"line {push.cause.line}" + (f": {paths}" if paths else "")


def _known(push: CommitPush) -> str:
    return human_bytes(push.pushed_bytes) + (f" + {push.unknown_layers} unknown" if push.unknown_layers else "")


def _summary(pushes: Sequence[CommitPush]) -> str:
    sizes = [push.pushed_bytes for push in pushes if push.counted]
    if not sizes:
        return "no commit has one before it: nothing to compare"
    unknown = sum(push.unknown_layers for push in pushes)
    text = f"{len(sizes)} commits pushed {human_bytes(sum(sizes))} (modelled): {human_bytes(sum(sizes) // len(sizes))} "
    text += f"in the mean, {human_bytes(percentile(sizes, 0.95))} at the 95th percentile"
    return text + (f"; besides, {unknown} layers of unknown size (--against IMAGE tells them)" if unknown else "")


def spark(values: Sequence[int]) -> str:
    """Return one character a value, as high as its share of the largest."""
    top = max(values, default=0) or 1
    return "".join(BARS[-(-value * (len(BARS) - 1) // top)] for value in values)


def _blamed(each: Blame) -> str:
    return f"line {each.line}: {each.misses} times, {human_bytes(each.bytes)}  {_short(each.instruction)}"


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _text(pushes: Sequence[CommitPush]) -> Iterator[str]:
    for push in pushes:
        if push.counted or push.plan is None:
            yield f"{push.commit.id[:10]}  {_known(push):>20}  {_cause(push)}  ({_short(push.commit.subject, 50)})"
    yield _summary(pushes)
    yield from (_blamed(each) for each in blame(pushes))


def _markdown(pushes: Sequence[CommitPush]) -> Iterator[str]:
    yield "| commit | pushed | because of | subject |"
    yield "|---|---:|---|---|"
    for push in pushes:
        if push.counted:
            cells = (push.commit.id[:10], _known(push), _cause(push), push.commit.subject)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
    yield _summary(pushes)
    yield ""
    yield from (f"- {_blamed(each)}" for each in blame(pushes))


def _pretty(args: argparse.Namespace, pushes: Sequence[CommitPush]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    color = common.use_color(args)
    console = Console(force_terminal=color, no_color=not color, width=common.width(), highlight=False)
    counted = [push for push in pushes if push.counted]
    top = max((push.pushed_bytes for push in counted), default=0) or 1
    table = Table(box=None, pad_edge=False)
    for name in ("commit", "pushed", "", "because of", "subject"):
        table.add_column(name, justify="right" if name == "pushed" else "left", no_wrap=True, overflow="ellipsis")
    for push in counted:
        bar = "█" * round(20 * push.pushed_bytes / top)
        table.add_row(
            Text(push.commit.id[:10], "dim"),
            _known(push),
            Text(bar, "yellow"),
            Text(_cause(push)),
            Text(push.commit.subject),
        )
    with console.capture() as captured:
        console.print(table)
        console.print(Text(spark([push.pushed_bytes for push in counted])))
        console.print(Text(_summary(pushes), "bold"))
        for each in blame(pushes):
            console.print(Text(_blamed(each)))
    return captured.get()

"""`dlint history`: what each commit pushed, and which instruction cost it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cli import CANNOT_TELL, against, common, units
from dlint.cli.failures import complain
from dlint.cli.sound import require_sound
from dlint.errors import DlintError
from dlint.history.remembered import Remembered
from dlint.history.replay import (
    blame,
    cause_text,
    known_text,
    pushed_text,
    remarks,
    replay,
    subject_text,
    totals,
    unknown_text,
)
from dlint.lint.engine import Task
from dlint.lint.failures import of_file
from dlint.project.cache import SizeCache, folder
from dlint.push.revisions import Project
from dlint.push.sizes import Sizes
from dlint.sizes.indexes.kept import Shelf
from dlint.sizes.recorded import stale_note
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.shorten import shortened
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.config.settings import Settings
    from dlint.context.git import Commit
    from dlint.history.replay import Blame, CommitPush
    from dlint.lint.engine import Checker
    from dlint.model import Options

HTML = "html"
FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown", HTML)
COMMITS = 100
WIDTH = 60  # characters of an instruction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the Dockerfile and which commits to replay."""
    common.add_dockerfile(parser)
    parser.add_argument(
        "--commits",
        type=int,
        default=COMMITS,
        metavar="N",
        help=f"number of commits (default: {COMMITS})",
    )
    parser.add_argument(
        "--rev", default="HEAD", metavar="REV", help="newest commit (default: HEAD)"
    )
    against.add_arguments(
        parser, "take the sizes of layers from this image: docker://REF, oci:DIR[:TAG], …"
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        help="also draw the history on an HTML page (needs dlint-dockerfile[html])",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help=(
            "neither use nor keep what earlier runs found (in $DLINT_CACHE_DIR,"
            " $XDG_CACHE_HOME/dlint or ~/.cache/dlint; may be deleted at any time)"
        ),
    )
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the replay; the exit status."""
    units.as_dockerfile(args)
    if args.commits < 1:
        raise DlintError(f"--commits must be at least 1, not {args.commits}")
    checker = common.checker_for(args)
    chosen = common.output_format(args, FORMATS)
    if args.html is not None or chosen == HTML:
        import dlint.history.page  # noqa: F401  what it needs is missed before a long replay, not after
    settings = checker.settings(Task(args.dockerfile))
    common.note_settings(args, settings)
    path = Path(args.dockerfile)
    project = Project.find(path, settings.context_of(path))
    if project is None:
        why = Project.lacking(path, settings.context_of(path))
        raise DlintError(f"{args.dockerfile}: it has no history: {why}")
    task = Task(args.dockerfile)
    options = common.knowing(args, checker, task).options(task)
    commits = project.commits(args.rev, args.commits + 1)
    cache = None if args.no_cache else SizeCache(folder())
    known = None if args.no_cache else _remembered(checker, settings, project, options)
    sizes = Sizes(options.builder, {} if cache is None else cache)
    pushes = list(_watched(args, replay(project, commits, options, sizes, known), len(commits)))
    if cache is not None:
        cache.save()
    if known is not None:
        known.save()
    _require_some(pushes, checker, task)
    notes = list(_notes(project, commits, options))
    if args.html is not None:
        from dlint.history.page import page

        common.write_text(Path(args.html), page(args.dockerfile, pushes, notes))
    for each in notes if chosen in {common.PRETTY, common.PLAIN} else ():
        common.note(args, each)
    common.emit(args, _write(args, chosen, pushes, notes))
    return _told_missing(args, pushes)


def _remembered(
    checker: Checker, settings: Settings, project: Project, options: Options
) -> Remembered | None:
    """Return what earlier runs saw; None where indexes or plugins are asked for sizes: they may
    answer otherwise today.
    """
    if settings.is_online or checker.plugins.installed:
        return None
    return Remembered(folder(), project, options, settings.online, Shelf().state)


def _require_some(pushes: Sequence[CommitPush], checker: Checker, task: Task) -> None:
    """Raise DlintError where no commit holds what could be built."""
    if not pushes or any(push.plan or push.incomplete for push in pushes):
        return
    if Path(task.path).is_file():  # what is wrong with it now is what can be mended
        require_sound(checker.build(task))
    last = pushes[-1]
    raise DlintError(
        f"{task.path}: no commit holds a Dockerfile that a builder takes"
        f" ({last.commit.id[:10]}: {last.problem})"
    )


def _told_missing(args: argparse.Namespace, pushes: Iterable[CommitPush]) -> int:
    """Tell which commits could not be replayed; the exit status."""
    lacking = [push for push in pushes if push.incomplete]
    complain(args, (of_file(args.dockerfile, push.error) for push in lacking if push.error))
    return CANNOT_TELL if lacking else 0


def _watched(
    args: argparse.Namespace, pushes: Iterable[CommitPush], total: int
) -> Iterable[CommitPush]:
    """Show how far a replay is, at a terminal."""
    if args.quiet or not sys.stderr.isatty():
        return pushes
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, no_color=args.color == "never" or None)
    return track(
        pushes, "replaying commits", total, console=console, transient=True, update_period=0.2
    )


def _notes(project: Project, commits: Sequence[Commit], options: Options) -> Iterator[str]:
    """Say what the replay could not see."""
    if project.repository.is_shallow:
        yield "this clone is shallow: older commits are cut off (git fetch --unshallow brings them)"
    if commits:
        try:
            build = project.build(commits[-1].id, options)
        except DlintError:  # that commit's own line says so
            return
        if build is not None:
            yield from remarks(build)
            yield from filter(None, [stale_note(build)])


def _write(
    args: argparse.Namespace, chosen: str, pushes: Sequence[CommitPush], notes: Sequence[str]
) -> str:
    if chosen == "json":
        return json_text(_as_dict(args.dockerfile, pushes, notes), ascii_only=True) + "\n"
    if chosen == HTML:
        from dlint.history.page import page

        return page(args.dockerfile, pushes, notes)
    if chosen == common.PRETTY:
        from dlint.cli.history_pretty import pretty

        return pretty(pushes, color=common.use_color(args), width=common.width(args))
    lines = _markdown(pushes, notes) if chosen == "markdown" else _text(pushes)
    return "".join(f"{line}\n" for line in lines)


def _as_dict(path: str, pushes: Sequence[CommitPush], notes: Sequence[str]) -> dict[str, Any]:
    total = totals(pushes)
    return {
        "schema": 1,
        "path": path,
        "commits": [_commit_dict(push) for push in pushes if push.counted],
        "failed": [
            {"rev": push.commit.id, "subject": push.commit.subject, "problem": push.problem}
            for push in pushes
            if push.problem
        ],
        "total_bytes": total.sum.told,
        "mean_bytes": total.mean.told,
        "p95_bytes": total.p95.told,
        "at_least": total.sum.is_bound,
        "at_most": total.sum.at_most,
        "basis": str(total.basis),
        "unknown_layers": total.unknown,
        "by_instruction": [
            {
                "line": each.line,
                "instruction": each.instruction,
                "misses": each.misses,
                "bytes": each.size.told,
                "at_least": each.size.is_bound,
                "at_most": each.size.at_most,
            }
            for each in blame(pushes)
        ],
        "notes": list(notes),
    }


def _commit_dict(push: CommitPush) -> dict[str, Any]:
    pushed, cause = push.pushed, push.cause
    return {
        "rev": push.commit.id,
        "subject": push.commit.subject,
        "pushed_bytes": pushed.told,
        "at_least": pushed.is_bound,
        "at_most": pushed.at_most,
        "unknown_layers": push.unknown_layers,
        "cause": {"line": cause.line, "paths": list(cause.paths)} if cause else None,
    }


def _summary(pushes: Sequence[CommitPush]) -> str:
    total = totals(pushes)
    if not total.commits:
        return "no commit has one before it: nothing to compare"
    text = pushed_text(total)
    if not total.sum.is_unknown:
        text += f": {total.mean} in the mean, {total.p95} at the 95th percentile"
    return f"{text}; {unknown_text(total)}" if total.unknown else text


def _blamed(each: Blame, instruction: str) -> str:
    return f"line {each.line}: {plural(each.misses, 'time')}, {each.size}  {instruction}"


def _text(pushes: Sequence[CommitPush]) -> Iterator[str]:
    for push in pushes:
        if push.counted or push.problem:
            pushed = "-" if push.problem else known_text(push)
            yield (
                f"{push.commit.id[:10]}  {pushed:>20}  {cause_text(push)} "
                f" ({shortened(subject_text(push), 50)})"
            )
    yield _summary(pushes)
    yield from (
        _blamed(each, shortened(printable(each.instruction), WIDTH)) for each in blame(pushes)
    )


def _markdown(pushes: Sequence[CommitPush], notes: Sequence[str]) -> Iterator[str]:
    yield "| commit | pushed | because of | subject |"
    yield "|---|---:|---|---|"
    for push in pushes:
        if push.counted or push.problem:
            pushed = "-" if push.problem else known_text(push)
            cause, subject = markdown_code(cause_text(push)), markdown(subject_text(push))
            yield f"| {push.commit.id[:10]} | {pushed} | {cause} | {subject} |"
    yield ""
    yield _summary(pushes)
    yield ""
    for each in blame(pushes):
        instruction = shortened(printable(each.instruction), WIDTH)
        yield f"- {_blamed(each, markdown_code(instruction, cell=False))}"
    if notes:
        yield ""
        yield from map(markdown, notes)

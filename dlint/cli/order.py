"""`dlint order`: the order of instructions with the least expected bytes per push."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cli import against, common, units
from dlint.cli.order_answer import SPLITTING, Answer
from dlint.errors import DlintError
from dlint.findings import Safety
from dlint.fix.fixer import Fixer, diff, write_changes
from dlint.lint.engine import Checker, Spec, Task
from dlint.order.judges import FEW, Priors, Replay
from dlint.order.proposal import Candidate, arrange, is_better, propose
from dlint.order.splits import split
from dlint.project.cache import SizeCache, folder
from dlint.project.discovery import STDIN
from dlint.push.revisions import Project
from dlint.push.sizes import Sizes
from dlint.text.diffs import edits_between
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.shorten import shortened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import RenderableType

    from dlint.model import Build
    from dlint.order.optimum import Cost
    from dlint.order.proposal import Proposal
    from dlint.text.source import Source

FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")
WEIGHED = ("bytes", "time")
COMMITS = 100
WIDTH = 110  # characters of an instruction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the Dockerfile, which commits to weigh it by, and what to do with the better order."""
    common.add_dockerfile(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--diff",
        action="store_true",
        help="print the better order as a diff; exit with 1 if there is one",
    )
    what.add_argument("--fix", action="store_true", help="write the better order to the Dockerfile")
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
    parser.add_argument(
        "--weigh",
        choices=WEIGHED,
        default=WEIGHED[0],
        help=(
            "what an order costs: the bytes of a push, or the time of a build, as recorded by dlint"
            f" why --record (default: {WEIGHED[0]})"
        ),
    )
    against.add_arguments(
        parser, "take the sizes of layers from this image: docker://REF, oci:DIR[:TAG], …"
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="neither use nor keep the sizes of earlier runs"
    )
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the better order, show how the file changes or change it; the exit status."""
    units.as_dockerfile(args)
    if args.commits < 1:
        raise DlintError(f"--commits must be at least 1, not {args.commits}")
    if args.fix and args.dockerfile == STDIN:
        raise DlintError(
            "--fix has no file to write", "dlint order - --diff shows what would change"
        )
    chosen = common.output_format(args, FORMATS)
    subject = Subject(*common.open_subject(args))
    cache = None if args.no_cache else SizeCache(folder())
    sizes = Sizes(subject.build.options.builder, {} if cache is None else cache)
    answer = _answer(args, subject, sizes)
    if cache is not None:
        cache.save()
    if args.diff:
        common.emit_patch(args, diff(answer.changes))
        return int(bool(answer.changes))
    if args.fix:
        write_changes(answer.changes)
    common.emit(args, _write(args, chosen, answer))
    return 0


def _answer(args: argparse.Namespace, subject: Subject, sizes: Sizes) -> Answer:
    """Find the best order, by what is asked for."""
    judge = _judge(args, subject, sizes)
    if args.weigh == "time":
        from dlint.cli.order_times import time_answer

        found = _candidates(args, subject)
        return time_answer(args.dockerfile, subject.build, found, judge, sizes, subject.again)
    proposal = propose(_candidates(args, subject), judge, sizes, subject.again)
    unsafe = _with_another_image(args, subject, proposal, judge, sizes)
    return Answer(args.dockerfile, proposal, judge, unsafe)


def _judge(args: argparse.Namespace, subject: Subject, sizes: Sizes) -> Replay | Priors:
    """Judge by git's commits, and by priors where there are none, or too few."""
    path = Path(args.dockerfile)
    context = subject.checker.settings(subject.task).context_of(path)
    project = None if args.dockerfile == STDIN else Project.find(path, context)
    if project is None or project.repository.head() is None:
        why = (
            "no commits of it"
            if project or args.dockerfile == STDIN
            else Project.lacking(path, context)
        )
        common.note(args, f"{args.dockerfile}: {why}; how often files change is guessed")
        return Priors(sizes)
    commits = project.commits(args.rev, args.commits + 1)
    if project.repository.is_shallow:
        common.note(
            args,
            "this clone is shallow: older commits are cut off (git fetch --unshallow brings them)",
        )
    replay = Replay(project, commits, sizes, partial(_progress, args))
    if replay.commits < FEW:
        common.note(
            args, f"fewer than {FEW} commits tell too little; how often files change is guessed"
        )
        return Priors(sizes)
    return replay


def _progress(args: argparse.Namespace, done: int, total: int) -> None:
    """Show how far a long replay is, at a terminal."""
    if not args.quiet and sys.stderr.isatty():
        sys.stderr.write(
            f"\rreplaying commit {done} of {total}" + ("\r\x1b[K" if done == total else "")
        )
        sys.stderr.flush()


def _candidates(args: argparse.Namespace, subject: Subject) -> Iterator[Candidate]:
    """Yield the present Dockerfile, and the one that has manifests copied apart."""
    yield Candidate(subject.build)
    build = subject.build
    # the order of stages that are only copied from is not looked at
    more = build.target is not None and len(list(build.target.ancestors())) < len(build.stages)
    fixed = _with_manifests_apart(args, subject) if more else build
    source = split(fixed)
    if source is not None:
        yield Candidate(subject.again(source), split=True)
    elif fixed is not build:
        yield Candidate(fixed, split=True)


def _with_manifests_apart(
    args: argparse.Namespace, subject: Subject, *, unsafe: bool = False
) -> Build:
    """Return the build with the fixes of the rule that splits what a COPY takes; the same one where
    there are none.
    """
    build = subject.build
    source = build.dockerfile.source
    chosen = subject.checker.spec.overrides._replace(select=(SPLITTING,))
    spec = Spec(chosen, third_party=not args.no_plugins)
    fixed = Fixer(Checker(spec), Task(subject.task.path, source.encode()), unsafe=unsafe).run()
    after = next(
        (change.after for change in fixed.changes if change.before.path == source.path), None
    )
    return build if after is None else subject.again(after)


def _with_another_image(
    args: argparse.Namespace,
    subject: Subject,
    proposal: Proposal,
    judge: Replay | Priors,
    sizes: Sizes,
) -> Cost | None:
    """Return what a push would cost if files of the image might differ: an install may write a lock
    file anew.
    """
    if proposal.best.split:
        return None
    build = _with_manifests_apart(args, subject, unsafe=True)
    if build is subject.build:
        return None
    after = judge.judge(subject.again(arrange(build, judge.judge(build), sizes).source)).cost
    return after if is_better(proposal.after or proposal.before, after) else None


class Subject(common.Subject):
    """The Dockerfile that is put in order."""

    def again(self, source: Source) -> Build:
        """Model another text of it in the same context."""
        return self.checker.build(Task(self.task.path, source.encode()))


def _write(args: argparse.Namespace, chosen: str, answer: Answer) -> str:
    if chosen == "json":
        return json_text(_as_dict(answer), ascii_only=True) + "\n"
    if chosen == common.PRETTY:
        color, width = common.use_color(args), common.width(args)
        return _pretty(answer, written=args.fix, color=color, width=width)
    lines = _markdown(args, answer) if chosen == "markdown" else _text(args, answer)
    return "".join(f"{line}\n" for line in lines)


def _as_dict(answer: Answer) -> dict[str, Any]:
    return {
        "schema": 1,
        "path": answer.path,
        **answer.costs,
        "basis": str(answer.proposal.basis),
        "commits": answer.judge.commits,
        "optimal": answer.optimal,
        "blocked_by": answer.blocked,
        "method": answer.method,
        "order": [{"line": line, "instruction": each.one_line} for line, each in answer.lines],
        "fix": _fix(answer),
    }


def _fix(answer: Answer) -> dict[str, Any] | None:
    for before, after, _ in answer.changes:
        edits = []
        for edit in edits_between(before, after):
            start, end = (before.position(offset) for offset in edit.span)
            place = {
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
            }
            edits.append({**place, "text": edit.text})
        return {"title": _title(answer), "safety": str(Safety.SAFE), "edits": edits}
    return None


def _title(answer: Answer) -> str:
    first = "copy what an install reads apart, and " if answer.proposal.best.split else ""
    return f"{first}put the instructions in the order of the least expected {answer.measure}"


def _rows(answer: Answer) -> Iterator[tuple[str, str]]:
    for line, instruction in answer.lines:
        yield "new" if line is None else str(line), printable(instruction.one_line)


def _text(args: argparse.Namespace, answer: Answer) -> Iterator[str]:
    yield f"{printable(answer.path)}: {answer.now}"
    yield printable(answer.best)
    if answer.changes:
        for line, text in _rows(answer):
            yield f"{line:>5}  {shortened(text, WIDTH)}"
    yield from map(printable, answer.hints(written=args.fix))


def _markdown(args: argparse.Namespace, answer: Answer) -> Iterator[str]:
    yield markdown(f"{answer.now}; {answer.best}")
    yield ""
    yield "| line | instruction |"
    yield "|---:|---|"
    for line, text in _rows(answer):
        yield f"| {line} | {markdown_code(text)} |"
    for hint in answer.hints(written=args.fix):
        yield from ("", markdown(hint))


def _pretty(answer: Answer, *, written: bool, color: bool, width: int) -> str:
    from rich.text import Text

    from dlint.reporters.terminal import Column, render, table

    parts: list[RenderableType] = [
        Text(printable(f"{answer.path}: {answer.now}"), "bold"),
        Text(printable(answer.best), "bold"),
    ]
    if answer.changes:
        columns = Column("line", right=True, style="dim"), Column("instruction", least=12)
        rows = [
            (Text(line), Text(text, "bold green" if line == "new" else ""))
            for line, text in _rows(answer)
        ]
        parts += [Text(""), table(columns, rows, width), Text("")]
    parts += [Text(printable(hint), "dim") for hint in answer.hints(written=written)]
    return render(parts, color=color, width=width)

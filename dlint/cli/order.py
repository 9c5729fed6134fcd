"""`dlint order`: the order of instructions with the least expected bytes per push."""

from __future__ import annotations

import sys
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cli import against, common, units
from dlint.errors import DlintError
from dlint.findings import MIN_BYTES, Basis, Safety, bytes_text
from dlint.fix.fixer import Change, Fixer, diff, write_changes
from dlint.lint.engine import Checker, Spec, Task
from dlint.order.judges import FEW, LIGHTEST, Priors, Replay
from dlint.order.proposal import SHARE, Candidate, arrange, is_better, propose
from dlint.order.splits import split
from dlint.order.task import LEAST
from dlint.project.cache import SizeCache, folder
from dlint.project.discovery import STDIN
from dlint.push.revisions import Project
from dlint.push.sizes import Sizes
from dlint.text.diffs import edits_between
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.shorten import shortened
from dlint.text.units import human_bytes, plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import RenderableType

    from dlint.model import Build, Stage
    from dlint.order.optimum import Cost
    from dlint.order.proposal import Proposal
    from dlint.order.times import Times
    from dlint.syntax import Instruction
    from dlint.text.source import Source

FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")
WEIGHED = ("bytes", "time")
COMMITS = 100
MOST_PUSHES = 1_000  # of which a mean tells
WIDTH = 110  # characters of an instruction
# Its safe fixes split what one COPY takes, so that there is more to put in order.
SPLITTING = "order/copy-before-install"


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

        return time_answer(args.dockerfile, subject, _candidates(args, subject), judge, sizes)
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


class Answer:
    """A proposal in words and numbers."""

    least = human_bytes(LEAST)  # what a better order must save
    measure = "bytes"

    def __init__(
        self, path: str, proposal: Proposal, judge: Replay | Priors | Times, unsafe: Cost | None
    ) -> None:
        """Take what was found for the Dockerfile at `path`, and by whose judgement.

        `unsafe` is the cost of a still better one whose image may hold other files.
        """
        self.path = path
        self.unsafe = unsafe
        self.proposal = proposal
        self.judge = judge
        self.before = proposal.before
        self.after = proposal.after or proposal.before

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is to be written."""
        if self.proposal.after is None:
            return ()
        return (
            Change(
                self.proposal.build.dockerfile.source, self.proposal.best.build.dockerfile.source
            ),
        )

    @property
    def optimal(self) -> bool:
        """Whether no order of the instructions that are left is cheaper."""
        gap = self.proposal.arranged.gap
        refused = self.proposal.refused and self.proposal.after is None
        return not (gap.unknown or gap.known or refused or self.blocked)

    @cached_property
    def blocked(self) -> list[int]:
        """The present file's lines of instructions that may read and write any file, so that a
        better order cannot be ruled out.
        """
        return sorted(each.line for stage in self.proposal.present for each in stage.blocked)

    @property
    def method(self) -> str:
        """How the order was found."""
        sets = self.proposal.arranged.sets
        if self.optimal:
            return f"dynamic programming over {sets} sets of instructions"
        return f"dynamic programming over the most promising {sets} sets of instructions"

    @property
    def now(self) -> str:
        """Say what the present order costs, and what that stands on."""
        commits = self.judge.commits
        by = (
            f"mean of the last {plural(commits, 'commit')}"
            if commits
            else "files change as often as in public repositories"
        )
        return f"{self.of_what} ({by}): {self.cost_text(self.before)}"

    of_what = "expected push"

    @property
    def basis(self) -> Basis:
        """What the costs stand on."""
        return self.proposal.basis if self.judge.commits else Basis.GUESSED

    def cost_text(self, cost: Cost) -> str:
        """Write `139 MB`, `≥ 139 MB (19 layers of unknown size per 10 pushes)` or those layers."""
        return push_text(cost, self.basis)

    @property
    def costs(self) -> dict[str, Any]:
        """The costs in JSON."""
        return {
            "expected_bytes_before": _told(self.before),
            "expected_bytes_after": _told(self.after),
            "at_least": bool(self.before.unknown or self.after.unknown),
            "unknown_layers_before": round(float(self.before.unknown), 4),
            "unknown_layers_after": round(float(self.after.unknown), 4),
        }

    @property
    def best(self) -> str:
        """Say what was found."""
        refused = self.proposal.refused
        if self.proposal.after is None and refused:
            return f"no better order is offered: {refused[0]}"
        gap = self.proposal.arranged.gap
        how = "optimal as far as it is known" if self.blocked else "optimal"
        if gap.known or gap.unknown:
            how = f"within {self.cost_text(gap)} of the optimum"
        if self.proposal.after is None:
            least = f"{float(SHARE):.0%} and {self.least}"
            return f"no order of its instructions saves {least} or more ({how}: {self.method})"
        return f"in a better order: {self.cost_text(self.after)} ({how}: {self.method})"

    def hints(self, *, written: bool) -> Iterator[str]:
        """Yield what there is to do next."""
        if self.changes:
            yield (
                f"{self.path} is written"
                if written
                else "dlint order --diff shows the change, --fix writes it"
            )
        if self.blocked:
            lines = ", ".join(map(str, self.blocked))
            word = "line" if len(self.blocked) == 1 else "lines"
            yield f"nothing moves across {word} {lines}, which may read and write any file"
        if self.unsafe is not None:
            how = f"dlint check --select {SPLITTING} --fix --unsafe-fixes"
            yield f"{self.cost_text(self.unsafe)} if files of the image may differ: {how}"
        yield from self.on_unknown()

    def on_unknown(self) -> Iterator[str]:
        """Say what becomes of layers of unknown size."""
        if self.after.unknown:
            yield (
                "a layer of unknown size weighs what is known of it, an install or a download at"
                f" least {human_bytes(LIGHTEST)}"
            )
            yield "dlint order --against IMAGE gives the sizes of RUN layers"

    @property
    def lines(self) -> Iterator[tuple[int | None, Instruction]]:
        """Yield the instructions of the image's stages, FROM left out, each with its line in the
        present file.
        """
        best = self.proposal.build if self.proposal.after is None else self.proposal.best.build
        for before, stage in zip(_stages(self.proposal.build), _stages(best), strict=True):
            waiting: dict[tuple[str, str], list[int]] = {}
            for instruction in before.instructions:
                waiting.setdefault(_words(instruction), []).append(instruction.line)
            for instruction in stage.instructions[1:]:
                lines = waiting.get(_words(instruction))
                yield lines.pop(0) if lines else None, instruction


def _stages(build: Build) -> list[Stage]:
    """Return the image's stages, the lowest first."""
    return list(build.target.ancestors())[::-1] if build.target else []


def _words(instruction: Instruction) -> tuple[str, str]:
    return instruction.name, "\n".join(
        [instruction.value.text, *(each.body for each in instruction.heredocs)]
    )


def push_text(cost: Cost, basis: Basis) -> str:
    """Write what a push costs in the mean."""
    told = _told(cost)
    known = "" if told is None else bytes_text(told, basis, at_least=bool(cost.unknown))
    if not cost.unknown:
        return known
    count, per = mean_text(float(cost.unknown), "push", "pushes")
    unknown = f"{plural(count, 'layer')} of unknown size per {per}"
    return f"{known} ({unknown})" if known else unknown


def mean_text(mean: float, one: str, several: str) -> tuple[int, str]:
    """Return a mean to two digits, in whole ones, and per how many of what: 19 per 10 pushes."""
    times = 1
    while mean * times < 10 and times < MOST_PUSHES:  # noqa: PLR2004  two digits
        times *= 10
    count = max(round(mean * times), 1)
    while times > 1 and count % 10 == 0:
        count, times = count // 10, times // 10
    return count, one if times == 1 else f"{times} {several}"


def _told(cost: Cost) -> int | None:
    """Return the known bytes of a cost; None where nothing is known."""
    return None if cost.unknown and cost.told < MIN_BYTES else round(cost.told)


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

"""`dlint check --fix` and `--diff`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import CANNOT_TELL, common
from dlint.cli.failures import complain
from dlint.context import open_worktree
from dlint.findings import Basis, Cost
from dlint.fix.fixer import Drafts, Fixed, Fixer, Scope, diff, fixed_in_all, write_changes
from dlint.lint.engine import Task, open_build
from dlint.lint.failures import of_file
from dlint.lint.overtime import in_time
from dlint.lint.report import Report
from dlint.push.saving import saving
from dlint.reporters.text import write
from dlint.reporters.words import short_cost
from dlint.syntax.templates import template_in
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from dlint.lint.engine import Checker
    from dlint.lint.report import Diagnostic, Failure


def show(args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]) -> int:
    """Print what would change, and write nothing; 1 where anything would."""
    fixed, failures = _fixed(args, checker, tasks)
    common.emit_patch(args, diff(fixed.changes))
    if fixed.mended:
        common.note(args, f"{_mended(fixed)} would be written{_saved(checker, tasks, fixed)}")
    return CANNOT_TELL if complain(args, failures) else int(bool(fixed.changes))


def apply(args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]) -> list[Failure]:
    """Write what changes: all of it, or nothing. Return what of the files could not be told."""
    fixed, failures = _fixed(args, checker, tasks)
    saved = _saved(checker, tasks, fixed)  # before the files are other ones
    _write(args, fixed)
    if fixed.mended:
        common.note(args, f"{_mended(fixed)} written{saved}")
    return failures


def _write(args: argparse.Namespace, fixed: Fixed) -> None:
    """Write all files, or none. Each of several is told at once: a run that is killed has told what
    it did.
    """
    told: list[str] = []

    def tell(path: str) -> None:
        told.append(path)
        common.note(args, f"{path} written")

    try:
        write_changes(fixed.changes, tell if len(fixed.changes) > 1 else None)
    except BaseException:
        if told:
            common.note(args, "nothing was written: all is as it was")
        raise


def pipe(args: argparse.Namespace, checker: Checker, task: Task) -> int:
    """Write the fixed standard input to standard output, and what is left to find to standard
    error.
    """
    fixed, failures = _fixed(args, checker, [task])
    after = fixed.changes[0].after if fixed.changes else task.source()
    common.require_unheard(after.text)
    sys.stdout.buffer.write(after.encode())
    left = checker.check(Task(task.path, after.encode()))
    sys.stderr.write(write(Report([left], checker.plugins.rules, quiet=True)))
    return CANNOT_TELL if complain(args, (*failures, *left.failures)) else int(left.fails)


def _fixed(
    args: argparse.Namespace, checker: Checker, tasks: Iterable[Task]
) -> tuple[Fixed, list[Failure]]:
    """Fix all, in memory: what one Dockerfile changes in an ignore file, the next one finds done.

    A file that cannot be fixed, or not to the end, costs the others nothing.
    """
    drafts = Drafts()
    failures: list[Failure] = []
    mended: list[Diagnostic] = []
    withdrawn: dict[str, None] = {}
    for task in tasks:
        try:
            template = template_in(task.source())
            if template is not None:
                what = "for another frontend than Docker's" if template.frontend else "a template"
                common.note(args, f"{task.path}: left as it is, since it is {what}")
                continue
            with in_time(task.path, "fixed"):
                fixed, failed = _fixed_alone(args, checker, task, drafts)
            failures += failed
        except Exception as error:  # noqa: BLE001  what the others come to is kept
            failures.append(of_file(task.path, error))
            continue
        mended += fixed.mended
        withdrawn |= dict.fromkeys(fixed.withdrawn)
    for reason in withdrawn:
        common.note(args, reason)
    return Fixed(drafts.changes, tuple(mended), tuple(withdrawn)), failures


def _fixed_alone(
    args: argparse.Namespace, checker: Checker, task: Task, drafts: Drafts
) -> tuple[Fixed, Sequence[Failure]]:
    """Fix one Dockerfile, in memory, of what people are shown; of one that is built in several
    contexts what is the same in all.
    """
    settings = checker.settings(task)
    new = partial(Fixer, checker, task, unsafe=args.unsafe_fixes, least_bytes=settings.least_bytes)
    roots = settings.contexts_of(Path(task.path))
    if len(roots) == 1:
        fixer = new(drafts=drafts)
        for note in fixer.notes if args.diff else ():  # a check says them as well
            common.note(args, note)
        return fixer.run(), fixer.failures or ()

    def start(scope: Scope, own: Drafts) -> Fixer:
        return new(drafts=own, scope=scope)

    report = checker.check(task)
    shared = frozenset(each.identity for each in report.diagnostics if each.repair)
    fixed = fixed_in_all(start, [Scope(root, shared) for root in roots], drafts)
    is_fixed = fixed is not None and bool(fixed.mended)
    how = "only what is the same in all is fixed" if is_fixed else "left as it is"
    common.note(args, f"{task.path}: {how}: it is built in several contexts; --context names one")
    return fixed or Fixed((), (), ()), report.failures


def _mended(fixed: Fixed) -> str:
    return f"{plural(len(fixed.mended), 'finding')} fixed, {plural(len(fixed.changes), 'file')}"


def _saved(checker: Checker, tasks: Sequence[Task], fixed: Fixed) -> str:
    """Say what the changes save in images and in their next pushes, as far as it is known."""
    if not fixed.mended:
        return ""
    drafts = Drafts({Path(change.before.path).resolve(): change for change in fixed.changes})
    costs = [cost for task in tasks if (cost := _saving(checker, task, drafts)).known]
    image = [cost.image_bytes for cost in costs if cost.image_bytes is not None]
    push = [cost.push_bytes for cost in costs if cost.push_bytes is not None]
    total = Cost(
        sum(image) if image else None,
        sum(push) if push else None,
        Basis.weakest(Basis.EXACT, *(cost.basis for cost in costs)),
        any(cost.at_least for cost in costs),
    )
    return f"; saves {short_cost(total)}" if total.known else ""


def _saving(checker: Checker, task: Task, drafts: Drafts) -> Cost:
    """Return what the drafts save of one Dockerfile's image."""
    try:
        with in_time(task.path, "fixed"):
            before = checker.build(task)
            opening = partial(open_worktree, read=drafts.read)
            after = open_build(drafts.source(task), checker.settings(task), opening)
            if before.dockerfile.errors or after.dockerfile.errors:
                return Cost()
            return saving(before, after)
    except Exception:  # noqa: BLE001  a sum that nothing tells costs no fix
        return Cost()

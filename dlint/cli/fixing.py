"""`dlint check --fix` and `--diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.engine import Task
from dlint.fixer import Fixer, diff, write_changes
from dlint.report import Report
from dlint.reporters.text import write
from dlint.reporters.words import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from dlint.engine import Checker
    from dlint.fixer import Fixed


def show(args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]) -> int:
    """Print what would change; 1 where anything would."""
    changes = [change for task in tasks for change in _fixed(args, checker, task).changes]
    common.emit(args, diff(changes))
    return int(bool(changes))


def apply(args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]) -> None:
    """Write what changes."""
    mended = files = 0
    for task in tasks:
        fixed = _fixed(args, checker, task)
        write_changes(fixed.changes)
        mended += len(fixed.mended)
        files += len(fixed.changes)
    if mended:
        common.note(args, f"{plural(mended, 'finding')} mended, {plural(files, 'file')} written")


def pipe(args: argparse.Namespace, checker: Checker, task: Task) -> int:
    """Write the fixed standard input to standard output, and what is left to find to standard error."""
    fixed = _fixed(args, checker, task)
    after = next((change.after for change in fixed.changes if change.before.path == task.path), task.source())
    sys.stdout.buffer.write(after.encode())
    left = checker.check(Task(task.path, after.encode()))
    sys.stderr.write(write(Report([left], checker.plugins.rules, quiet=True)))
    return int(left.fails)


def _fixed(args: argparse.Namespace, checker: Checker, task: Task) -> Fixed:
    fixed = Fixer(checker, task, unsafe=args.unsafe_fixes).run()
    for reason in fixed.withdrawn:
        common.note(args, reason)
    return fixed

"""`dlint check --add-ignore`: comments that suppress what is found today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli import CANNOT_TELL, common
from dlint.cli.failures import complain
from dlint.errors import DlintError
from dlint.fix.fixer import Change, write_changes
from dlint.fix.ignoring import ignored
from dlint.lint.failures import of_file
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from dlint.lint.engine import Checker, Task
    from dlint.lint.report import Failure


def apply(args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]) -> int:
    """Write the comments: into all files, or into none. The exit status."""
    if args.fix or args.diff:
        raise DlintError("--add-ignore ignores what --fix would fix", "leave out one of them")
    if any(task.text is not None for task in tasks):
        raise DlintError("--add-ignore writes files", "name the Dockerfile in place of `-`")
    if "\n" in args.add_ignore:
        raise DlintError("--add-ignore: the reason has more than one line")
    changes: list[Change] = []
    failures: list[Failure] = []
    count = 0
    for task in tasks:
        try:
            source = task.source()
            found = ignored(checker, source, args.add_ignore)
        except Exception as error:  # noqa: BLE001  the other files are written
            failures.append(of_file(task.path, error))
            continue
        failures += found.failures
        count += found.findings
        if found.findings:
            changes.append(Change(source, found.after))
    write_changes(changes)
    common.note(args, f"{plural(count, 'finding')} ignored in {plural(len(changes), 'file')}")
    return CANNOT_TELL if complain(args, failures) else 0

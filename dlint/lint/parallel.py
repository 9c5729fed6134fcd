"""Many files at once: the same checker in several processes, the reports in the files' order."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial

from dlint.errors import DlintError
from dlint.lint.engine import Checker
from dlint.lint.overtime import in_time
from dlint.lint.report import FileReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlint.lint.engine import Spec, Task

MANY = 20  # files: one takes some 10 ms with its push line, and starting processes some 150 ms
SAFE_PATH = "PYTHONSAFEPATH"
_CHECKERS: list[
    Checker
] = []  # this process's own: inherited where processes are forked, else made once


def jobs_for(files: int) -> int:
    """Return how many processes are worth starting: one for each processor, for more than a few
    files.
    """
    return (os.cpu_count() or 1) if files > MANY else 1


def check_all(checker: Checker, tasks: Sequence[Task], jobs: int) -> Iterator[FileReport]:
    """Check files in up to `jobs` processes; what goes wrong with one of them is in its report."""
    jobs = min(jobs, len(tasks))
    method = _start_method() if jobs > 1 else None
    if method is None:
        yield from (_checked(checker, task) for task in tasks)
        return
    from multiprocessing import get_context

    from dlint.lint.workers import in_processes

    with suppress(DlintError):  # which each file's report tells
        _ = checker.settings(tasks[0]).rules  # loaded once, before there are several of us
    _CHECKERS[:] = [checker]
    start = partial(_start, checker.spec, os.environ.get(SAFE_PATH))
    with safe_children():
        yield from in_processes(start, tasks, jobs, get_context(method))


def _start_method() -> str | None:
    """Return how processes are started: as the program has set, else by a fork where that is safe;
    None for not at all.

    What is not forked is a new Python, `-c` with the current folder, which is being checked, first
    on its path. It is told otherwise by a variable that -E would have it ignore (multiprocessing
    hands -E down, as -I and -P).
    """
    import multiprocessing
    import sys
    import threading

    forks = sys.platform != "darwin" and "fork" in multiprocessing.get_all_start_methods()
    ours = (
        "fork" if forks and threading.active_count() == 1 else "spawn"
    )  # a fork copies no threads, but their locks
    method = multiprocessing.get_start_method(allow_none=True) or ours
    heeded = sys.flags.safe_path or not sys.flags.ignore_environment
    return method if method == "fork" or heeded else None


@contextmanager
def safe_children() -> Iterator[None]:
    """Keep the current folder off the path of each Python that is started meanwhile,
    multiprocessing's own too.
    """
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        _set_back(before)


def _set_back(before: str | None) -> None:
    """Give programs that are run from here, such as credential helpers, the user's own
    environment.
    """
    if before is None:
        os.environ.pop(SAFE_PATH, None)
    else:
        os.environ[SAFE_PATH] = before


def _start(spec: Spec, safe_path: str | None) -> Callable[[Task], FileReport]:
    _set_back(safe_path)
    checker = _CHECKERS[0] if _CHECKERS else Checker(spec)
    checker.share()
    return partial(_checked, checker)


def _checked(checker: Checker, task: Task) -> FileReport:
    try:
        with in_time(task.path, "checked"):
            return checker.check(task)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the other files are checked
        from dlint.lint.failures import of_file

        return FileReport(task.path, (), None, failures=(of_file(task.path, error),))

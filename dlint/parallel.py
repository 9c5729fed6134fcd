"""Many files at once: the same checker in several processes, the reports in the files' order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.engine import Checker
from dlint.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.engine import Spec, Task
    from dlint.report import FileReport

MANY = 20  # files: one takes some 10 ms with its push line, and starting processes some 150 ms
_CHECKERS: list[Checker] = []  # this process's own: inherited where processes are forked, else made once


def jobs_for(files: int) -> int:
    """Return how many processes are worth starting: one for each processor, for more than a few files."""
    import os

    return (os.cpu_count() or 1) if files > MANY else 1


def check_all(
    checker: Checker, tasks: Sequence[Task], jobs: int, unreadable: list[UnreadableError] | None = None
) -> Iterator[FileReport]:
    """Check files in up to `jobs` processes.

    Raises DlintError as the checker does; but what cannot be read goes to `unreadable`, where that is given.
    """
    for found in _check_all(checker, tasks, jobs):
        if not isinstance(found, UnreadableError):
            yield found
        elif unreadable is None:
            raise found
        else:
            unreadable.append(found)


def _check_all(checker: Checker, tasks: Sequence[Task], jobs: int) -> Iterator[FileReport | UnreadableError]:
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        yield from (_checked(checker, task) for task in tasks)
        return
    from concurrent.futures import ProcessPoolExecutor

    _ = checker.settings(tasks[0]).rules  # loaded once, before there are several of us
    _CHECKERS[:] = [checker]
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(checker.spec,)) as pool:
        try:
            yield from pool.map(_check, tasks, chunksize=max(1, min(32, len(tasks) // (4 * jobs))))
        finally:
            pool.shutdown(cancel_futures=True)


def _start(spec: Spec) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told too, and ends the run
    if not _CHECKERS:
        _CHECKERS.append(Checker(spec))


def _check(task: Task) -> FileReport | UnreadableError:
    return _checked(_CHECKERS[0], task)


def _checked(checker: Checker, task: Task) -> FileReport | UnreadableError:
    try:
        return checker.check(task)
    except UnreadableError as error:
        return error

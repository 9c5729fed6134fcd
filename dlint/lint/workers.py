"""Processes that each check one file at a time.

What ends a process, a crash of native code or the system's limit on memory, costs the one file that
it had: it is known which that was, and a new process takes the next. They end with the process that
started them.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from dlint.lint.report import Failure, FileReport
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from dlint.lint.engine import Task

    Work = Callable[[Task], FileReport]
    Start = Callable[[], Work]


class _Worker(NamedTuple):
    process: BaseProcess
    pipe: Connection


def in_processes(
    start: Start, tasks: Sequence[Task], jobs: int, context: BaseContext
) -> Iterator[FileReport]:
    """Yield the reports of `tasks` in their order; each process calls `start` for what checks a
    file.
    """
    done: dict[int, FileReport] = {}
    working: dict[Connection, tuple[_Worker, int]] = {}
    todo = iter(range(len(tasks)))
    try:
        for _ in range(min(jobs, len(tasks))):
            _give(_hire(context, start), next(todo), tasks, working)
        for number in range(len(tasks)):
            while number not in done:
                for pipe in _ready(working):
                    worker, given = working.pop(pipe)
                    report = _answer(worker)
                    done[given] = report or _lost(tasks[given], worker.process)
                    if (following := next(todo, None)) is None:
                        _dismiss(worker)
                    else:
                        hand = worker if report else _hire(context, start)
                        _give(hand, following, tasks, working)
            yield done.pop(number)
    finally:
        for worker, _ in working.values():
            worker.process.terminate()
            _dismiss(worker)


def _ready(working: dict[Connection, tuple[_Worker, int]]) -> list[Connection]:
    from multiprocessing.connection import Connection, wait

    return [pipe for pipe in wait(list(working)) if isinstance(pipe, Connection)]


def _hire(context: BaseContext, start: Start) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(start, theirs), daemon=True)  # type: ignore[attr-defined]
    process.start()
    theirs.close()  # the only other end is the process's own: when that ends, ours tells
    return _Worker(process, ours)


def _give(
    worker: _Worker,
    number: int,
    tasks: Sequence[Task],
    working: dict[Connection, tuple[_Worker, int]],
) -> None:
    with suppress(OSError):  # it has ended: so says its pipe
        worker.pipe.send(tasks[number])
    working[worker.pipe] = worker, number


def _answer(worker: _Worker) -> FileReport | None:
    """Return a worker's report; None where it ended instead."""
    try:
        report: FileReport = worker.pipe.recv()
    except (EOFError, OSError):
        _dismiss(worker)
        return None
    return report


def _dismiss(worker: _Worker) -> None:
    with suppress(OSError):
        worker.pipe.send(
            None
        )  # that it is closed it cannot see: later processes hold its ends, too
    worker.pipe.close()
    worker.process.join()


def _lost(task: Task, process: BaseProcess) -> FileReport:
    code = process.exitcode or 0
    how = f"exit status {code}"
    if code < 0:
        with suppress(ValueError):
            how = signal.Signals(-code).name
    failure = Failure(
        task.path,
        f"{task.path}: the process that checked it ended ({how})",
        "if memory ran out, use --jobs 1; otherwise please report it with the Dockerfile",
    )
    return FileReport(task.path, (), None, failures=(failure,))


def _work(start: Start, pipe: Connection) -> None:
    """Check what comes through the pipe, until that is None."""
    _end_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # whoever forked may clean up: this has nothing
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told too, and ends the run
    check = start()
    with suppress(EOFError, OSError):
        while task := pipe.recv():
            pipe.send(check(task))


def _end_with_parent() -> None:
    """End as soon as the parent has: it may be killed, and this process be busy for long."""
    from multiprocessing import parent_process
    from threading import Thread

    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()

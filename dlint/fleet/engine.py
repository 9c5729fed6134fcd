"""Runs items on a `concurrent.futures.Executor`: processes of this machine, or a Dask cluster.

The engine retries what its workers lose; nothing here schedules. Few items are handed out at a
time, so that a run over a million takes no more memory than one over ten.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from dlint.errors import DlintError
from dlint.fleet.extra import require
from dlint.fleet.job import Outcome
from dlint.fleet.work import failed, work
from dlint.lint.parallel import safe_children

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from dlint.fleet.job import Item, Job

INTERRUPTS = frozenset((signal.SIGINT,))
AHEAD = 2  # items handed out for each worker: the next is there when one is done
# A worker begins anew after so many items: what its process has kept by then is given back.
ITEMS = 200
# Bytes of data that a worker of this machine may take; a larger item is told, not waited for.
MEMORY = 4 << 30
# Seconds that a worker which is to end has for its temporary folders.
GRACE = 30.0


def in_processes(
    job: Job, items: Sequence[Item], workers: int, memory: int = MEMORY
) -> Generator[Outcome]:
    """Yield the outcomes of items, done in processes of this machine, as they come.

    Where the system ends a worker, what was in hand is done again, each item alone: an item that
    ends its worker once more has failed, and the others have not.
    """
    todo = deque(items)
    suspects: deque[Item] = deque()
    with safe_children():
        while todo or suspects:
            alone = bool(suspects)
            batch = deque([suspects.popleft()]) if alone else todo
            with _pool(1 if alone else workers, memory) as pool:
                submit = _by(pool, _worked, job)
                for each in _outcomes(_held(submit), batch, AHEAD * workers):
                    match each:
                        case Outcome():
                            yield each
                        case item if alone:
                            yield failed(job, item, "the system ended the process that checked it")
                        case item:
                            suspects.append(item)


@contextmanager
def _pool(workers: int, memory: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes, which are ended at once where the run is."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin, (memory,), max_tasks_per_child=ITEMS)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown()


def _held(submit: Callable[[Item], Future[Outcome]]) -> Callable[[Item], Future[Outcome]]:
    """Hold interrupts back while an item is handed out: a process that is started for it begins so,
    and none of them gets lost.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return submit

    def held(item: Item) -> Future[Outcome]:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
        try:
            return submit(item)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    return held


def _begin(memory: int) -> None:
    """Let a worker be ended by whoever started it alone, and bound its memory where the system can.

    An interrupt at the terminal goes to all processes; the first of them says what is to be done.
    """
    threading.Thread(target=_follow, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
    signal.signal(signal.SIGTERM, _end)
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def _follow() -> None:
    """End with the process that started this one, also where that was killed without a word."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end(*_: object) -> NoReturn:
    """Leave, quietly: what is on the way takes its temporary folders back, in GRACE seconds.

    The pool ends its processes once more as soon as one of them is gone, which must not end the
    cleaning. Python drops what is raised while it collects garbage: then the time decides.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    late = threading.Timer(GRACE, os._exit, (1,))
    late.daemon = True
    late.start()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raise KeyboardInterrupt


def _worked(job: Job, item: Item) -> Outcome:
    """Do an item, or end the process with it, where that is asked for: no other is begun."""
    try:
        return work(job, item)
    except KeyboardInterrupt:
        os._exit(1)


def on_dask(job: Job, items: Sequence[Item], address: str) -> Generator[Outcome]:
    """Yield the outcomes of items, done by the cluster whose scheduler is at `address`. Raises
    DlintError where nobody answers there.
    """
    require("distributed")
    from distributed import Client

    try:
        client = Client(address, set_as_default=False)
    except OSError as error:
        raise DlintError(f"{address}: no scheduler answers: {error}") from error
    ahead = AHEAD * max(1, sum(client.ncores().values()))
    with client:
        executor = client.get_executor(pure=False)
        try:
            for each in _outcomes(_by(executor, work, job), deque(items), ahead):
                match each:
                    case Outcome():
                        yield each
                    case item:
                        yield failed(job, item, "the cluster gave it up: its workers ended")
        finally:
            executor.shutdown(wait=False)


def _by(
    executor: Executor, do: Callable[[Job, Item], Outcome], job: Job
) -> Callable[[Item], Future[Outcome]]:
    return lambda item: executor.submit(do, job, item)


def _outcomes(
    submit: Callable[[Item], Future[Outcome]], todo: deque[Item], ahead: int
) -> Iterator[Outcome | Item]:
    """Take items from `todo` until none is left, or the executor is broken. What was in hand and
    came to nothing is given back as the item itself.
    """
    working: dict[Future[Outcome], Item] = {}
    is_whole = True
    while working or (todo and is_whole):
        is_whole = is_whole and _hand_out(submit, todo, working, ahead)
        done, _ = wait(working, return_when=FIRST_COMPLETED)
        for future in done:
            item = working.pop(future)
            match future.exception():
                case None:
                    yield future.result()
                case DlintError() as error:  # no answer can be written: nor could any other
                    raise error
                case error:
                    is_whole = is_whole and not isinstance(error, BrokenExecutor)
                    yield item


def _hand_out(
    submit: Callable[[Item], Future[Outcome]],
    todo: deque[Item],
    working: dict[Future[Outcome], Item],
    ahead: int,
) -> bool:
    """Give the executor what it may have ahead; tell whether it is whole."""
    while todo and len(working) < ahead:
        try:
            future = submit(todo[0])
        except BrokenExecutor:
            return False
        working[future] = todo.popleft()
    return True

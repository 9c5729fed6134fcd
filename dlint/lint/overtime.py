"""How long one Dockerfile may take, and what ends it then."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from dlint.errors import DlintError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator
else:  # `signal` without its enums of all signals, 1 % of a small check
    import _signal as signal

# Seconds of a processor that the rules have for one Dockerfile: those of 2,000 instructions take
# up to 5, the slowest of 5,522 public ones below 1.
MOST_SECONDS = 60
AGAIN = (
    5.0  # seconds after which an end is told once more, where somebody took it for another error
)


class OverdueError(DlintError):
    """There is no more time for a file."""


def overdue(path: str, done: str) -> OverdueError:
    """Return the error for a file that takes too long."""
    return OverdueError(
        f"{path}: not {done} to the end: that takes more than {MOST_SECONDS} s of a processor",
        "--ignore leaves rules out; please report it with the Dockerfile",
    )


@contextmanager
def in_time(path: str, done: str, seconds: float = MOST_SECONDS) -> Iterator[None]:
    """Have OverdueError raised where a file takes more than `seconds`, whatever runs by then.

    Rules look at the clock between two steps; this ends one step that takes for ever. It needs a
    timer of the system and the main thread: elsewhere nothing is ended.
    """
    if not hasattr(signal, "setitimer") or not _is_in_main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise overdue(path, done)

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _is_in_main_thread() -> bool:
    """Tell whether signals are told here: where nobody has loaded `threading`, there is one."""
    threading = sys.modules.get("threading")
    return threading is None or threading.current_thread() is threading.main_thread()

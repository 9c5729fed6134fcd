"""A limit on the time that a question to the outside may take in all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def within(seconds: float, whom: str, question: Callable[[], T]) -> T:
    """Return what `question` returns, raise what it raises; raises DlintError where neither happens
    in time.

    Limits on single reads do not bound a peer that sends a byte at a time, nor a name server or
    credential helper that hangs. So the question is asked in a thread, which is left to end with
    the process.
    """
    answers: list[T] = []
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(question())
        except BaseException as failure:  # noqa: BLE001  raised again by the caller
            failures.append(failure)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if not answers:
        raise DlintError(
            f"{whom}: gave no complete answer within {seconds:g} s",
            "Try again, or check the network.",
        )
    return answers[0]

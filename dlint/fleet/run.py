"""A run: the items that have no answer yet go to an engine, and what was seen is noted."""

from __future__ import annotations

import os
import time
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

from dlint.fleet.store import RUNS, Store, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from dlint.fleet.job import Item, Job, Outcome
    from dlint.fleet.schema import Row

    Engine = Callable[[Job, Sequence[Item]], Generator[Outcome]]


# A run that is killed without a word leaves what was noted last, so that it can be reported on.
NOTED_SECONDS = 30.0
NOTED = 10_000  # repositories that one file notes: a run keeps no more of them in memory


def run(job: Job, items: Sequence[Item], engine: Engine) -> Generator[Outcome]:
    """Yield the outcomes of items as they come. What was done stays done, and what was seen is
    noted, however the run ends. At its own end, the files of earlier days are merged.
    """
    store, settings = Store(job.out), job.settings
    began, noted = time.time(), time.monotonic()
    known = store.known(job.version, settings)
    todo = [item._replace(known=known.get(item.label, frozenset())) for item in items]
    seen: list[Row] = []
    parts = count()
    part = next(parts)

    def note() -> None:
        if seen:
            store.write(RUNS, job.day, (repr(began), str(os.getpid()), str(part)), seen)

    try:
        with closing(engine(job, todo)) as found:
            for outcome in found:
                seen.append(_seen(job.version, settings, began, outcome))
                yield outcome
                if len(seen) >= NOTED or time.monotonic() - noted > NOTED_SECONDS:
                    note()
                    noted = time.monotonic()
                if len(seen) >= NOTED:
                    seen.clear()
                    part = next(parts)
    finally:
        note()
    store.merge(before=job.day)


def _seen(version: str, settings: str, began: float, outcome: Outcome) -> Row:
    return {
        "seen": moment(began),
        "repository": outcome.repository,
        "commit": outcome.commit,
        "tags": list(outcome.tags),
        "dlint": version,
        "settings": settings,
        "computed": outcome.computed,
        "error": outcome.error,
    }

"""A run: the items that have no answer yet go to an engine, and what was seen is noted."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from dlint.fleet.images import moment
from dlint.fleet.store import RUNS, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlint.fleet.job import Item, Job, Outcome

    Engine = Callable[[Job, Sequence[Item]], Iterator[Outcome]]


def run(job: Job, items: Sequence[Item], engine: Engine) -> Iterator[Outcome]:
    """Yield the outcomes of items as they come. What was done stays done, and what was seen is
    noted, however the run ends.
    """
    store = Store(job.out)
    began = int(time.time())
    known = store.known(job.version, job.settings)
    todo = [item._replace(known=known.get(item.label, frozenset())) for item in items]
    done: list[Outcome] = []
    try:
        for outcome in engine(job, todo):
            done.append(outcome)
            yield outcome
    finally:
        if done:
            rows = [
                {
                    "seen": moment(began),
                    "repository": each.repository,
                    "commit": each.commit,
                    "tags": list(each.tags),
                    "dlint": job.version,
                    "settings": job.settings,
                    "computed": each.computed,
                    "error": each.error,
                }
                for each in done
            ]
            store.write(RUNS, job.day, (str(began), str(os.getpid())), rows)

"""What a worker does: one item, from its source to the file of its answers."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from dlint.context import worktree
from dlint.context.run_git import fetch_clone, without_password
from dlint.fleet.images import rows_of
from dlint.fleet.job import Kind, Outcome
from dlint.fleet.registry import tagged
from dlint.fleet.schema import row_of
from dlint.fleet.store import IMAGES, Store, moment
from dlint.fleet.workspace import BARE, PREFIX, Clone, laid_out, open_clone
from dlint.lint.failures import of_file
from dlint.project import recipes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.fleet.job import Item, Job
    from dlint.fleet.schema import Row

# Commits that tell how often files change; a clone has those of the bill at least.
DEPTH = 100
# Rules keep what they know of a process's one checker, and time limits need its main thread: an
# engine that gives a worker several threads has them take turns.
_TURN = threading.Lock()


def work(job: Job, item: Item) -> Outcome:
    """Do one item: write its rows, unless all are known. What is wrong with a repository is in its
    row; an error is raised only where no row can be written.
    """
    begun = perf_counter()
    with _TURN:
        try:
            done = _done_registry(job, item) if item.kind is Kind.REGISTRY else _done(job, item)
        except Exception as error:  # noqa: BLE001  whatever it is, the other repositories go on
            done = failed(job, item, of_file(item.place, error).message)
        _forget()
    return done._replace(seconds=perf_counter() - begun)


def _forget() -> None:
    """Give back what the process keeps of a repository that it will not see again."""
    worktree.forget()
    recipes.forget()


def failed(job: Job, item: Item, why: str) -> Outcome:
    """Write the row of an item that has no answer, and why."""
    return _write(job, Outcome(item, item.label, error=why), [row_of({"error": why})])


def _named(repository: str, item: Item) -> str:
    """Return what a repository is called; one file's images are not all that it has."""
    return f"{repository}#{item.described}" if item.described else repository


@contextmanager
def _clone(job: Job, item: Item) -> Iterator[Clone]:
    """Open the clone that an item names, or make one for as long as the block runs."""
    if item.kind is Kind.CLONE:
        yield open_clone(Path(item.place))
        return
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as above:
        folder = Path(above) / "clone"
        fetch_clone(item.place, folder, max(DEPTH, job.commits) + 1)
        clone = open_clone(folder)
        yield clone._replace(how=BARE, origin=without_password(item.place))


def _done(job: Job, item: Item) -> Outcome:
    """Check the images of a commit."""
    with _clone(job, item) as clone:
        repository = _named(clone.origin or item.place, item)
        if clone.commit in item.known:
            return Outcome(item, repository, clone.commit)
        with laid_out(clone) as space:
            begun = perf_counter()
            rows = list(rows_of(space, job, item.described))
            checking = perf_counter() - begun
    for row in rows:
        row["committed"] = moment(clone.when)
    return _write(job, Outcome(item, repository, clone.commit, checking=checking), rows)


def _done_registry(job: Job, item: Item) -> Outcome:
    """Read the manifests of a repository's tags."""
    found = list(tagged(item.place, item.known, job.insecure))
    rows = [row for each in found for row in each.rows]
    done = Outcome(item, item.place, tags=tuple(each.label for each in found))
    fresh = "\n".join(each.label for each in found if each.rows)
    return _write(job, done, rows, fresh) if rows else done


def _write(job: Job, done: Outcome, rows: list[Row], fresh: str = "") -> Outcome:
    """Write the rows of an item; `fresh` are the tags that they tell of."""
    item = done.item
    source = "registry" if item.kind is Kind.REGISTRY else "git"
    settings = job.settings
    for row in rows:
        row |= {
            "repository": done.repository,
            "place": item.label,
            "commit": done.commit,
            "dlint": job.version,
            "settings": settings,
            "source": source,
        }
    key = (item.label, done.repository, done.commit or fresh, job.version, settings)
    Store(job.out).write(IMAGES, job.day, key, rows)
    return done._replace(rows=len(rows))

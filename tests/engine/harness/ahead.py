"""Builds for several tests at once: most of a build's time is spent waiting, for the engine and for
the next second.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    import pytest

T = TypeVar("T")
WORKERS = 4


class Ahead(Generic[T]):
    """Calls `work` with the parameters of each test of a module that will run; a context manager.

    The tests must be parametrized, and ask for the fixture that gives this object; those of the
    same parameters share it. `lane` gets the parameters as well: works of one lane follow each
    other, in the order of the tests.
    """

    def __init__(
        self,
        request: pytest.FixtureRequest,
        fixture: str,
        work: Callable[..., T],
        lane: Callable[..., Hashable] | None = None,
    ) -> None:
        self._pools: dict[Hashable, ThreadPoolExecutor] = {}
        self._begun: dict[str, Future[T]] = {}
        for item in request.session.items:
            if getattr(item, "module", None) is request.module and fixture in item.fixturenames:
                params: Mapping[str, Any] = item.callspec.params
                if item.callspec.id not in self._begun:
                    pool = self._pool(lane(**params), 1) if lane else self._pool(None, WORKERS)
                    self._begun[item.callspec.id] = pool.submit(work, **params)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def of(self, request: pytest.FixtureRequest) -> T:
        """Return what the work of the asking test gave; raises what it raised."""
        return self._begun[request.node.callspec.id].result()

    def _pool(self, lane: Hashable, workers: int) -> ThreadPoolExecutor:
        if lane not in self._pools:
            self._pools[lane] = ThreadPoolExecutor(workers)
        return self._pools[lane]

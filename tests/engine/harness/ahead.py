"""Builds for several tests at once: most of a build's time is spent waiting, for the engine and for
the next second.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

T = TypeVar("T")
WORKERS = 4


class Ahead(Generic[T]):
    """Calls `work` with the parameters of each test of a module that will run; a context manager.

    The tests must be parametrized, and ask for the fixture that gives this object.
    """

    def __init__(
        self, request: pytest.FixtureRequest, fixture: str, work: Callable[..., T]
    ) -> None:
        self._pool = ThreadPoolExecutor(WORKERS)
        self._begun: dict[str, Future[T]] = {}
        for item in request.session.items:
            if getattr(item, "module", None) is request.module and fixture in item.fixturenames:
                params: Mapping[str, Any] = item.callspec.params
                self._begun[item.nodeid] = self._pool.submit(work, **params)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def of(self, request: pytest.FixtureRequest) -> T:
        """Return what the work of the asking test gave; raises what it raised."""
        return self._begun[request.node.nodeid].result()

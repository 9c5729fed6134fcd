"""Fixtures of the engine tests: real programs, each started when a test first asks for it.

Where the programs or root rights are missing the tests are skipped; with DLINT_ENGINE_REQUIRED=1
they fail.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.session import Session
from harness.skips import require
from harness.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.engine import Engine
    from harness.insecure import InsecureRegistry
    from harness.registry import PasswordRegistry, Registry, TokenRegistry

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def programs() -> Iterator[Session]:
    with Session() as session:
        yield session


@pytest.fixture(scope="session")
def engine(programs: Session) -> Engine:
    """Give a Docker Engine with the graphdriver store; it has the images shell:1 and shell:2."""
    return require(lambda: programs.engine)


@pytest.fixture(scope="session")
def containerd_engine(programs: Session) -> Engine:
    """Give a Docker Engine with the containerd image store; it has the same images."""
    return require(lambda: programs.containerd_engine)


@pytest.fixture(scope="module", params=["graphdriver", "containerd"])
def store(request: pytest.FixtureRequest) -> Engine:
    """Give a Docker Engine with either store, one after the other."""
    name = "engine" if request.param == "graphdriver" else "containerd_engine"
    found: Engine = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def registry(programs: Session) -> Registry:
    """Give a registry open to all, without TLS, on 127.0.0.1."""
    return require(lambda: programs.registry)


@pytest.fixture(scope="session")
def auth_registry(programs: Session) -> PasswordRegistry:
    """Give a registry that wants a password: harness.registry.USER and PASSWORD."""
    return require(lambda: programs.auth_registry)


@pytest.fixture(scope="session")
def token_registry(programs: Session) -> TokenRegistry:
    """Give a registry that wants tokens, and a server that gives them for USER and PASSWORD."""
    return require(lambda: programs.token_registry)


@pytest.fixture(scope="session")
def insecure_registry(programs: Session) -> InsecureRegistry:
    """Give a registry without TLS called registry.local; the engines are told that it is
    insecure.
    """
    return require(lambda: programs.insecure_registry)


@pytest.fixture
def wire(registry: Registry) -> Iterator[Wire]:
    """Give a relay to `registry` that counts bytes: push to its host."""
    relay = Wire(registry.host)
    yield relay
    relay.close()

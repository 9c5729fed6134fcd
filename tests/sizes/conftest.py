"""No test of the indexes leaves this machine, whatever it forgets to replace."""

import socket

import pytest

from dlint.network.hosts import is_loopback


@pytest.fixture(autouse=True)
def _loopback_alone(monkeypatch):
    real = socket.getaddrinfo

    def found(host, *rest, **named):
        name = host.decode() if isinstance(host, bytes) else str(host)
        assert is_loopback(f"[{name}]" if ":" in name else name), f"{name} would be asked"
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)

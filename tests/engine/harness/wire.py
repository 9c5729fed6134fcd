"""A TCP relay that counts bytes: what a push costs, measured where it leaves the engine."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from typing import NamedTuple


class Traffic(NamedTuple):
    """Bytes from the engine to the registry (up) and back (down); TCP's and IP's own headers are
    not in it.
    """

    up: int
    down: int


class Wire:
    """Passes everything on to `target` (HOST:PORT) byte for byte; `host` is the address to push to.

    An engine first tries TLS. The registry answers that with its own `HTTP/1.0 400`, which makes
    the engine fall back to plain HTTP; a relay that closed the connection instead would make the
    push fail.

    Each relay has a loopback address of its own (127.0.0.0/8 is all this machine), not only a port:
    the containerd store remembers where a blob came from by host name alone, and would mount layers
    that it knows from another relay.
    """

    _addresses = itertools.count(2)

    def __init__(self, target: str) -> None:
        self.connections: list[Connection] = []
        host, _, port = target.rpartition(":")
        self._target = host, int(port)
        number = next(Wire._addresses)
        address = f"127.0.{number >> 8 & 255}.{number & 255}"
        self._listening = socket.create_server((address, 0))
        self.host = f"{address}:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def total(self) -> Traffic:
        """All bytes so far."""
        connections = list(self.connections)
        return Traffic(sum(c.up for c in connections), sum(c.down for c in connections))

    def close(self) -> None:
        """Take no more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)  # wakes who accepts; to close it does not
        self._listening.close()

    def _accept(self) -> None:
        """Wait for connections until `close`; no polling, as hundreds of relays stay open."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        connection = Connection()
        self.connections.append(connection)
        with near, socket.create_connection(self._target) as far:
            connection.relay(near, far)


class Connection:
    """One relayed connection and its bytes up and down."""

    def __init__(self) -> None:
        self.up = 0
        self.down = 0

    def relay(self, near: socket.socket, far: socket.socket) -> None:
        """Copy both ways until both sides are done. Bytes are counted before they go on, so none is
        missed.
        """
        back = threading.Thread(target=self._pump, args=(far, near, "down"), daemon=True)
        back.start()
        self._pump(near, far, "up")
        back.join()

    def _pump(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                setattr(self, way, getattr(self, way) + len(data))
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

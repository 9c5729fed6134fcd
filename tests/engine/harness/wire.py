"""A TCP relay that counts bytes: what a push costs, measured where it leaves the engine."""

from __future__ import annotations

import contextlib
import itertools
import socket
import socketserver
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
        wire = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                connection = Connection()
                wire.connections.append(connection)
                with socket.create_connection((host, int(port))) as far:
                    connection.relay(self.request, far)

        number = next(Wire._addresses)
        address = f"127.0.{number >> 8 & 255}.{number & 255}"
        self._server = _Server((address, 0), Handler)
        self.host = f"{address}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def total(self) -> Traffic:
        """All bytes so far."""
        connections = list(self.connections)
        return Traffic(sum(c.up for c in connections), sum(c.down for c in connections))

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()


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


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

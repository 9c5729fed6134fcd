"""A loopback web server for ADD of a URL."""

from __future__ import annotations

import http.server
import threading
from email.utils import formatdate
from http import HTTPStatus


class Served:
    """Serves `files`, name -> (content, time of last change); `url` is its address."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, int]] = {}
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content, changed = served.files.get(self.path[1:], (None, 0))
                self.send_response(HTTPStatus.NOT_FOUND if content is None else HTTPStatus.OK)
                self.send_header("Content-Length", str(len(content or b"")))
                self.send_header("Last-Modified", formatdate(changed, usegmt=True))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content or b"")

            do_HEAD = do_GET  # noqa: N815 - the base class looks for this name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

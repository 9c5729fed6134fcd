"""A package index, played by a server in this process."""

import http.server
import threading
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

OK = 200
PARTIAL = 206
NOT_MODIFIED = 304


class Server(http.server.ThreadingHTTPServer):
    """Serves `answers`: by path a (status, headers, body), a function of the headers, or a list of
    those, in turn.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"http://{self.host}"
        self.answers = {}
        self.seen = []

    def handle_error(self, *_):
        pass

    def serve(self, path, body, content_type="application/octet-stream", **headers):
        self.answers[path] = OK, {"Content-Type": content_type, **headers}, body

    @property
    def asked(self):
        return [f"{method} {path}" for method, path, _ in self.seen]

    def told(self, name):
        return [headers.get(name) for _, _, headers in self.seen]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        self.server.seen.append((self.command, path, self.headers))
        answer = self.server.answers.get(path, (404, {}, b"{}"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        status, headers, body = answer(self.headers) if callable(answer) else answer
        if (
            status == OK
            and headers.get("ETag")
            and self.headers.get("If-None-Match") == headers["ETag"]
        ):
            status, body = NOT_MODIFIED, b""
        elif status == OK and self.headers.get("Range") and headers.get("Accept-Ranges") != "none":
            status, headers, body = self._part(headers, body)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
            if int(headers.get("Content-Length", len(body))) > len(body):
                self.close_connection = True

    def do_HEAD(self):
        self.do_GET()

    def _part(self, headers, body):
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(body) - int(last))
        end = min(int(last), len(body) - 1) if first and last else len(body) - 1
        return (
            PARTIAL,
            headers | {"Content-Range": f"bytes {start}-{end}/{len(body)}"},
            body[start : end + 1],
        )

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

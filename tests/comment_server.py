"""A server that plays the comments of GitHub's and GitLab's APIs."""

from __future__ import annotations

import http.server
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

BOT = {"type": "Bot", "id": 41}


class Platform(http.server.ThreadingHTTPServer):
    """Holds comments, and what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str | None] = set()
        self.author = "user"
        self.user: dict[str, Any] | None = None
        self.refused: dict[str, int] = {}
        self.redirects = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [each for each in self.asked if each[0] != "GET"]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as both do, by the end of the path."""

    server: Platform

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        data = json.loads(self.rfile.read(size)) if size else {}
        server, parts = self.server, urlsplit(self.path)
        server.asked.append((self.command, parts.path))
        server.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN"))
        if server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects)
            self.end_headers()
            return
        if status := server.refused.get(self.command):
            self.reply(status, {"message": "Resource not accessible by integration"})
        elif parts.path.endswith("/user"):
            self.reply(200 if server.user else 403, server.user or {})
        elif self.command == "GET":
            page, size = (int(parse_qs(parts.query)[key][0]) for key in ("page", "per_page"))
            self.reply(200, server.comments[(page - 1) * size : page * size])
        elif self.command == "POST":
            self.add(data["body"])
        else:
            number = int(parts.path.rpartition("/")[2])
            (found,) = (each for each in server.comments if each["id"] == number)
            found["body"] = data["body"]
            self.reply(200, found)

    def add(self, text: str) -> None:
        server = self.server
        number = len(server.comments) + 1
        server.comments.append({"id": number, "body": text, server.author: server.user or BOT})
        self.reply(201, server.comments[-1])

    def reply(self, status: int, data: object) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815  the library's names


@contextmanager
def playing() -> Iterator[Platform]:
    """Give a server that answers."""
    server = Platform()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

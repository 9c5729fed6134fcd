"""Indexes over HTTP: a few kinds of reading requests, in parallel, kept on the disk, and only where
the user lets us.

No client is made unless the user asked to go online. Who may be asked is decided for each single
request, redirects included: the hosts of the user's own indexes and those that these hand over to,
and of the repository's hosts those that the user's settings name. A credential goes to the scheme,
host and port that it was given for, and nowhere else.

Imported when an index is asked, not before: requests takes a fifth of a second.
"""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from http import HTTPStatus
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from dlint.errors import DlintError
from dlint.network.deadline import within
from dlint.network.hosts import is_loopback, origin_of, shown
from dlint.network.session import Session, reason, retry_after
from dlint.packages import Origin, read_size
from dlint.sizes.indexes.kept import DAY, Kept, Shelf
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dlint.packages import Index, OnlineSettings

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
RETRIES = 3
RETRY_STATUSES = (429, 500, 502, 503, 504)
WAIT_SECONDS = 10.0  # a longer Retry-After is told, not waited for
FIRST_WAIT = 0.5
REDIRECTS = 5
CHUNK = 1 << 16
LIMIT = (
    1 << 26
)  # bytes of an answer, as unpacked: an index page of thousands of archives has a few million
ALWAYS = float("inf")
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
KEPT_HEADERS = ("ETag", "Last-Modified", "Content-Type", "Content-Length", "Content-Range")

T = TypeVar("T")
R = TypeVar("R")


class OfflineError(DlintError):
    """Somebody would use the network though the user did not ask for it."""


class Question(NamedTuple):
    """One request. `limit` counts bytes of the body; `within_range` asks for a part of it (a
    Range's value).
    """

    method: str
    url: str
    accept: str = ""
    limit: int = LIMIT
    within_range: str = ""

    @property
    def name(self) -> str:
        """What its answer is kept under."""
        return f"{self.method} {self.url} {self.accept} {self.within_range}".rstrip()


class Reply(NamedTuple):
    """A complete answer, after redirects, from `url`; `status` 304 says that what is kept still
    holds.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Asks indexes. Threads may share it."""

    def __init__(self, settings: OnlineSettings) -> None:
        """Raise OfflineError unless the user asked to go online."""
        if not settings.online:
            raise OfflineError("package indexes are asked only with --online")
        self._settings = settings
        self._hosts = frozenset(map(str.lower, settings.hosts))
        self._shelf = Shelf(settings.cache)
        self._unreachable: dict[str, BrokenError] = {}
        self._session = Session(settings.threads)

    def __enter__(self) -> Self:
        self._shelf.sweep()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self, url: str, index: Index, *, accept: str = "", limit: int = LIMIT, age: float = DAY
    ) -> Reply:
        """Return what `url` holds, from the disk where that is no older than `age` seconds.

        `index` is where the address comes from. Raises DlintError unless there is a complete
        answer.
        """
        return self._ask(Question("GET", url, accept, limit), index, age)

    def length(self, url: str, index: Index) -> int | None:
        """Return how many bytes the file at `url` has, None where its server does not tell. Raises
        DlintError.

        Such a file is thought never to change: the answer is kept for good.
        """
        try:
            told = self._ask(Question("HEAD", url, limit=0), index, ALWAYS)
            if (size := read_size(told.headers.get("Content-Length"))) is not None:
                return size
        except RefusedError as error:  # some servers sign addresses for GET alone
            if error.status not in {
                HTTPStatus.FORBIDDEN,
                HTTPStatus.METHOD_NOT_ALLOWED,
                HTTPStatus.NOT_IMPLEMENTED,
            }:
                raise
        return self.part(url, index, "0-0")[1]

    def part(
        self, url: str, index: Index, which: str, limit: int = CHUNK
    ) -> tuple[bytes, int | None]:
        """Return a part of a file (`0-99`, `-100` for its end) and the size of the whole, kept for
        good.

        Without bytes where the server knows no parts: the whole file is never read. Raises
        DlintError.
        """
        told = self._ask(Question("GET", url, "", limit, f"bytes={which}"), index, ALWAYS)
        span = RANGE.fullmatch(told.headers.get("Content-Range", ""))
        if span is None:
            return b"", read_size(told.headers.get("Content-Length"))
        return told.body, read_size(span[3])

    def each(self, question: Callable[[T], R], of: Iterable[T]) -> list[R | DlintError]:
        """Return the answer to `question` for each, in order, a DlintError where it raised one;
        progress is told.
        """
        todo = list(of)
        tell = self._settings.progress or (lambda _done, _all: None)
        with ThreadPoolExecutor(max(1, self._settings.threads)) as pool:
            running = [pool.submit(_caught, question, each) for each in todo]
            for done, _ in enumerate(as_completed(running), 1):
                tell(done, len(todo))
        return [each.result() for each in running]

    def _ask(self, question: Question, index: Index, age: float) -> Reply:
        self.check(question.url, index)
        name = (  # what the user may read is not for who names the same address
            f"{index.origin} {question.name}"
        )
        kept = self._shelf.find(name)
        if kept and kept.is_recent(age):
            return Reply(
                question.url,
                HTTPStatus.OK,
                requests.structures.CaseInsensitiveDict(kept.headers),
                kept.body,
            )
        host, cancelled = shown(question.url), threading.Event()
        try:
            reply = within(
                self._settings.deadline,
                host,
                lambda: self._retried(question, index, kept, cancelled),
            )
        finally:
            cancelled.set()
        if reply.status == HTTPStatus.NOT_MODIFIED and kept:
            headers, body = kept.headers, kept.body
        elif reply.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            headers = {name: reply.headers[name] for name in KEPT_HEADERS if name in reply.headers}
            body = reply.body
        else:
            raise _refusal(reply)
        self._shelf.put(name, Kept(time.time(), headers, body))
        return Reply(
            reply.url, HTTPStatus.OK, requests.structures.CaseInsensitiveDict(headers), body
        )

    def _retried(
        self, question: Question, index: Index, kept: Kept | None, cancelled: threading.Event
    ) -> Reply:
        """Ask, again a few times where the peer is busy or breaks off."""
        if failure := self._unreachable.get(shown(question.url)):
            raise failure
        for attempt in range(RETRIES + 1):
            last, pause = attempt == RETRIES, FIRST_WAIT * 2**attempt
            try:
                reply = self._follow(question, index, kept)
            except BrokenError as error:
                if last:
                    self._unreachable[shown(question.url)] = (
                        error  # hundreds of questions to it need not wait as long
                    )
                    raise
            else:
                pause = retry_after(reply.headers.get("Retry-After", ""), pause)
                if reply.status not in RETRY_STATUSES or last or pause > WAIT_SECONDS:
                    return reply
            if cancelled.wait(pause):
                break
        raise BrokenError(f"{shown(question.url)}: gave no answer in time")

    def _follow(self, question: Question, index: Index, kept: Kept | None) -> Reply:
        """Ask, and go where redirects lead, as far as each of those places may be asked."""
        url = question.url
        for _ in range(REDIRECTS + 1):
            self.check(url, index)
            reply = self._once(question, url, index, kept)
            location = reply.headers.get("Location", "")
            if reply.status not in {301, 302, 303, 307, 308} or not location:
                return reply
            try:
                url = urljoin(url, location)
            except ValueError:
                break
        raise DlintError(
            f"{shown(question.url)}: redirects forever, or to something that is not an address"
        )

    def check(self, url: str, index: Index) -> None:
        """Raise DlintError where `url`, which comes from `index`, must not be asked."""
        host = shown(url).lower()
        parts = urlsplit(url if host else "")
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise DlintError(
                f"{host or 'an index'}: is not an http or https address without a password"
            )
        plain = parts.scheme == "http" and not is_loopback(host)
        if plain and not (index.url.startswith("http:") and _same_host(url, index.url)):
            raise DlintError(f"{host}: would be asked without TLS")
        if (
            index.origin is not Origin.USER
            and host not in self._hosts
            and parts.hostname.lower() not in self._hosts
        ):
            raise DlintError(
                f"{host}: is named by the repository, and not asked",
                f"If it may be, allow it by name in your own configuration: {host}.",
            )

    def _once(self, question: Question, url: str, index: Index, kept: Kept | None) -> Reply:
        headers = _headers(question, kept)
        own = origin_of(url) == origin_of(index.url)
        if own and index.authorization and index.origin is Origin.USER:
            headers["Authorization"] = index.authorization
        host = shown(url)
        try:
            with self._session.request(
                question.method,
                url,
                headers=headers,
                stream=True,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                verify=(own and index.certificate) or None,
                proxies={"http": "", "https": ""} if is_loopback(host) else None,
            ) as response:
                body = _body(response, question, host, time.monotonic() + self._settings.deadline)
                return Reply(url, response.status_code, response.headers, body)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            ValueError,
            OSError,
        ) as error:
            raise BrokenError(
                f"{host}: {reason(error)}", "Check the network and the proxies."
            ) from None


class BrokenError(DlintError):
    """Nobody answers, or an answer breaks off."""


class RefusedError(DlintError):
    """An answer with a `status` that is no success."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


def _caught(question: Callable[[T], R], about: T) -> R | DlintError:
    try:
        return question(about)
    except DlintError as error:
        return error


def _headers(question: Question, kept: Kept | None) -> dict[str, str]:
    # Sizes are those of the file itself, not of how it is sent.
    headers = (
        {"Accept-Encoding": "identity"}
        if question.method == "HEAD" or question.within_range
        else {}
    )
    if question.accept:
        headers["Accept"] = question.accept
    if question.within_range:
        headers["Range"] = question.within_range
    if kept and (tag := kept.headers.get("ETag")):
        headers["If-None-Match"] = tag
    elif kept and (day := kept.headers.get("Last-Modified")):
        headers["If-Modified-Since"] = day
    return headers


def _body(response: requests.Response, question: Question, host: str, until: float) -> bytes:
    """Read an answer; nothing of one that is no success, or that is whole where a part was asked
    for.
    """
    whole = question.within_range and response.status_code == HTTPStatus.OK
    if (
        question.method == "HEAD"
        or whole
        or response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}
    ):
        return b""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > question.limit:
            raise DlintError(f"{host}: answers with more than {question.limit} bytes")
        if time.monotonic() > until:
            raise DlintError(f"{host}: gave no complete answer in time")
    return bytes(body)


def _same_host(one: str, other: str) -> bool:
    return origin_of(one)[1:] == origin_of(other)[1:]


def _refusal(reply: Reply) -> RefusedError:
    host, wait = shown(reply.url), reply.headers.get("Retry-After", "")[:40]
    known = {
        401: ("wants a login", "Check the user's configuration of the package manager."),
        403: (
            "does not allow reading this",
            "Check the user's configuration of the package manager.",
        ),
        404: ("has nothing there", "Check the name and the version."),
        429: (
            "has had too many requests",
            f"Try again {f'after {wait} (Retry-After)' if wait else 'later'}.",
        ),
    }
    message, hint = known.get(
        reply.status, (f"answers with status {reply.status}", "Try again later.")
    )
    return RefusedError(f"{host}: {message}", hint, reply.status)

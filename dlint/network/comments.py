"""The one comment that a job keeps on a pull request of GitHub or a merge request of GitLab.

The address is that of the platform that runs the job, and the token goes nowhere else: no redirect
is followed, and a page of comments is asked for by its number, not by a link. A comment is taken
for ours by its first line and its author: anybody can write that line.

Sources: GitHub's REST API, "Issue comments" (https://docs.github.com/en/rest/issues/comments), and
GitLab's, "Notes" (https://docs.gitlab.com/api/notes/).
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import quote

import requests

from dlint.errors import DlintError
from dlint.network.hosts import is_loopback, origin_of, shown
from dlint.network.session import Session, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_PAGE, MOST_PAGES = 100, 200  # comments a page, the most that both give; pages that are read
SECONDS = 30  # for one answer
LONGEST = 65_000  # characters; GitHub takes 65,536
CUT = "\nThe rest was cut off: a comment holds no more.\n"
_REFUSED = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND))


class Kept(StrEnum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class RefusedError(DlintError):
    """The platform does not let the token write comments."""


class Thread(NamedTuple):
    """Where the comment goes: `list` is the address of all comments, `one` what an identifier
    completes to that of a single one, `user` that which tells whose the token is.

    `update` is the method that changes a comment, `header` the one that carries the token, and
    `author` the key of a comment that tells who wrote it.
    """

    list: str
    one: str
    user: str
    update: str
    header: tuple[str, str]
    author: str


def github(api: str, repository: str, number: int, token: str) -> Thread:
    """Return the thread of a pull request; `repository` is OWNER/NAME."""
    issues = f"{api}/repos/{quote(repository)}/issues"
    header = ("Authorization", f"Bearer {token}")
    return Thread(
        f"{issues}/{number}/comments", f"{issues}/comments", f"{api}/user", "PATCH", header, "user"
    )


def gitlab(api: str, project: str, number: int, token: str) -> Thread:
    """Return the thread of a merge request; `project` is a project's number."""
    notes = f"{api}/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
    return Thread(notes, notes, f"{api}/user", "PUT", ("PRIVATE-TOKEN", token), "author")


def keep(thread: Thread, key: str, text: str) -> Kept:
    """Let the thread have one comment of ours that says `text`; `key` tells it from other jobs'.

    Raises RefusedError where the token may not do it, DlintError for all else that goes wrong.
    """
    wanted = body(key, text)
    with _Platform(thread) as platform:
        found = platform.find(wanted.partition("\n")[0])
        if found is None:
            platform.send("POST", thread.list, wanted)
            return Kept.CREATED
        if _same(found.get("body"), wanted):
            return Kept.UNCHANGED
        platform.send(thread.update, f"{thread.one}/{int(found['id'])}", wanted)
        return Kept.UPDATED


def body(key: str, text: str) -> str:
    """Return what is written: a first line that nobody sees, and as much of the text as there is
    room for.
    """
    first = f"<!-- dlint comment {quote(key)} -->\n"
    room = LONGEST - len(first) - len(CUT)
    if len(text) > room:
        text = text[:room].rpartition("\n")[0] + "\n"
        text += "\n</details>\n" * (text.count("<details>") - text.count("</details>")) + CUT
    return first + text


def _same(told: object, wanted: str) -> bool:
    """Tell whether a comment says it already: platforms change the ends of lines."""
    return isinstance(told, str) and told.split() == wanted.split()


class _Platform:
    def __init__(self, thread: Thread) -> None:
        self._thread = thread
        scheme, host, _ = origin_of(thread.list)
        if scheme != "https" and not is_loopback(host):
            raise DlintError(f"{shown(thread.list)}: a token is sent over https alone")
        self._session = Session()
        self._session.headers.update(dict([thread.header]))
        self._own: object = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def find(self, first: str) -> dict[str, Any] | None:
        """Return our comment, the oldest of several; None where there is none."""
        return next((each for each in self._comments() if self._is_ours(each, first)), None)

    def send(self, method: str, address: str, text: str) -> None:
        """Write a comment."""
        self._ask(method, address, {"body": text})

    def _comments(self) -> Iterator[dict[str, Any]]:
        for page in range(1, MOST_PAGES + 1):
            found = self._ask("GET", f"{self._thread.list}?per_page={PER_PAGE}&page={page}")
            if not isinstance(found, list):
                raise DlintError(f"{shown(self._thread.list)}: no list of comments came")
            yield from (each for each in found if isinstance(each, dict) and "id" in each)
            if len(found) < PER_PAGE:
                return

    def _is_ours(self, comment: dict[str, Any], first: str) -> bool:
        told = comment.get("body")
        if not isinstance(told, str) or told.partition("\n")[0].rstrip("\r") != first:
            return False
        author = comment.get(self._thread.author)
        if not isinstance(author, dict):
            return False
        return author.get("type") == "Bot" or author.get("id", "") == self._own_id()

    def _own_id(self) -> object:
        """Return the number of the token's user; None for the token of a job, which has none."""
        if self._own is None:
            try:
                user = self._ask("GET", self._thread.user)
            except RefusedError:
                user = {}
            self._own = (user.get("id") if isinstance(user, dict) else None,)
        return self._own[0] if isinstance(self._own, tuple) else None

    def _ask(self, method: str, address: str, data: dict[str, str] | None = None) -> object:
        place = shown(address)
        try:
            answer = self._session.request(method, address, json=data, timeout=SECONDS)
        except requests.RequestException as error:
            raise DlintError(f"{place} {reason(error)}") from None
        with answer:
            if answer.status_code in _REFUSED:
                raise RefusedError(f"{place} refuses the token ({answer.status_code})")
            if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
                raise DlintError(f"{place} answers {answer.status_code}")
            try:
                return answer.json()
            except ValueError:
                raise DlintError(f"{place} answers with no JSON") from None

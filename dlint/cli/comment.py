"""`dlint comment`: one comment on a pull or merge request, kept up to date by each run of a job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.errors import DlintError
from dlint.text.patterns import regex
from dlint.text.repository_files import bounded
from dlint.text.safe import json_value, number

if TYPE_CHECKING:
    import argparse

    from dlint.network.comments import Thread

TOKEN = "DLINT_TOKEN"  # noqa: S105  a variable's name
_NAME = regex(r"[\w.-]+/[\w.-]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the text, and what tells the comment from others."""
    parser.add_argument("file", metavar="FILE", help="Markdown to write, as of dlint diff")
    parser.add_argument(
        "--key",
        default="dlint",
        metavar="NAME",
        help="name that tells the comments of several jobs apart (default: dlint)",
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print nothing but the answer itself"
    )
    parser.add_argument(
        "--debug", action="store_true", help="show where in dlint an error occurred"
    )


def run(args: argparse.Namespace) -> int:
    """Create, update or leave alone the comment; the exit status."""
    try:
        with Path(args.file).open("rb") as file:
            text = bounded(file, args.file).decode("utf-8", "replace")
    except OSError as error:
        raise DlintError(f"{args.file}: {error.strerror}") from error
    thread = _thread()
    if thread is None:
        common.note(args, "no pull or merge request: nothing to comment on")
        return 0
    from dlint.network.comments import RefusedError, keep

    try:
        kept = keep(thread, args.key, text)
    except RefusedError as error:
        common.note(
            args,
            f"no comment was written: {error.message}. The token must be allowed to write"
            " comments. On a pull request from a fork, tokens may only read",
        )
        return 0
    common.note(args, f"comment {kept}")
    return 0


def _thread() -> Thread | None:
    """Return what this job is for, as its platform's variables tell; None where that is no pull or
    merge request. Raises DlintError.
    """
    for variable, found in (("GITHUB_ACTIONS", _github), ("GITLAB_CI", _gitlab)):
        if os.environ.get(variable):
            return found()
    raise DlintError(
        "this is no job of GitHub Actions or GitLab CI",
        "post the file with your system's own means",
    )


def _token() -> str:
    found = os.environ.get(TOKEN, "").strip()
    if not found:
        raise DlintError(f"{TOKEN} is not set", "it holds the token that may write comments")
    return found


def _github() -> Thread | None:
    """Read the event (https://docs.github.com/en/webhooks/webhook-events-and-payloads), which must
    be of the host that runs the job.
    """
    from dlint.network.comments import github

    try:
        with Path(os.environ.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            event = json_value(bounded(file, "the event").decode())
    except (OSError, ValueError) as error:
        raise DlintError("GITHUB_EVENT_PATH: the event cannot be read") from error
    request = event.get("pull_request") if isinstance(event, dict) else None
    if not isinstance(request, dict):
        return None
    repository = event.get("repository")
    name = str(repository.get("full_name")) if isinstance(repository, dict) else ""
    api = os.environ.get("GITHUB_API_URL", "").rstrip("/")
    count = number(str(request.get("number", "")))
    if not _NAME.fullmatch(name) or not count:
        raise DlintError("GITHUB_EVENT_PATH: the event lacks a repository or a number")
    if not isinstance(repository, dict) or repository.get("url") != f"{api}/repos/{name}":
        raise DlintError("GITHUB_API_URL: the event is of another host, which gets no token")
    return github(api, name, count, _token())


def _gitlab() -> Thread | None:
    """Read the predefined variables (https://docs.gitlab.com/ci/variables/predefined_variables/)."""
    from dlint.network.comments import gitlab

    request = number(os.environ.get("CI_MERGE_REQUEST_IID", ""))
    project = os.environ.get("CI_PROJECT_ID", "")
    if not request:
        return None
    api = os.environ.get("CI_API_V4_URL", "").rstrip("/")
    if not project or not api:
        raise DlintError("CI_PROJECT_ID and CI_API_V4_URL are not set")
    return gitlab(api, project, request, _token())

"""The comment on a pull or merge request, on servers that play the platforms' APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from comment_server import BOT, playing

from dlint.cli import main
from dlint.network.comments import LONGEST, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from comment_server import Platform

TOKEN = "t-o-k-e-n"  # noqa: S105  of a server that lives for one test
OWN = {"id": 7, "type": "User"}
FIRST = "<!-- dlint comment dlint -->"


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Give a server that plays a platform."""
    with playing() as server:
        yield server


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the text to comment, in a job that has a token."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DLINT_TOKEN", TOKEN)
    path = tmp_path / "diff.md"
    path.write_text("## dlint\n\n**Merging pushes 3 MB**\n")
    return path


@pytest.fixture
def on_github(
    platform: Platform, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Platform:
    """Let the job be one of GitHub Actions for a pull request."""
    event = {
        "pull_request": {"number": 5},
        "repository": {"full_name": "team/shop", "url": f"{platform.url}/repos/team/shop"},
    }
    (tmp_path / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_API_URL", platform.url)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    assert file.exists()
    return platform


def test_a_comment_is_created_left_alone_and_updated(
    on_github: Platform, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["comment", str(file)]) == 0
    assert capsys.readouterr().err == "dlint: comment created\n"
    assert on_github.comments[0]["body"] == f"{FIRST}\n{file.read_text()}"
    assert on_github.writes == [("POST", "/repos/team/shop/issues/5/comments")]
    on_github.comments[0]["body"] = on_github.comments[0]["body"].replace("\n", "\r\n")
    assert main(["comment", str(file)]) == 0
    assert capsys.readouterr().err == "dlint: comment unchanged\n"
    assert len(on_github.writes) == 1
    file.write_text("## dlint\n\n**Merging pushes nothing**\n")
    assert main(["comment", str(file)]) == 0
    assert capsys.readouterr().err == "dlint: comment updated\n"
    assert on_github.writes[1:] == [("PATCH", "/repos/team/shop/issues/comments/1")]
    assert "pushes nothing" in on_github.comments[0]["body"]
    assert on_github.tokens == {f"Bearer {TOKEN}"}


def test_ours_is_found_behind_many_pages_of_others(on_github: Platform, file: Path) -> None:
    on_github.comments += [
        {"id": number, "body": "well done", "user": OWN} for number in range(1, 251)
    ]
    assert main(["comment", str(file)]) == 0
    assert main(["comment", str(file)]) == 0
    assert len(on_github.comments) == 251
    assert len(on_github.writes) == 1


def test_whoever_writes_our_first_line_is_not_overwritten(on_github: Platform, file: Path) -> None:
    on_github.comments.append({"id": 1, "body": f"{FIRST}\nmine", "user": {**OWN, "id": 8}})
    on_github.comments.append({"id": 2, "body": f"> {FIRST}", "user": BOT})
    assert main(["comment", str(file)]) == 0
    assert [each["body"] for each in on_github.comments[:2]] == [f"{FIRST}\nmine", f"> {FIRST}"]
    assert len(on_github.comments) == 3


def test_a_persons_own_token_finds_the_persons_comment(on_github: Platform, file: Path) -> None:
    on_github.user = OWN
    for _ in range(2):
        assert main(["comment", str(file)]) == 0
    assert len(on_github.comments) == 1


def test_jobs_have_comments_of_their_own(on_github: Platform, file: Path) -> None:
    for key in ("services", "tools --> x", "services"):
        assert main(["comment", str(file), "--key", key, "-q"]) == 0
    firsts = [each["body"].partition("\n")[0] for each in on_github.comments]
    assert firsts == [
        "<!-- dlint comment services -->",
        "<!-- dlint comment tools%20--%3E%20x -->",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_token_of_a_fork_is_no_failure(
    on_github: Platform, file: Path, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    on_github.refused[method] = 403
    assert main(["comment", str(file)]) == 0
    err = capsys.readouterr().err
    assert "no comment was written" in err
    assert "from a fork, tokens may only read" in err
    assert TOKEN not in err


def test_the_token_goes_to_no_other_host(
    on_github: Platform,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with playing() as other:
        on_github.redirects = f"{other.url}/repos/team/shop/issues/5/comments"
        assert main(["comment", str(file)]) == 2
        assert "answers 302" in capsys.readouterr().err
        monkeypatch.setenv("GITHUB_API_URL", other.url)
        assert main(["comment", str(file)]) == 2
        assert "the event is of another host" in capsys.readouterr().err
        assert not other.asked


def test_a_platform_in_the_clear_gets_no_token(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_API_V4_URL", "http://gitlab.example.com/api/v4")
    monkeypatch.setenv("CI_PROJECT_ID", "3")
    monkeypatch.setenv("CI_MERGE_REQUEST_IID", "4")
    assert main(["comment", str(file)]) == 2
    assert "over https alone" in capsys.readouterr().err


def test_gitlab(platform: Platform, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform.author, platform.user = "author", {"id": 9}
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_API_V4_URL", platform.url)
    monkeypatch.setenv("CI_PROJECT_ID", "3")
    monkeypatch.setenv("CI_MERGE_REQUEST_IID", "4")
    assert main(["comment", str(file)]) == 0
    file.write_text("new\n")
    assert main(["comment", str(file)]) == 0
    notes = "/projects/3/merge_requests/4/notes"
    assert platform.writes == [("POST", notes), ("PUT", f"{notes}/1")]
    assert platform.tokens == {TOKEN}
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    assert main(["comment", str(file)]) == 0
    assert len(platform.writes) == 2


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ('{"ref": "refs/heads/main"}', (0, "no pull or merge request")),
        ('{"pull_request": {"number": 5}}', (2, "lacks a repository")),
        ('{"pull_request": {"number": "5/../1"}}', (2, "lacks a repository")),
        ("[]", (0, "no pull or merge request")),
        ("{", (2, "the event cannot be read")),
    ],
)
def test_events(
    on_github: Platform,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    event: str,
    told: tuple[int, str],
) -> None:
    file.with_name("event.json").write_text(event)
    assert main(["comment", str(file)]) == told[0]
    assert told[1] in capsys.readouterr().err
    assert not on_github.asked


def test_what_is_wrong_with_the_job_is_said(
    on_github: Platform,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["comment", "missing.md"]) == 2
    assert "missing.md: No such file" in capsys.readouterr().err
    on_github.refused["GET"] = 500
    assert main(["comment", str(file)]) == 2
    assert "answers 500" in capsys.readouterr().err
    monkeypatch.setenv("DLINT_TOKEN", " ")
    assert main(["comment", str(file)]) == 2
    assert "DLINT_TOKEN is not set" in capsys.readouterr().err
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert main(["comment", str(file)]) == 2
    assert "no job of GitHub Actions" in capsys.readouterr().err


def test_a_long_text_is_cut_between_lines_and_closed() -> None:
    text = "## dlint\n<details><summary>x</summary>\n" + "| a line |\n" * 9_000
    told = body("dlint", text)
    assert len(told) <= LONGEST + len("\n</details>\n")
    assert told.endswith(
        "| a line |\n\n</details>\n\nThe rest was cut off: a comment holds no more.\n"
    )

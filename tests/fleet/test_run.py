"""Runs over a fleet: what is in the rows, what is worked out again, and what an end loses."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from fleets import DOCKERFILE, clone, clones, files, job, stored
from house import ENVIRONMENT
from past import commit, git

from dlint.cli import main
from dlint.fleet import engine
from dlint.fleet.job import Kind
from dlint.fleet.run import run
from dlint.fleet.sources import items_of
from dlint.fleet.work import work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dlint.fleet.job import Item, Job, Outcome


DIGEST = f"sha256:{'a' * 64}"
COMMAND = [
    *(sys.executable, "-m", "dlint", "fleet", "run", "--isolated"),
    *("--commits", "2", "--jobs", "1", "--out"),
]


def here(told: Job, items: Sequence[Item]) -> Iterator[Outcome]:
    """Work in this process."""
    return (work(told, item) for item in items)


def done(out: Path, *words: Path, **told: object) -> list[Outcome]:
    return list(run(job(out, **told), items_of(map(str, words)), here))


def test_a_row_holds_what_check_and_history_tell(tmp_path: Path) -> None:
    root = clone(tmp_path / "app")
    commit(root, "owners", {"CODEOWNERS": "* @team\n"})
    [outcome] = done(tmp_path / "out", root)
    assert (outcome.rows, outcome.error, outcome.commit) == (
        1,
        None,
        git(root, "rev-parse", "HEAD"),
    )
    [row] = stored(tmp_path / "out")
    assert row["repository"] == row["place"] == str(root)
    assert (row["image"], row["dockerfile"], row["context"]) == ("Dockerfile", "Dockerfile", ".")
    assert (row["base"], row["base_basis"], row["owners"]) == ("debian:12", "guessed", ["@team"])
    assert row["image_bytes"] > row["base_bytes"] > 40_000_000
    assert row["bill_commits"] == 2
    assert row["bill_bytes"] > 0
    assert row["push_path"] == "CODEOWNERS"  # which pushes what `.git` does
    assert row["push_bytes"] < 100_000
    assert (row["error"], row["lacking"], row["digest"]) == (None, 0, None)
    assert [layer["line"] for layer in row["layers"]] == [None, 2, 3]
    assert row["layers"][2]["diff_id"] is None or row["layers"][2]["diff_id"].startswith("sha256:")
    rules = {found["rule"]: found for found in row["findings"]}
    assert rules["bloat/pm-cache"]["image_bytes"] > 0
    # how large `.git` would be nobody can tell
    assert rules["context/git-copied"]["push_bytes"] is None
    assert row["push_at_least"]
    assert {found["path"] for found in row["findings"]} <= {"Dockerfile", ".dockerignore"}
    assert str(tmp_path / "dlint-fleet") not in repr(row)


def test_a_commit_that_changes_no_file_has_its_own_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = clone(tmp_path / "app")
    monkeypatch.setitem(ENVIRONMENT, "GIT_COMMITTER_DATE", "2026-01-31T12:00:00Z")
    git(root, "commit", "-q", "--allow-empty", "-m", "nothing")
    done(tmp_path / "out", root, commits=0)
    [row] = stored(tmp_path / "out")
    assert f"{row['committed']:%Y-%m-%d %H:%M}" == "2026-01-31 12:00"


def test_paths_are_seen_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "app"
    root.mkdir()
    git(root, "init", "-q")
    build = "build:\n\tdocker build -f mods/web/Dockerfile .\n"
    ignored = ".git\n!.env.example\n.env.*\n"
    text = "FROM scratch\nCOPY . /app/\n"
    told = {"Makefile": build, ".dockerignore": ignored, "mods/web/Dockerfile": text}
    commit(root, "deep", {**told, ".env.example": "A=1"})
    done(tmp_path / "out", root)
    [row] = stored(tmp_path / "out")
    assert (row["dockerfile"], row["context"]) == ("mods/web/Dockerfile", ".")
    assert ".dockerignore" in {found["path"] for found in row["findings"]}
    assert "dlint-fleet" not in repr(row)


def test_a_row_tells_what_other_layers_would_push(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY . /app/\nRUN apt-get update && apt-get install -y curl\n"
    root = clone(tmp_path / "app", dockerfile=text)
    commit(root, "ignored", {".dockerignore": ".git\nDockerfile\n.dockerignore\n"})
    for at in range(3):
        commit(root, f"{at}", {"app.txt": f"{at}"})
    done(tmp_path / "out", root, commits=4)
    [row] = stored(tmp_path / "out")
    assert row["ways_commits"] == 4
    assert row["ways_now_bytes"] > 100 * row["ways_ordered_bytes"]
    assert row["ways_ordered_bytes"] >= row["ways_repacked_bytes"] >= row["ways_bound_bytes"] > 0
    assert (row["ways_at_least"], row["ways_basis"]) == (False, "guessed")


def test_what_is_not_known_is_null(tmp_path: Path) -> None:
    root = clone(tmp_path / "app", dockerfile="ARG BASE\nFROM ${BASE}\nRUN ./build\n")
    done(tmp_path / "out", root, commits=0)
    [row] = stored(tmp_path / "out")
    unknown = ("base", "base_bytes", "image_bytes", "push_bytes", "bill_bytes", "bill_commits")
    unknown += ("ways_commits", "ways_now_bytes", "ways_bound_bytes", "ways_at_least", "ways_basis")
    assert {row[name] for name in unknown} == {None}
    assert (row["base_basis"], row["image_basis"]) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("base", "named", "digest"),
    [
        ("alpine", "alpine:latest", None),
        ("docker.io/library/alpine:3.20", "alpine:3.20", None),
        (f"alpine:3.20@{DIGEST}", "alpine:3.20", DIGEST),
        (f"host.test:5000/alpine@{DIGEST}", "host.test:5000/alpine", DIGEST),
        ("scratch", None, None),
    ],
)
def test_one_base_has_one_name(
    tmp_path: Path, base: str, named: str | None, digest: str | None
) -> None:
    root = clone(tmp_path / "app", dockerfile=f"FROM {base}\nCOPY app.txt /\n")
    done(tmp_path / "out", root, commits=0)
    [row] = stored(tmp_path / "out")
    assert (row["base"], row["base_digest"]) == (named, digest)
    assert (row["base_bytes"] == 0) is (base == "scratch")


def test_a_broken_repository_is_a_row(tmp_path: Path) -> None:
    good, bad = clones(tmp_path, 2)
    shutil.rmtree(bad / ".git/objects")
    listed = tmp_path / "list"
    listed.write_text(f"# two of them\n{good}\n\nteam/app1\nnowhere\nfoo://host/x\n")
    outcomes = done(tmp_path / "out", listed)
    assert [bool(each.error) for each in outcomes] == [False, True, True, True]
    rows = {row["repository"]: row["error"] for row in stored(tmp_path / "out")}
    assert rows[str(good)] is None
    assert "nowhere: no such folder" in rows[str(tmp_path / "nowhere")]
    assert "may not clone over 'foo'" in rows["foo://host/x"]
    assert len(rows) == 4


def test_the_first_without_an_answer_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "in_processes", lambda told, items, *_: here(told, items))
    root = clone(tmp_path / "app")
    listed = tmp_path / "list"
    listed.write_text("".join(f"{name}\n" for name in (root, *map("none{}".format, range(12)))))
    words = ["fleet", "run", str(listed), "--out", str(tmp_path / "out"), "--commits", "0"]
    assert main(words) == 2
    first, *warnings = capsys.readouterr().err.splitlines()
    assert "1 of 13 repositories checked, 1 row, 12 without an answer; answers are in" in first
    assert len([line for line in warnings if "no such folder" in line]) == 10
    assert warnings[-1] == "dlint: warning: and 2 more; see dlint fleet report"
    assert main(words) == 2
    assert "0 of 13 repositories checked, 0 rows, 1 known, 12 without" in capsys.readouterr().err


def test_a_dockerfile_that_is_broken_is_a_row_with_a_finding(tmp_path: Path) -> None:
    done(tmp_path / "out", clone(tmp_path / "app", dockerfile="FROM debian:12\nRUM x\n"))
    [row] = stored(tmp_path / "out")
    assert [found["rule"] for found in row["findings"]] == ["syntax/error"]
    assert row["image_bytes"] is None


def test_a_repository_without_images_has_an_answer(tmp_path: Path) -> None:
    root = tmp_path / "app"
    root.mkdir()
    git(root, "init", "-q")
    commit(root, "text", {"README": ""})
    assert [each.rows for each in done(tmp_path / "out", root)] == [1]
    assert [each.rows for each in done(tmp_path / "out", root)] == [0]
    [row] = stored(tmp_path / "out")
    assert (row["image"], row["error"]) == (None, None)


def test_only_what_is_new_is_worked_out(tmp_path: Path) -> None:
    first, second = clones(tmp_path / "clones", 2)
    out = tmp_path / "out"
    assert [each.computed for each in done(out, tmp_path / "clones")] == [True, True]
    before = files(out)
    assert [each.computed for each in done(out, tmp_path / "clones")] == [False, False]
    assert files(out) == before
    commit(second, "third", {"app.txt": "3"})
    assert [each.computed for each in done(out, tmp_path / "clones")] == [False, True]
    assert [each.computed for each in done(out, first, commits=1)] == [True]
    assert before.items() <= files(out).items()
    assert len(stored(out)) == 4
    assert len(stored(out, "runs")) == 7


def test_one_file_of_a_project(tmp_path: Path) -> None:
    root = clone(tmp_path / "app")
    services = "services:\n  web:\n    build: .\n  job:\n    build: {context: ., target: base}\n"
    files = {"compose.yaml": services, "Dockerfile": f"FROM debian:12 AS base\n{DOCKERFILE}"}
    commit(root, "compose", {**files, "other/Dockerfile": DOCKERFILE})
    done(tmp_path / "out", root / "compose.yaml")
    rows = stored(tmp_path / "out")
    assert {row["image"] for row in rows} == {"compose.yaml#web", "compose.yaml#job"}
    assert {row["repository"] for row in rows} == {f"{root}#compose.yaml"}
    assert {row["target"] for row in rows} == {None, "base"}


def test_sources(tmp_path: Path) -> None:
    clones(tmp_path / "clones", 2)
    clone(tmp_path / "clones/team/app0/inner")  # a clone in a clone is none of the fleet's
    git(tmp_path, "clone", "-q", "--bare", "clones/team/app1", "clones/bare.git")
    items = items_of(
        [str(tmp_path / "clones"), "git@host.test:team/app.git", "https://host.test/x"]
    )
    assert [(item.kind, item.place.rpartition("/")[2]) for item in items] == [
        (Kind.CLONE, "bare.git"),
        (Kind.CLONE, "app0"),
        (Kind.CLONE, "app1"),
        (Kind.ADDRESS, "app.git"),
        (Kind.ADDRESS, "x"),
    ]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nowhere", "nowhere: no such file or folder"),
        ("ext::sh -c x", "neither a folder nor an address"),
        ("file:///tmp/x", "may not clone over 'file'"),
        ("docker://", "no registry in it"),
        (".", "no clone in it"),
    ],
)
def test_words_that_mean_nothing(
    tmp_path: Path,
    word: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fleet", "run", word]) == 2
    assert said in capsys.readouterr().err


def test_debug_shows_where_an_error_occurred(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "run", "nowhere", "--debug"]) == 2
    assert capsys.readouterr().err.startswith("Traceback ")


def test_a_plain_install_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dlint.fleet.extra.find_spec", lambda _: None)
    for words in (["run", "."], ["report"], ["query", "SELECT 1"]):
        assert main(["fleet", *words]) == 2
        assert capsys.readouterr().err.splitlines() == [
            "dlint: error: dlint fleet needs pyarrow and duckdb, which are not installed",
            'hint: pip install "dlint-dockerfile[fleet]"',
        ]


def test_a_worker_that_the_system_ends_loses_nothing(tmp_path: Path) -> None:
    clones(tmp_path / "clones", 6)
    told, items = job(tmp_path / "out"), items_of([str(tmp_path / "clones")])
    outcomes = []
    for outcome in engine.in_processes(told, items, 2):
        if not outcomes:
            os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
        outcomes.append(outcome)
    assert {each.item.place for each in outcomes} == {item.place for item in items}
    assert not [each.error for each in outcomes if each.error]
    list(run(job(tmp_path / "whole"), items, here))
    assert stored(tmp_path / "out") == stored(tmp_path / "whole")


def test_an_item_that_ends_each_process_has_failed(tmp_path: Path) -> None:
    items = items_of([str(clone(tmp_path / "app"))])
    [outcome] = engine.in_processes(job(tmp_path / "out"), items, 1, memory=1 << 20)
    assert outcome.error
    [row] = stored(tmp_path / "out")
    assert row["error"] == outcome.error


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a run that has done two repositories and waits for a third, whose server says
    nothing.
    """
    clones(tmp_path / "clones", 5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = f"git://127.0.0.1:{server.getsockname()[1]}/x"
        apps = "clones/team/app"
        (tmp_path / "list").write_text(f"{apps}0\n{apps}1\n{silent}\n{apps}2\n")
        process = subprocess.Popen(
            [*COMMAND, "out", "list"],
            cwd=tmp_path,
            env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
            # a shell has programs in the background ignore interrupts
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads
            start_new_session=True,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = server.accept()  # git asks
        with connection:
            yield process
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_run_that_is_killed_goes_on(tmp_path: Path, begun: subprocess.Popen[str]) -> None:
    out = tmp_path / "out"
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    before = files(out)
    assert len(before) == 2
    for folder in ("out", "whole"):
        subprocess.run([*COMMAND, folder, "clones"], cwd=tmp_path, env=ENVIRONMENT, check=True)
    assert before.items() <= files(out).items()
    assert stored(out) == stored(tmp_path / "whole")
    assert len(stored(out)) == 5


def test_an_interrupt_loses_nothing_that_was_done(
    tmp_path: Path, begun: subprocess.Popen[str]
) -> None:
    os.killpg(begun.pid, signal.SIGINT)
    _, err = begun.communicate(timeout=60)
    assert begun.returncode == 130
    assert "repositories checked" in err
    assert "the same command goes on from here" in err
    assert "Traceback" not in err
    assert len(stored(tmp_path / "out")) == 2
    assert stored(tmp_path / "out", "runs")
    assert not list(tmp_path.glob("dlint-fleet-*"))


# What a worker does before all else: it is interrupted, says that it is there, and waits.
WAITING = """
import os, signal, sys
if "--multiprocessing-fork" in sys.orig_argv:
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        print("a worker was interrupted", file=sys.stderr, flush=True)
    open(os.environ["BEGUN"], "w").close()
    open(os.environ["NEVER"]).close()
"""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
def test_an_interrupt_while_workers_start(tmp_path: Path) -> None:
    clones(tmp_path / "clones", 1)
    (tmp_path / "sitecustomize.py").write_text(WAITING)
    pipes = {name: str(tmp_path / name) for name in ("BEGUN", "NEVER")}
    for path in pipes.values():
        os.mkfifo(path)
    process = subprocess.Popen(
        [*COMMAND, "out", "clones"],
        cwd=tmp_path,
        env={**ENVIRONMENT, **pipes, "PYTHONPATH": str(tmp_path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    with open(pipes["BEGUN"]):  # noqa: PTH123  until the worker is there
        os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from here" in err
    assert "a worker was interrupted" not in err

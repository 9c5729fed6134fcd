"""Addresses that git clones from: what is asked of it, and what it may not do."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fleets import clone, job, stored
from house import ENVIRONMENT
from past import commit, git

from dlint.context.run_git import fetch_clone, protocol_of, without_password
from dlint.errors import DlintError
from dlint.fleet.job import Item, Kind
from dlint.fleet.work import work

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the clones below a folder by git's own protocol."""
    path = subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True).stdout
    if not (Path(path.strip()) / "git-daemon").exists():
        pytest.skip("git has no daemon here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [
        *("git", "daemon", "--export-all", "--listen=127.0.0.1", f"--port={port}"),
        *(f"--base-path={folder}", "--verbose", str(folder)),
    ]
    with subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        while "Ready to rumble" not in daemon.stderr.readline():
            assert daemon.poll() is None
        yield f"git://127.0.0.1:{port}"
        daemon.terminate()


def test_an_address_is_cloned_shallowly_and_checked(tmp_path: Path) -> None:
    root = clone(tmp_path / "served/app")
    for number in range(3):
        commit(root, f"more {number}", {"app.txt": f"{number}"})
    with served(tmp_path / "served") as host:
        item = Item(Kind.ADDRESS, f"{host}/app")
        outcome = work(job(tmp_path / "out"), item)
        assert (outcome.error, outcome.rows, outcome.repository) == (None, 1, f"{host}/app")
        again = item._replace(known=frozenset({outcome.commit or ""}))
        assert work(job(tmp_path / "out"), again).rows == 0
        fetch_clone(f"{host}/app", tmp_path / "shallow", 2)
    [row] = stored(tmp_path / "out")
    assert row["commit"] == git(root, "rev-parse", "HEAD")
    assert row["bill_commits"] == 2
    assert git(tmp_path / "shallow", "rev-list", "--count", "HEAD") == "2"


def test_a_clone_runs_no_hook_of_a_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone(tmp_path / "served/app")
    hooks = tmp_path / "template/hooks"
    hooks.mkdir(parents=True)
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\necho ran > {tmp_path}/mark\n")
    (hooks / "reference-transaction").chmod(0o755)
    (tmp_path / "own").write_text(f"[init]\n\ttemplateDir = {tmp_path}/template\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "own"))
    with served(tmp_path / "served") as host:
        fetch_clone(f"{host}/app", tmp_path / "clone", 1)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://host.test/x", "https"),
        ("ssh://git@host.test/x", "ssh"),
        ("git@host.test:team/x.git", "ssh"),
        ("file:///tmp/x", None),
        ("ext::sh -c touch% x", None),
        ("ext::https://host.test/x", None),
        ("fd::7", None),
        ("-oProxyCommand=x:y", None),
        ("./a:b", None),
        ("ftp://host.test/x", None),
        ("own://x", None),
    ],
)
def test_protocols(url: str, protocol: str | None, tmp_path: Path) -> None:
    if protocol:
        assert protocol_of(url) == protocol
        return
    with pytest.raises(DlintError):
        fetch_clone(url, tmp_path / "clone", 1)
    assert not (tmp_path / "clone").exists()


def test_no_password_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    place = f"http://user:secret@127.0.0.1:{port}/app"
    outcome = work(job(tmp_path / "out"), Item(Kind.ADDRESS, place))
    assert outcome.error
    assert "git cannot clone it" in outcome.error
    assert "secret" not in repr((outcome._replace(item=None), stored(tmp_path / "out")))
    assert without_password(place) == f"http://127.0.0.1:{port}/app"

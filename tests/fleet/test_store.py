"""Answers that are kept elsewhere than on a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fleets import clones, job

from dlint.cli import main
from dlint.errors import DlintError
from dlint.fleet.run import run
from dlint.fleet.sources import items_of
from dlint.fleet.store import Store
from dlint.fleet.views import Answers
from dlint.fleet.work import work

if TYPE_CHECKING:
    from pathlib import Path

SQL = "SELECT count(*), count(DISTINCT repository) FROM images"


def filled(address: str, folder: Path) -> list[bool]:
    """Run over a folder of clones; tell what was worked out."""
    told = job(folder)._replace(out=address)
    found = run(
        told, items_of([str(folder)]), lambda job_, todo: (work(job_, each) for each in todo)
    )
    return [each.computed for each in found]


def test_an_address_of_fsspec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fsspec")
    clones(tmp_path, 2)
    address = "memory://test_store/answers"
    assert filled(address, tmp_path) == [True, True]
    assert filled(address, tmp_path) == [False, False]
    assert Answers(address).query(SQL).rows == [(2, 2)]
    assert main(["fleet", "report", "--out", address]) == 0
    assert capsys.readouterr().out.startswith("2 images of 2 repositories")


def test_a_store_of_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 as moto plays it. The two packages bring fifty others along, so that they are no part of
    the development environment: `uv pip install "moto[server]" s3fs` has this run.
    """
    moto = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    server = moto.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        fsspec.filesystem("s3").mkdir("answers")
        clones(tmp_path, 2)
        assert filled("s3://answers/fleet", tmp_path) == [True, True]
        assert filled("s3://answers/fleet", tmp_path) == [False, False]
        assert Answers("s3://answers/fleet").query(SQL).rows == [(2, 2)]
        monkeypatch.setattr("dlint.fleet.merge.FEWEST", 2)
        store = Store("s3://answers/fleet")
        store.merge("2026-02-01")
        assert len(store.dataset("images").files) == 1
        assert Answers("s3://answers/fleet").query(SQL).rows == [(2, 2)]
    finally:
        server.stop()


def test_an_address_that_nobody_opens() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(DlintError, match="fsspec cannot open it"):
        Store("nothing://x").write("runs", "2026-01-01", ("a",), [])

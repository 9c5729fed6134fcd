"""The engine that somebody else's cluster is."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from fleets import clones, job, stored

from dlint.cli import main
from dlint.fleet.engine import on_dask
from dlint.fleet.run import run
from dlint.fleet.sources import items_of
from dlint.fleet.work import work

if TYPE_CHECKING:
    from pathlib import Path


def test_a_cluster_gives_the_same_rows_though_a_worker_is_killed(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    clones(tmp_path / "clones", 6)
    items = items_of([str(tmp_path / "clones")])
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        outcomes = []
        for outcome in on_dask(job(tmp_path / "out"), items, cluster.scheduler_address):
            if not outcomes:
                os.kill(pids[0], signal.SIGKILL)
            outcomes.append(outcome)
    assert sorted(each.item.place for each in outcomes) == [item.place for item in items]
    assert not [each.error for each in outcomes if each.error]
    list(
        run(job(tmp_path / "whole"), items, lambda told, todo: (work(told, each) for each in todo))
    )
    assert stored(tmp_path / "out") == stored(tmp_path / "whole")


def test_a_scheduler_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    clones(tmp_path / "clones", 1)
    words = ["--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]
    assert main(["fleet", "run", str(tmp_path / "clones"), *words]) == 2
    assert "tcp://127.0.0.1:1: no scheduler answers" in capsys.readouterr().err

"""`dlint order --weigh time`: what was recorded of how long steps took decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from house import commit
from support import tree

from dlint.cli import main
from dlint.images.recorded import RecordedImage, RecordedStep, write_recorded

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """\
FROM debian:12.5-slim
WORKDIR /srv/www
COPY pages ./pages
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10+deb12u5
COPY images ./images
EXPOSE 80
"""
COPY, INSTALL, IMAGES = DOCKERFILE.splitlines()[2:5]


def record(root: Path, seconds: dict[str, float]) -> None:
    steps = [RecordedStep(text, "stage-0", "0" * 32, took) for text, took in seconds.items()]
    image = RecordedImage(
        "Dockerfile",
        platform="linux/amd64",
        source="plain",
        base="debian:12.5-slim",
        day="2026-11-28",
        steps=tuple(steps),
    )
    (root / ".dlint").mkdir(exist_ok=True)
    (root / ".dlint/facts.json").write_text(write_recorded([image]))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a site whose pages change with every commit."""
    monkeypatch.chdir(tmp_path)
    ignored = ".git\nDockerfile\n.dlint\n"
    tree(tmp_path, {"Dockerfile": DOCKERFILE, ".dockerignore": ignored, "images/a": "a"})
    for number in range(5):
        tree(tmp_path, {"pages/index.html": f"{number}\n"})
        commit(tmp_path, str(number))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    command = ["order", "--weigh", "time", "--isolated", "--no-cache", "--output-format", "json"]
    assert main([*command, *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_what_takes_long_goes_above_what_changes(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(site, {COPY: 0.2, INSTALL: 30.0, IMAGES: 0.1})
    answer = told(capsys)
    assert answer["expected_seconds_before"] == pytest.approx(30.3)
    assert answer["expected_seconds_after"] == pytest.approx(0.3, abs=0.11)
    lines = [each["line"] for each in answer["order"]]
    assert lines.index(4) < lines.index(3)
    assert answer["unknown_steps_after"] == 0
    assert (answer["basis"], answer["commits"]) == ("modelled", 4)
    assert answer["fix"]["title"].endswith("the order of the least expected time")


def test_a_step_that_nobody_timed_is_of_unknown_time(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(site, {COPY: 0.2, IMAGES: 0.1})
    answer = told(capsys)
    assert answer["expected_seconds_before"] == pytest.approx(0.3)
    assert answer["at_least"] is True
    assert answer["unknown_steps_before"] == 1
    assert answer["unknown_steps_after"] == 0
    assert main(["order", "--weigh", "time", "--isolated", "--no-cache"]) == 0
    text = capsys.readouterr().out
    assert "≥ 0.3 s (1 step of unknown time per build)" in text
    assert "pushes: " in text
    assert "times of 2 steps are recorded, 0 of them of the very step" in text


def test_a_step_of_less_than_a_second_moves_nothing(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(site, {COPY: 0.2, INSTALL: 0.9, IMAGES: 0.1})
    answer = told(capsys)
    assert answer["expected_seconds_before"] == answer["expected_seconds_after"]
    assert answer["fix"] is None


def test_without_commits_priors_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"Dockerfile": DOCKERFILE, ".dockerignore": ".dlint\n", "images/a": "a"}
    tree(tmp_path, {**files, "pages/index.html": "a"})
    (tmp_path / ".git").mkdir()
    record(tmp_path, {COPY: 0.2, INSTALL: 3000.0, IMAGES: 0.1})
    answer = told(capsys)
    assert answer["basis"] == "guessed"
    assert answer["expected_seconds_after"] < answer["expected_seconds_before"]


def test_a_linked_copy_takes_its_time_for_its_own_changes_alone(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DOCKERFILE.replace("COPY images", "COPY --link images")
    (site / "Dockerfile").write_text(text)
    record(site, {COPY: 0.2, INSTALL: 0.3, "COPY --link images ./images": 40.0})
    answer = told(capsys)
    assert answer["expected_seconds_before"] == pytest.approx(0.5)


def test_without_records_there_is_an_error(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.is_dir()
    assert main(["order", "--weigh", "time", "--isolated"]) == 2
    error = capsys.readouterr().err
    assert "Dockerfile: nothing tells how long its steps take" in error
    assert "`dlint why BUILD --record`" in error

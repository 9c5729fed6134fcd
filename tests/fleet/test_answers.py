"""The report: its numbers, its words, and the page."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from fleets import clone, job
from past import commit

from dlint.cli import main
from dlint.fleet.run import run
from dlint.fleet.sources import items_of
from dlint.fleet.work import work

if TYPE_CHECKING:
    from pathlib import Path

SLIM, FULL, ALPINE = (
    f"FROM {base}\nRUN apt-get update && apt-get install -y graphviz\nCOPY . /app\n"
    for base in ("debian:12-slim", "debian:12", "alpine:3.20")
)
HOSTILE = "<script>alert(1)</script>.dockerfile"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the answers of a fleet with two tags of one base, and a hostile name."""
    folder = tmp_path_factory.mktemp("fleet")
    clone(folder / "clones/one", dockerfile=SLIM)
    clone(folder / "clones/two", dockerfile=SLIM.replace("12-slim", "11-slim"))
    third = clone(folder / "clones/three", dockerfile=FULL)
    commit(third, "more", {HOSTILE: ALPINE, "other/Dockerfile": SLIM})
    (folder / "clones/list").write_text("one\ntwo\nthree\nnone\n")
    told = job(folder / "out")
    items = items_of([str(folder / "clones/list")])
    list(run(told, items, lambda job_, todo: (work(job_, item) for item in todo)))
    return folder / "out"


def report(out: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["fleet", "report", "--out", str(out), *words]) == 0
    return capsys.readouterr().out


def test_the_numbers(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(report(out, capsys, "--output-format", "json"))
    assert told["schema"] == 1
    assert (told["summary"]["images"], told["summary"]["repositories"]) == (5, 3)
    assert told["summary"]["failures"] == 1
    answers = told["answers"]
    sizes = [row["size"]["bytes"] for row in answers["storage"]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 5
    known = {row["base"]: row["images"] for row in answers["bases"]}
    assert known == {"debian:12-slim": 2, "debian:11-slim": 1, "debian:12": 1, "alpine:3.20": 1}
    # the full image is of another flavor, and stays
    [golden] = answers["golden"]
    assert (golden["golden"], golden["images that move"]) == ("debian:12-slim", 1)
    moves = [(row["base"], row["repository"].rpartition("/")[2]) for row in answers["moves"]]
    assert moves == [("debian:11-slim", "two")]
    assert [row["repository"].rpartition("/")[2] for row in answers["failures"]] == ["none"]
    assert answers["changes"] == []  # nothing is known of a week ago
    assert {row["rule"] for row in answers["rules"]} >= {"bloat/pm-cache", "bloat/recommends"}


def test_what_changed_since_a_day(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    since = "2100-01-01"
    told = json.loads(report(out, capsys, "--output-format", "json", "--since", since))
    assert told["answers"]["changes"] == []


def test_as_a_terminal_shows_it(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = report(out, capsys, "--output-format", "pretty", "--color", "never", "--top", "3")
    assert text.startswith("5 images of 3 repositories: ≥ ")
    assert "; 1 without an answer\n" in text
    assert "\nImages that cost the most bandwidth\n" in text
    assert re.search(r"^debian +3 +4 +≈ ", text, re.MULTILINE)
    assert "Layers shared" not in text
    assert str(out.parent) not in text.partition("Repositories without")[0]


def test_as_markdown(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = report(out, capsys, "--output-format", "markdown")
    assert "| base | images | repositories | size |\n|---|---:|---:|---:|" in text
    assert "<script>" not in text


def test_the_page_has_no_script_and_loads_nothing(
    out: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report(out, capsys, "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import", page)
    assert page.count("<figure>") == page.count("</svg></figure>") + page.count("</p></figure>")
    assert {"bandwidth", "storage", "bases", "golden", "moves"} <= set(
        re.findall(r'id="(.*?)"', page)
    )


def test_a_query(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT base, images FROM bases ORDER BY images DESC, base LIMIT 1"
    words = ["fleet", "query", "--out", str(out), sql, "--output-format"]
    assert main([*words, "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["base", "images"], ["debian:12-slim", "2"]]
    assert main([*words, "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"base": "debian:12-slim", "images": 2}]
    assert main([*words, "text"]) == 0
    assert capsys.readouterr().out == "base            images\ndebian:12-slim       2\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--top", "0"], "--top must be at least 1"),
        (["--since", "yesterday"], "not a day"),
        (["--out", "nowhere"], "nowhere: holds no answers"),
    ],
)
def test_what_cannot_be_told(
    out: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["fleet", "report", "--out", str(out), *words]) == 2
    assert said in capsys.readouterr().err

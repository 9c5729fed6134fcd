"""The page of `dlint history --html` in a real browser: with scripts and without, light and dark, wide and narrow."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from harness.need import programs
from harness.skips import require
from past import commit, git

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

# What a script in the page finds, for the test alone: the page has none of its own.
PROBE = """<script>
const rows = [...document.querySelectorAll("table.commits tbody tr")];
const bars = [...document.querySelectorAll("svg.chart a")];
const painted = [...document.querySelectorAll("svg.chart rect.c0")];
document.title = JSON.stringify({
  rows: rows.length, bars: bars.length, titles: bars.filter(bar => bar.querySelector("title").textContent).length,
  drawn: painted.filter(rect => rect.getBoundingClientRect().height > 0).length,
  overflow: document.documentElement.scrollWidth > window.innerWidth,
  headings: [...document.querySelectorAll("th")].every(th => th.scope === "col"),
  page: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
  loaded: performance.getEntriesByType("resource").length, alerted: window.alerted === true });
</script>"""


# On a busy machine a picture may otherwise be taken before the frame is painted.
UNHURRIED = ("--virtual-time-budget=10000", "--run-all-compositor-stages-before-draw")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """Return what runs the browser on a page and gives what it prints."""
    require(lambda: programs("chromium"))
    profile = tmp_path_factory.mktemp("profile")

    def look(page: Path, *flags: str) -> str:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", *flags]
        done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=120)
        return done.stdout

    return look


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Return the page of three commits, one of which has a subject that would run."""
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    files = {"Dockerfile": "FROM x\nCOPY a /a/b\nRUN make\nCOPY . /c/d\n", "a": "0" * 5000, ".dockerignore": ".git\n"}
    commit(root, "start", files)
    commit(root, "first", {"a": "1" * 9000})
    commit(root, "<script>window.alerted = true</script>", {"b": "2" * 9000})
    commit(root, "last", {"b": "3" * 4000})
    monkeypatch.chdir(root)
    assert main(["history", "--isolated", "--no-cache", "--html", str(tmp_path / "page.html")]) == 0
    return tmp_path / "page.html"


def probed(look, page, *flags: str) -> str:
    """Return what the probe found, as JSON text."""
    probe = page.with_name("probe.html")
    probe.write_text(page.read_text().replace("</body>", f"{PROBE}</body>"))
    found = re.search(r"<title>(.*?)</title>", look(probe, "--dump-dom", *flags))
    assert found is not None
    return found[1]


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn(chromium, page, width, scheme):
    dark = scheme == "dark"
    found = probed(
        chromium, page, f"--window-size={width},900", f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    )
    for wanted in ('"rows":3', '"bars":3', '"titles":3', '"overflow":false', '"headings":true', '"loaded":0'):
        assert wanted in found
    assert '"alerted":false' in found
    assert '"drawn":0' not in found
    grounds = {"light": '"page":"rgb(252, 252, 251)"', "dark": '"page":"rgb(20, 22, 26)"'}
    assert grounds[scheme] in found


def test_without_scripts_it_looks_the_same(chromium, page, tmp_path):
    """A frame where no script may run: one that would take the page away shows that it does not."""
    (tmp_path / "emptied.html").write_text(
        page.read_text().replace("</body>", "<script>document.body.remove()</script></body>")
    )
    pictures = {}
    for name, rights in (("page", "allow-scripts"), ("emptied", ""), ("emptied", "allow-scripts")):
        frame = f'<iframe sandbox="{rights}" src="{name}.html" width="1200" height="1100" style="border: 0"></iframe>'
        (tmp_path / "frame.html").write_text(f"<!DOCTYPE html><body style='margin: 0'>{frame}</body>")
        picture = tmp_path / "picture.png"
        chromium(tmp_path / "frame.html", f"--screenshot={picture}", "--window-size=1200,1200", *UNHURRIED)
        pictures[name, rights] = picture.read_bytes()
    assert pictures["page", "allow-scripts"] == pictures["emptied", ""]
    assert pictures["emptied", ""] != pictures["emptied", "allow-scripts"]


def test_a_browser_reads_a_subject_as_text(chromium, page):
    read = chromium(page, "--dump-dom")
    assert "&lt;script&gt;window.alerted" in read
    assert read.count("<tr id=") == 3

"""The page of `dlint history --html` in a real browser: with scripts and without, light and dark,
wide and narrow.
"""

from __future__ import annotations

import os
import re
import subprocess
from html import escape
from typing import TYPE_CHECKING

import pytest
from harness.need import programs
from harness.skips import require
from past import commit, git

from dlint.cli import main
from dlint.text.webpage import POLICY

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
  outside: [...document.querySelectorAll("td")].filter(td => td.getBoundingClientRect().right > innerWidth).length,
  headings: [...document.querySelectorAll("th")].every(th => th.scope === "col"),
  page: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
  loaded: performance.getEntriesByType("resource").length, alerted: window.alerted === true });
</script>"""


# A frame in which no script runs, and what a script outside of it finds in there.
FRAMED = """<!DOCTYPE html><title></title>
<iframe sandbox="allow-same-origin {rights}" srcdoc="{page}" width="1200" height="1100" onload="look(this)"></iframe>
<script>
function look(frame) {{
  const inner = frame.contentDocument, painted = [...inner.querySelectorAll("svg.chart rect.c0")];
  document.title = JSON.stringify({{ rows: inner.querySelectorAll("table.commits tbody tr").length,
    drawn: painted.filter(rect => rect.getBoundingClientRect().height > 0).length }});
}}
</script>"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """Return what runs the browser on a page and gives what it prints."""
    require(lambda: programs("chromium"))
    profile = tmp_path_factory.mktemp("profile")

    def look(page: Path, *flags: str) -> str:
        command = [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            *flags,
        ]
        done = subprocess.run(
            [*command, page.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env={**os.environ, "XDG_CONFIG_HOME": str(profile)},  # it writes there as well
        )
        return done.stdout

    return look


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Return the page of three commits, one of which has a subject that would run."""
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    files = {
        "Dockerfile": "FROM x\nCOPY a /a/b\nRUN make\nCOPY . /c/d\n",
        "a": "0" * 5000,
        ".dockerignore": ".git\n",
    }
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
    probe.write_text(page.read_text().replace(POLICY, "").replace("</body>", f"{PROBE}</body>"))
    return title(look(probe, "--dump-dom", *flags))


def title(document: str) -> str:
    found = re.search(r"<title>(.*?)</title>", document)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn(chromium, page, width, scheme):
    dark = scheme == "dark"
    found = probed(
        chromium,
        page,
        f"--window-size={width},900",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
    )
    for wanted in ('"rows":3', '"bars":3', '"titles":3', '"headings":true', '"loaded":0'):
        assert wanted in found
    assert '"overflow":false,"outside":0' in found
    assert '"alerted":false' in found
    assert '"drawn":0' not in found
    grounds = {"light": '"page":"rgb(252, 252, 251)"', "dark": '"page":"rgb(20, 22, 26)"'}
    assert grounds[scheme] in found


@pytest.mark.parametrize(
    ("rights", "found"), [("", '{"rows":3,"drawn":3}'), ("allow-scripts", '{"rows":0,"drawn":0}')]
)
def test_it_is_drawn_without_scripts(chromium, page, rights, found):
    """A script that takes the page away shows whether any runs."""
    text = page.read_text().replace(POLICY, "")
    emptied = text.replace("</body>", "<script>document.body.remove()</script></body>")
    framed = page.with_name("framed.html")
    framed.write_text(FRAMED.format(rights=rights, page=escape(emptied)))
    assert title(chromium(framed, "--dump-dom")) == found


def test_a_browser_runs_no_script_even_if_there_were_one(chromium, page):
    scripted = page.with_name("scripted.html")
    scripted.write_text(
        page.read_text().replace("</body>", "<script>document.title = 'ran'</script></body>")
    )
    assert title(chromium(scripted, "--dump-dom")) == "Dockerfile: what each commit pushed"


def test_a_browser_reads_a_subject_as_text(chromium, page):
    read = chromium(page, "--dump-dom")
    assert "&lt;script&gt;window.alerted" in read
    assert read.count("<tr id=") == 3

"""The documentation site: its pages are complete, and what they show is true.

What commands print is held against dlint in test_readme.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml
from house import ENVIRONMENT, PROJECT
from support import tree

from dlint.cli import VERBS, main
from dlint.config.reading import all_keys
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = PROJECT / "tools" / "docs"
PAGES = sorted((PROJECT / "docs").rglob("*.md"))
RULES = Plugins(third_party=False).rules
ACTIONS = {"facts": ["record"], "fleet": ["run"], "sizes": ["fetch"]}  # of verbs that have several


def tool(name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, TOOLS / name, *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=ENVIRONMENT)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = tool("source.py", folder)
    assert done.returncode == 0, done.stderr
    return folder


def blocks(kind: str, page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - {"--help"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_command_is_on_its_page(source: Path, verb: str) -> None:
    pages = {"explain": "rules"}
    page = (source / "docs" / "commands" / f"{pages.get(verb, verb)}.md").read_text()
    command = [sys.executable, "-m", "dlint", verb, *ACTIONS.get(verb, []), "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT)
    usage = shown.stdout.partition("\n\n")[0]
    shared = (source / "docs" / "commands" / "shared.md").read_text() if "shared.md" in page else ""
    assert options(usage) <= options(page) | options(shared)


def test_nothing_is_left_to_be_filled_in(source: Path) -> None:
    left = re.compile(r"^<!-- (?!setup: |dlint )", re.MULTILINE)
    assert not [page for page in source.rglob("*.md") if left.search(page.read_text())]


def test_every_key_of_the_configuration_is_explained(source: Path) -> None:
    text = (source / "docs" / "settings.md").read_text()
    assert not [name for name in all_keys() if f"## {name}\n" not in text]
    assert not [name for name, key in all_keys().items() if not key.about.endswith(".")]
    options = [(rule.name, option) for rule in RULES.values() for option in rule.options]
    for name, option in options:
        assert re.search(rf"\| \[?`{name}`.* \| `{option}` \|", text), (name, option)


def test_every_rule_has_a_page_at_its_address(source: Path) -> None:
    config = yaml.safe_load((source / "mkdocs.yml").read_text())
    index = (source / "docs" / "llms.txt").read_text()
    navigation = yaml.safe_dump(config["nav"])
    for name, rule in RULES.items():
        assert (source / "docs" / "rules" / f"{name}.md").is_file()
        assert rule.url == f"{config['site_url']}rules/{name}/"
        assert f"rules/{name}.md" in navigation
        assert rule.url in index


def test_a_rule_that_is_named_leads_to_its_page(source: Path) -> None:
    text = (source / "docs" / "base-images.md").read_text()
    assert "[`pin/base-digest`](rules/pin/base-digest.md)" in text
    nested = (source / "docs" / "commands" / "check.md").read_text()
    assert "[`order/copy-before-install`](../rules/order/copy-before-install.md)" in nested
    for block in re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL):
        assert "](" not in block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_settings_can_be_read(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    extended = {"dlint.toml": "", "a/dlint.toml": "", "a/b/.keep": ""}
    monkeypatch.chdir(tree(tmp_path, {"Dockerfile": "FROM scratch\n", **extended}))
    schema = json.loads((PROJECT / "dlint" / "config" / "schema.json").read_text())
    for number, block in enumerate(blocks("toml", page)):
        if "entry-points" in block or "language-server" in block:  # of other programs
            continue
        path = tmp_path / "a" / "b" / f"{number}.toml"
        path.write_text(block)
        assert main(["check", "--config", str(path), "Dockerfile"]) == 0
        assert capsys.readouterr().err == "", block
        jsonschema.validate(tomllib.loads(block), schema)
    for block in blocks("yaml", page):
        assert yaml.safe_load(block)


def test_the_action_is_described_as_it_is() -> None:
    text = (PROJECT / "docs" / "ci" / "github.md").read_text()
    action = yaml.safe_load((PROJECT / "action.yml").read_text())
    sections = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    named = dict(zip(sections[1::2], sections[2::2], strict=True))
    for title in ("Inputs", "Outputs"):
        described = set(re.findall(r"^\| `([\w-]+)` \|", named[title], re.MULTILINE))
        assert described == set(action[title.lower()])


PAGE = '<a id="there"></a><a href="{link}">x</a><script src="{script}"></script>'


@pytest.mark.parametrize(
    ("link", "script", "problem"),
    [
        ("#there", "x.js", ""),
        ("other/#there", "x.js", ""),
        ("https://example.com/", "x.js", ""),
        ("#nowhere", "x.js", "leads to #nowhere"),
        ("other/#nowhere", "x.js", "leads to other/#nowhere"),
        ("gone/", "x.js", "leads to gone/"),
        ("#there", "https://example.com/x.js", "loads https://example.com/x.js"),
        ("#there", "//example.com/x.js", "loads //example.com/x.js"),
    ],
)
def test_what_is_wrong_with_a_site_is_found(
    tmp_path: Path, link: str, script: str, problem: str
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "index.html").write_text(PAGE.format(link=link, script=script))
    (tmp_path / "other" / "index.html").write_text('<h1 id="there">x</h1>')
    done = tool("check.py", tmp_path)
    assert done.returncode == bool(problem)
    assert problem in done.stdout

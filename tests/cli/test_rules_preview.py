"""Rules in preview, versions of rules, and what `dlint explain` says of other linters' codes."""

from __future__ import annotations

import json
import re

import pytest
from house import PROJECT
from support import check, found, rule_on

from dlint.cli import main
from dlint.lint import pages
from dlint.lint.plugins import Plugins
from dlint.rule.rule import Rule

RULES = Plugins(third_party=False).rules
NEW = rule_on("made/new", "RUN", since="0.9", preview=True)
OLD = rule_on("made/old", "RUN", since="0.1")
TEXT = "FROM debian:12.5-slim\nRUN true\n"


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["made/old"]),
        ({"select": ("all",)}, ["made/old"]),
        ({"select": ("made",)}, ["made/old"]),
        ({"select": ("made/new",)}, ["made/new"]),
        ({"extend_select": ("made/new",)}, ["made/new", "made/old"]),
        ({"select": ("made/new",), "ignore": ("made",)}, ["made/new"]),
        ({"extend_select": ("made/new",), "ignore": ("made/new",)}, ["made/old"]),
        ({"preview": True}, ["made/new", "made/old"]),
        ({"preview": True, "ignore": ("made",)}, []),
        ({"preview": True, "select": ("made",)}, ["made/new", "made/old"]),
    ],
)
def test_a_rule_in_preview_is_silent_until_somebody_asks(
    settings: dict[str, object], names: list[str]
) -> None:
    report = check(TEXT, NEW, OLD, **settings)
    assert sorted(rule for _, rule in found(report) if rule.startswith("made/")) == names


def test_a_comment_that_names_a_silent_rule_is_not_unused() -> None:
    report = check(TEXT.replace("RUN", "# dlint: ignore[made/new] not yet\nRUN"), NEW)
    assert "suppression/unused" not in [rule for _, rule in found(report)]


def test_pages_and_the_list_say_the_version() -> None:
    rule = Rule("made.new", "Finds it.", since="0.9", preview=True)
    assert "- since: 0.9, in preview: runs with `--preview`" in pages.page(rule)
    assert "| made/new | Finds it | (preview) |  | 0.9 |" in pages.listing([rule])
    assert "- since: 0.1\n" in pages.page(RULES["pin/base-tag"])


def test_each_rule_has_a_version_and_the_changelog_knows_the_new_ones() -> None:
    assert all(re.fullmatch(r"\d+\.\d+", rule.since or "") for rule in RULES.values())
    changes = (PROJECT / "CHANGELOG.md").read_text()
    new = [rule.name for rule in RULES.values() if rule.since != "0.1"]
    assert [name for name in new if f"`{name}`" not in changes] == []


@pytest.mark.parametrize("word", ["DL3013", "dl3013"])
def test_a_code_of_hadolint_is_explained(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "DL3013 is covered by `pin/unlocked-package`.\n\n# pin/unlocked-package\n"
    )


def test_all_rules_that_cover_a_code_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    codes = [alias for rule in RULES.values() for alias in rule.aliases]
    code = next(each for each in codes if codes.count(each) > 1)
    both = [rule.name for rule in RULES.values() if code in rule.aliases]
    assert main(["explain", code]) == 0
    out = capsys.readouterr().out
    assert f"{code} is covered by {' and '.join(f'`{name}`' for name in both)}.\n" in out
    assert re.findall(r"^# (\S+/\S+)$", out, re.MULTILINE) == both
    assert main(["explain", code, "--output-format=json"]) == 2


def test_a_build_check_is_explained_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "copyignoredfile", "--output-format", "json"]) == 0
    assert "CopyIgnoredFile" in json.loads(capsys.readouterr().out)["aliases"]


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("DL3003", "no rule of dlint means the same as DL3003"),
        ("SC2086", "no rule of dlint means the same as SC2086"),
        ("pin/base-tags", "did you mean 'pin/base-tag'?"),
        ("DL30099", "no rule is called 'DL30099'"),
    ],
)
def test_what_no_rule_covers(word: str, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 2
    assert error in capsys.readouterr().err

"""Every rule's page has the same shape, and its figures are what dlint says."""

from __future__ import annotations

import re

import pytest

from dlint.lint import pages
from dlint.lint.plugins import Plugins
from dlint.testing import Bench, examples
from dlint.text.units import parse_bytes

RULES = Plugins(third_party=False).rules
MEASURED = "**Measured:** "
# Where a figure may come from, and how a page says that there is none.
SOURCES = ("dlint's ", "`benchmarks/", "no figure")
_OF_EXAMPLE = re.compile(
    r"dlint's (?:model|estimate) (?:of|for) the (first |second )?example (?:counts|is)"
    r" (\d[\d.]* [kMG]?B)"
)
NUMBERS = {None: 1, "first ": 1, "second ": 2}


@pytest.mark.parametrize("name", RULES)
def test_a_page_has_all_sections_in_order(name: str) -> None:
    found = pages.sections(RULES[name])
    assert tuple(found) == pages.SECTIONS
    assert not [title for title, text in found.items() if not text.strip()]


@pytest.mark.parametrize("name", RULES)
def test_a_page_begins_with_a_summary_of_one_line(name: str) -> None:
    rule = RULES[name]
    first, _, rest = rule.doc.partition("\n")
    assert first == f"{rule.summary}."
    assert len(first) <= 100
    assert ". " not in first
    assert rest.startswith("\n## ")


@pytest.mark.parametrize("name", RULES)
def test_a_page_explains_each_option(name: str) -> None:
    rule, text = RULES[name], pages.sections(RULES[name])["Options"]
    for option, default in rule.options.items():
        assert f"- `{option}` (default {pages.toml(default)}): " in text
    assert (text == "None.") is not bool(rule.options)


@pytest.mark.parametrize("name", RULES)
def test_a_page_gives_a_figure_and_its_source_or_says_why_there_is_none(name: str) -> None:
    paragraphs = pages.sections(RULES[name])["Why is this bad?"].split("\n\n")
    measured = [each for each in paragraphs if each.startswith(MEASURED)]
    assert measured == paragraphs[-1:]
    text = _line("".join(measured))
    assert any(source in text for source in SOURCES)
    assert "no figure" in text or re.search(r"\d [kMG]?B", text)


def _line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", RULES)
def test_the_figures_of_examples_are_what_dlint_says(name: str) -> None:
    rule = RULES[name]
    bad = [each for each in examples(rule) if not each.good]
    text = _line(pages.sections(rule)["Why is this bad?"])
    for ordinal, figure in _OF_EXAMPLE.findall(text):
        with Bench(rule, bad[NUMBERS[ordinal or None] - 1]) as bench:
            assert parse_bytes(figure) == pytest.approx(bench.bytes, rel=0.05)

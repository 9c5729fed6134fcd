"""Which findings a change brings, and which it takes away."""

from __future__ import annotations

import pytest
from support import check, rule_on

from dlint.lint.compared import compare

RULE = rule_on("test/run", "RUN")
OTHER = rule_on("test/copy", "COPY")


@pytest.mark.parametrize(
    ("before", "after", "new", "gone"),
    [
        ("RUN a b\n", "RUN a b\n", [], []),
        # moved to another line, with what stands before it
        ("RUN a b\n", "ENV A=1\n# why\nRUN a b\n", [], []),
        # edited, but the same instruction
        ("RUN apt install curl git\n", "RUN apt install curl git jq\n", [], []),
        ("RUN apt install curl\n", "RUN npm ci --omit=dev\n", [2], [2]),
        # one of several that say the same
        ("RUN a b\nRUN a b\n", "RUN a b\n", [], [3]),
        ("RUN a b\n", "RUN a b\nRUN a b\nRUN c d e\n", [3, 4], []),
        # the same words of another rule are another finding
        ("RUN a b\n", "COPY a b\n", [2], [2]),
        ("", "RUN a b\n", [2], []),
    ],
)
def test_findings_are_known_by_rule_and_instruction(
    before: str, after: str, new: list[int], gone: list[int]
) -> None:
    old, now = (check(f"FROM a\n{text}", RULE, OTHER).diagnostics for text in (before, after))
    own = [[each for each in found if each.rule.startswith("test/")] for found in (old, now)]
    found = compare(*own)
    assert [each.place.start.line for each in found.new] == new
    assert [each.place.start.line for each in found.gone] == gone


def test_a_file_has_its_own_findings() -> None:
    here, there = (
        check("FROM a\nRUN b\n", RULE, path=path).diagnostics
        for path in ("a.Dockerfile", "b.Dockerfile")
    )
    found = compare(here, there)
    assert {each.place.path for each in found.new} == {"b.Dockerfile"}
    assert {each.place.path for each in found.gone} == {"a.Dockerfile"}

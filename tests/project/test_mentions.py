"""What texts speak of."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from dlint.project.mentions import Texts
from dlint.text.patterns import regex

LINES = "jobs:\n  build: services/web-app/Dockerfile.prod\n  other: web services/api/\n"


@pytest.mark.parametrize(
    ("pattern", "part", "told"),
    [
        (r"(?<![\w.-])web(?![\w.-])", "web", True),
        (r"(?<![\w.-])app(?![\w.-])", "app", False),
        (r"(?<![\w.-])services/web-app/Dockerfile\.prod", "services/web-app/Dockerfile.prod", True),
        (r"api/", "api", True),
        (r"gone", "gone", False),
        (r"\+", "+", False),  # no word to look up: the whole text is searched
        (r"/\n", "/", True),
    ],
)  # fmt: skip
def test_what_is_looked_for(pattern: str, part: str, *, told: bool) -> None:
    assert Texts(["", LINES]).speak_of(part, regex(pattern)) is told


def test_lines_without_its_rarest_word_are_not_searched() -> None:
    pattern = Mock(search=Mock(return_value=None))
    assert not Texts([LINES, "services\n" * 100]).speak_of("services/api", pattern)
    assert [each.args for each in pattern.search.call_args_list] == [
        ("  other: web services/api/",)
    ]

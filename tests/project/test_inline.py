"""Where the lines of an inline Dockerfile stand."""

from __future__ import annotations

import pytest

from dlint.project.inline import in_place


@pytest.mark.parametrize(
    ("inline", "text", "placed"),
    [
        ("FROM a\nRUN b\n", "x:\n  i: |\n    FROM a\n    RUN b\n", "\n\nFROM a\nRUN b\n"),
        ("FROM a", "x:\n  i: FROM a\n", "\nFROM a"),
        ("FROM a", "x:\n  i: 'FROM a'\n", "\nFROM a"),
        ("FROM 1\nRUN b\n", "x:\n  i: |\n    FROM ${A:-1}\n    RUN b\n", "\n\nFROM 1\nRUN b\n"),
        ("# escape=`\nFROM a\n", "x: |\n  # escape=`\n  FROM a\n", "# escape=`\n\nFROM a\n"),
        ("FROM a\nRUN b\n", 'x: "FROM a\\nRUN b\\n"\n', "FROM a\nRUN b\n"),
        ("", "x:\n", ""),
    ],
)
def test_lines(inline: str, text: str, placed: str) -> None:
    assert in_place(inline, text, 1) == placed


def test_what_stands_before_the_image_is_another_ones() -> None:
    text = "FROM a\n\nimage:\n  FROM a\n  RUN b\n"
    assert in_place("FROM a\nRUN b\n", text, 3) == "\n\n\nFROM a\nRUN b\n"

"""Instructions that are moved take their comments along, and leave no double blank lines."""

from __future__ import annotations

import pytest

from dlint.fixes.moving import fold, insert_behind, lines_of, move_before, move_behind, removals
from dlint.syntax.parser import parse
from dlint.text.source import Source

TEXT = """\
# syntax=docker/dockerfile:1
FROM debian:12

# why
# and how
ARG A \\
    # amid
    B

RUN one

  # indented
RUN two <<EOF
body
EOF
COPY a b"""


def edited(moved: list[int], target: int, *, behind: bool = False, text: str = TEXT) -> str:
    source = Source("Dockerfile", text)
    instructions = parse(source).instructions
    move = move_behind if behind else move_before
    return source.edited(
        move(source, [instructions[at] for at in moved], instructions[target])
    ).text


def test_an_instruction_goes_with_the_comments_right_above_it() -> None:
    assert edited([1], 3) == (
        "# syntax=docker/dockerfile:1\nFROM debian:12\n\nRUN one\n\n"
        "# why\n# and how\nARG A \\\n    # amid\n    B\n\n  # indented\nRUN two <<EOF\nbody\nEOF\nCOPY a b"
    )


def test_a_move_to_the_end_of_a_text_without_a_line_end() -> None:
    assert edited([2], 4, behind=True).endswith("EOF\nCOPY a b\n\nRUN one")


def test_a_move_from_the_end_of_a_text_without_a_line_end() -> None:
    assert "\n\nCOPY a b\nRUN one\n" in edited([4], 2)


def test_neighbours_move_together() -> None:
    text = "FROM a\n\nARG A\nLABEL a=$A\n\nRUN x\n"
    assert edited([1, 2], 3, behind=True, text=text) == "FROM a\n\nRUN x\n\nARG A\nLABEL a=$A\n"


def test_what_stood_apart_stands_apart_again() -> None:
    text = "FROM a\nCOPY . .\nRUN x\n\n# why\nRUN y\n\nCMD z\n"
    assert edited([3], 1, text=text) == "FROM a\n\n# why\nRUN y\n\nCOPY . .\nRUN x\n\nCMD z\n"
    text = "FROM a\r\n\r\nARG A\r\n\r\nRUN x\r\nRUN y\r\n"
    assert (
        edited([1], 2, behind=True, text=text)
        == "FROM a\r\n\r\nRUN x\r\n\r\nARG A\r\n\r\nRUN y\r\n"
    )


@pytest.mark.parametrize("end", ["", "\n"])
def test_what_goes_from_the_end_leaves_no_blank_line_there(end: str) -> None:
    text = f"FROM a\nCOPY . .\n\nRUN x\n\nRUN y{end}"
    assert edited([2, 3], 1, text=text) == "FROM a\n\nRUN x\n\nRUN y\n\nCOPY . .\n"


def test_what_goes_to_the_end_stands_apart_there() -> None:
    assert (
        edited([1], 2, behind=True, text="FROM a\n\nARG A\n\nRUN x") == "FROM a\n\nRUN x\n\nARG A"
    )


@pytest.mark.parametrize(("gone", "into"), [(1, 3), (3, 1)])
def test_what_is_folded_into_another_leaves_its_comments_to_that(gone: int, into: int) -> None:
    text = "FROM a\n# one\nRUN x\n\nENV A=b\n# two\nRUN y\n"
    source = Source("Dockerfile", text)
    instructions = parse(source).instructions
    after = source.edited(fold(source, instructions[gone], instructions[into])).text
    down, up = (
        "FROM a\n\nENV A=b\n# one\n# two\nRUN y\n",
        "FROM a\n# two\n# one\nRUN x\n\nENV A=b\n",
    )
    assert after == (down if gone < into else up)


def test_directives_are_no_comments_of_an_instruction() -> None:
    source = Source("Dockerfile", "# escape=`\nARG A\nFROM a\n")
    first = parse(source).instructions[0]
    assert source[lines_of(source, first)] == "ARG A\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_inserted_ends_its_lines_as_the_file_does(newline: str) -> None:
    source = Source("Dockerfile", newline.join(["FROM a", "RUN x", ""]))
    run = parse(source).instructions[1]
    assert source.edited(removals(source, [run])).text == f"FROM a{newline}"
    text = f"RUN y{newline}"
    assert source.edited([insert_behind(source, run, text)]).text.endswith(
        f"RUN x{newline}RUN y{newline}"
    )

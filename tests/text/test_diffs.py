"""Diffs say what edits did, and `git apply` makes the same of the file."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from dlint.fix.fixer import Change, diff
from dlint.fixes.moving import move_before, move_behind
from dlint.syntax.parser import parse
from dlint.text.diffs import diff_lines, edits_between
from dlint.text.source import Edit, Source, Span

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "FROM a\nARG SHA\nENV SHA=$SHA\nRUN make\n\nRUN use $SHA"


def shown(text: str, *rounds: list[Edit], around: int = 0) -> str:
    lines = list(diff_lines(Source("Dockerfile", text), rounds, around))
    return "".join(line for line in lines if not line.startswith("@"))


def test_what_was_moved_is_what_the_diff_moves() -> None:
    source = Source("Dockerfile", TEXT)
    _, arg, env, run, _ = parse(source).instructions
    down = "-ARG SHA\n-ENV SHA=$SHA\n+ARG SHA\n+ENV SHA=$SHA\n"
    assert shown(TEXT, list(move_behind(source, [arg, env], run))) == down
    assert shown(TEXT, list(move_before(source, [run], arg))) == "+RUN make\n-RUN make\n"


def test_what_stays_the_same_within_an_edit_is_no_change() -> None:
    assert (
        shown(TEXT, [Edit(Span(7, 28), "ARG SHA\nENV B=$SHA\n")]) == "-ENV SHA=$SHA\n+ENV B=$SHA\n"
    )


def test_rounds_add_up() -> None:
    first, second = (
        [Edit(Span(28, 28), "RUN one\n")],
        [Edit(Span(32, 35), "two"), Edit(Span(7, 15), "")],
    )
    assert shown(TEXT, first, second) == "-ARG SHA\n+RUN two\n"


@given(*[st.text(alphabet="ab\r\n", max_size=12)] * 2)
def test_edits_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    before, after = Source("x", old), Source("x", new)
    assert before.edited(edits_between(before, after)).text == new


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", b"# caf\xe9\r\n"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_patch_of_any_bytes_can_be_applied(tmp_path: Path, head: bytes, end: bytes) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(head + b"FROM a\r\nRUN x" + end)
    before = Source.from_bytes("Dockerfile", path.read_bytes())
    at = before.text.index("x")
    rounds = ((Edit(Span(at, at + 1), "y"),), (Edit(Span(at + 1, at + 1), "z"),))
    after = before.edited([Edit(Span(at, at + 1), "yz")])
    patch = diff([Change(before, after, rounds)]).encode("utf-8", "surrogateescape")
    subprocess.run(
        ["git", "apply", "-p0"], input=patch, cwd=tmp_path, check=True, capture_output=True
    )
    assert path.read_bytes() == after.encode()


@given(
    st.text("ab\n", max_size=20),
    st.lists(st.lists(st.tuples(*[st.integers(0, 20)] * 2, st.text("ab\n", max_size=5)))),
)
def test_a_diff_has_all_lines_of_both_sides(
    text: str, wanted: list[list[tuple[int, int, str]]]
) -> None:
    before = after = Source("x", text)
    rounds = []
    for row in wanted:
        edits, end = [], 0
        for start, length, new in sorted(row):
            if end <= start and start + length <= len(after.text):
                edits.append(Edit(Span(start, start + length), new))
                end = start + length
        rounds.append(edits)
        after = after.edited(edits)
    lines = [line for line in diff_lines(before, rounds, around=100) if line[0] != "@"]
    if after.text != text:
        assert "".join(line[1:] for line in lines if line[0] in " -") == text
        assert "".join(line[1:] for line in lines if line[0] in " +") == after.text

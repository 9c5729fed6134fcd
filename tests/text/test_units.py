"""Bytes for people, and path patterns."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from dlint.text.globs import matches
from dlint.text.units import human_bytes, listed, of_the_last, parse_bytes


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.23 kB"),
        (48_213_004, "48.2 MB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (77_336_460, "77.3 MB"),
        (9_000_000_000, "9 GB"),
        (10**18, "1 EB"),
        (-1500, "-1.5 kB"),
        (10**400, "1e+12 EB"),
    ],
)
def test_bytes_are_written_with_a_space_before_the_unit(count: int, text: str) -> None:
    assert human_bytes(count) == text


@given(st.integers(0, 10**16))
def test_three_digits_tell_the_size(count: int) -> None:
    assert parse_bytes(human_bytes(count)) == pytest.approx(count, rel=0.006)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("20MB", 20_000_000),
        ("1MiB", 1 << 20),
        ("1.5 GB", 1_500_000_000),
        ("7", 7),
        ("7b", 7),
        ("300k", 300_000),
        (" 2 KiB ", 2048),
    ],
)
def test_sizes_are_read(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "MB", "-1", "1iB", "1 MBit", "1e3", "10%", "1.MB"])
def test_other_words_are_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("vendor", "vendor/Dockerfile", True),
        ("vendor", "a/vendor/b/Dockerfile", True),
        ("vendor", "vendored/Dockerfile", False),
        ("vendor/", "a/vendor/x", True),
        ("/vendor", "vendor/x", True),
        ("/vendor", "a/vendor/x", False),
        ("services/*/Dockerfile", "services/web/Dockerfile", True),
        ("services/*/Dockerfile", "services/a/b/Dockerfile", False),
        ("services/**/Dockerfile", "services/Dockerfile", True),
        ("services/**/Dockerfile", "services/a/b/Dockerfile", True),
        ("**/test/**", "a/test/b/Dockerfile", True),
        ("*.Dockerfile", "a/web.Dockerfile", True),
        ("*.Dockerfile", "web.dockerfile", False),
        ("Dockerfile.[ab]", "Dockerfile.a", True),
        ("Dockerfile.[!ab]", "Dockerfile.a", False),
        ("./app/x", "app/x", True),
        ("[", "[", True),
        ("**", "anything/at/all", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: object) -> None:
    assert matches(path, pattern) is expected


@pytest.mark.parametrize(
    ("words", "most", "told"),
    [
        ([], None, ""),
        (["a"], None, "a"),
        (["a", "b"], None, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
        (["a", "b", "c"], 1, "a and 2 more"),
    ],
)
def test_of_many_words_the_first_are_told(words: list[str], most: int | None, told: str) -> None:
    assert listed(words, most) == told


@pytest.mark.parametrize(
    ("count", "commits", "told"),
    [
        (1, 1, "1 of the last 1 commits"),
        (1, 9, "1 of the last 9 commits"),
        (8, 9, "8 of the last 9 commits"),
        (9, 9, "each of the last 9 commits"),
    ],
)
def test_how_many_of_the_last_commits_do_something(count: int, commits: int, told: str) -> None:
    assert of_the_last(count, commits) == told

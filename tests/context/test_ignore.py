from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from dlint.context import IgnoreFile
from dlint.context.ignore import Hits, first_ignore_file
from dlint.context.moby import Patterns
from dlint.errors import DlintError
from dlint.text.source import Source


def ignore(text: str) -> IgnoreFile:
    return IgnoreFile(Source.from_bytes(".dockerignore", text.encode()))


# what BuildKit 0.13 left out of a context with these lines
CASES = [
    ("a bare name holds at the root alone", "docs", ["docs", "docs/a"], ["sub/docs"]),
    ("two stars cross folders", "**/docs", ["docs", "sub/docs", "a/b/docs/c"], ["docs2"]),
    ("a leading slash says nothing", "/docs", ["docs"], ["sub/docs"]),
    ("a trailing slash says nothing", "docs/", ["docs", "docs/a"], ["docs2"]),
    ("a path is cleaned", "./a/../docs//x", ["docs/x"], ["docs"]),
    ("a star stays inside a name", "*.md", ["a.md"], ["sub/a.md"]),
    ("the last pattern wins", "*.md\n!README.md", ["a.md"], ["README.md"]),
    ("and again", "!README.md\n*.md", ["README.md"], []),
    (
        "a re-included file of a folder left out",
        "docs\n!docs/keep",
        ["docs", "docs/a"],
        ["docs/keep"],
    ),
    ("a space after the mark", "*\n! keep", ["a"], ["keep"]),
    ("spaces around", "  docs  ", ["docs"], []),
    (
        "comments begin in the first column",
        "#docs\n #other",
        ["#other"],
        ["#docs", "docs", " #other"],
    ),
    ("a byte order mark", "\ufeffdocs", ["docs"], []),
    ("Windows' line ends", "docs\r\nlogs\r\n", ["docs", "logs"], []),
    ("classes and escapes", "[ab]\n\\*", ["a", "b", "*"], ["c", "x"]),
]


@pytest.mark.parametrize(
    ("text", "out", "kept"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_patterns(text: str, out: list[str], kept: list[str]) -> None:
    patterns = ignore(text).patterns
    assert [path for path in [*out, *kept] if patterns.excludes(path)] == out


def test_each_pattern_knows_its_line() -> None:
    file = ignore("# caches\n\nnode_modules\n\n   \n!keep\n")
    assert file.lines == (3, 6)
    assert file.patterns.patterns == ("node_modules", "!keep")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ok\n\n[a-\n", ".dockerignore:3: malformed pattern '[a-'"),
        ("a\n!\n", ".dockerignore:2: malformed pattern '!'"),
        ("a[x-]", ".dockerignore:1: malformed pattern 'a[x-]'"),
    ],
)
def test_a_malformed_pattern_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DlintError) as caught:
        ignore(text)
    assert caught.value.message.startswith(message)


def test_the_dockerfiles_own_ignore_file_comes_first() -> None:
    own, shared = ("web.Dockerfile.dockerignore", b"a"), (".dockerignore", b"b")
    assert first_ignore_file([own, shared]).source.path == own[0]
    assert first_ignore_file([(own[0], None), shared]).source.path == shared[0]
    assert first_ignore_file([(own[0], None), (shared[0], None)]) is None


def test_which_pattern_decides() -> None:
    file = ignore("*.log\nkeep.log\n!keep.log\ndocs\n!docs/a")
    assert file.decider("x.log") == 0
    assert file.decider("keep.log") == 2
    assert file.decider("docs/b") == 3
    assert file.decider("docs/a") == 4
    assert file.decider("src") is None


def test_what_each_pattern_does() -> None:
    file = ignore("dist\n!dist/keep\ndist/*\nnothing")
    dist, negation, again, unused = file.hits(["dist", "dist/keep", "dist/a", "src"])
    assert dist == Hits(matched=1, decided=2)
    assert negation == Hits(matched=1, decided=0)  # shadowed: a later line takes it back
    assert again == Hits(matched=2, decided=1)
    assert unused == Hits(0, 0)


PARTS = st.sampled_from(["a", "b", "ab", "*", "**", "?", "[ab]", "a*"])
LINES = st.lists(
    st.builds(
        lambda negated, parts: "!" * negated + "/".join(parts),
        st.booleans(),
        st.lists(PARTS, min_size=1, max_size=3),
    ),
    max_size=6,
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=4)


@given(LINES, PATHS)
def test_a_walk_sees_what_the_matcher_says(lines: list[str], parts: list[str]) -> None:
    patterns = Patterns(lines)
    match = None
    for end in range(1, len(parts) + 1):
        path = "/".join(parts[:end])
        pruned = bool(match and match.excluded) and not patterns.may_reinclude_under(
            "/".join(parts[: end - 1])
        )
        match = patterns.match(path, match)
        assert match.excluded == patterns.excludes(path)
        assert not pruned or match.excluded

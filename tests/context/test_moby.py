from __future__ import annotations

import pytest
from e2b_dockerfile_utils import PatternMatcher, ShellLex
from hypothesis import given, strategies as st

from dlint.context import moby
from dlint.context.stepwise import stepwise

ENV = {"a": "b c", "e": "", "p": "x/y.z.gz", "n": "2"}
# Words, and what BuildKit's lexer makes of them (shell/envVarTest in its sources holds many more).
EXPANSIONS = {
    "plain": "plain",
    "$a": "b c",
    "${a}d": "b cd",
    "'$a'": "$a",
    '"$a"': "b c",
    "\\$a": "$a",
    '"\\$a\\x"': "$a\\x",
    "$none": "",
    "${none:-d}": "d",
    "${e:-d}": "d",
    "${e-d}": "",
    "${a:+d}": "d",
    "${none:+d}": "",
    "${none:-${e:-${a}}}": "b c",
    "${p#*/}": "y.z.gz",
    "${p%.*}": "x/y.z",
    "${p%%.*}": "x/y",
    "${p//./_}": "x/y_z_gz",
    "$1$": "$",
    "$(cmd)": "$(cmd)",
    "a'b'\"c\"": "abc",
    "<<EOF": "<<EOF",
}


@pytest.mark.parametrize(("word", "expected"), EXPANSIONS.items())
def test_expand(word: str, expected: str) -> None:
    assert moby.expand(word, ENV) == expected


@pytest.mark.parametrize("word", ["'a", '"a', "${a", "${a:x}", "${none:?why}", "${}", "${a:"])
def test_words_that_cannot_be_read(word: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moby.expand(word, ENV)


def test_the_files_own_escape_counts() -> None:
    assert moby.expand("C:\\app\\$a`$a", ENV, "`") == "C:\\app\\b c$a"


def test_unset_variables_can_stay() -> None:
    assert moby.expand("$a $none ${none:-x}", ENV, keep_unset=True) == "b c $none ${none:-x}"


def test_split() -> None:
    assert moby.split("$a 'd e' f\\ g $none", ENV) == ["b", "c", "d e", "f g"]
    with pytest.raises(ValueError, match="quote"):
        moby.split("'a", ENV)


REFERENCES = {
    "a": set(),
    "$a${b}": {"a", "b"},
    "${a:-$b}": {"a", "b"},
    "${a:+${b:-$c}}": {"a", "b", "c"},
    "'$a' \\$b \"$c\"": {"c"},
    "${a:?$b}": {"a", "b"},
    "${a#$b}": {"a", "b"},
    "${a": set(),
}


@pytest.mark.parametrize(("word", "names"), REFERENCES.items())
def test_references(word: str, names: set[str]) -> None:
    assert moby.references(word) == names


def test_references_under_another_escape() -> None:
    assert moby.references("`$a\\$b", "`") == {"b"}


def test_fault_says_why() -> None:
    assert moby.fault("plain") == ""
    assert moby.fault("${none:?why}") == ""
    assert "quote" in moby.fault("'a")
    assert "modifier" in moby.fault("${a:x}")


def test_a_word_that_doubles_at_each_step_ends_somewhere() -> None:
    value = "x"
    for _ in range(15):
        value = moby.expand("$v$v", {"v": value})
    with pytest.raises(ValueError, match="longer"):
        moby.expand("$v$v", {"v": value})


@pytest.mark.parametrize("operator", ["#", "##", "%", "%%", "/", "//"])
def test_a_pattern_that_backtracks_for_hours_is_refused(operator: str) -> None:
    replacement = "/y" if "/" in operator else ""
    with pytest.raises(ValueError, match="costly"):
        moby.expand(
            "${v" + operator + "$p" + replacement + "}", {"v": "a" * 1000, "p": "*a" * 20 + "b"}
        )


def test_heredocs() -> None:
    assert moby.heredocs('RUN a <<A 3<<-\'B C\' <<<D "<<E" $((1<<2)) << "F"') == (
        moby.HeredocMark("A", expand=True, chomp=False, fd=0),
        moby.HeredocMark("B C", expand=False, chomp=True, fd=3),
        moby.HeredocMark("F", expand=False, chomp=False, fd=0),
    )
    assert moby.heredocs("RUN 'a <<EOF") == ()
    assert moby.heredoc("<<EOF") == moby.HeredocMark("EOF", expand=True, chomp=False, fd=0)
    assert moby.heredoc("a<<EOF") is None


def test_patterns() -> None:
    patterns = moby.Patterns(["# a", "*", "!src/*.py", "docs", "!docs/keep"])
    assert patterns.patterns == ("*", "!src/*.py", "docs", "!docs/keep")
    assert [
        path
        for path in ("a", "src/a.py", "src/a.c", "docs/keep", "docs/b")
        if patterns.excludes(path)
    ] == [
        "a",
        "src/a.c",
        "docs/b",
    ]
    assert patterns.may_reinclude_under("docs")
    assert not patterns.may_reinclude_under("other")


@pytest.mark.filterwarnings("error")
def test_a_bracket_in_a_class_is_itself() -> None:
    patterns = moby.Patterns(["[[]", "*[[a]*[b\\[]***c"])
    assert [path for path in ("[", "x[yb/c", "b") if patterns.excludes(path)] == ["[", "x[yb/c"]


def test_many_stars_and_a_long_name_come_to_an_end() -> None:
    long = "a" * 200
    patterns = moby.Patterns(["*a" * 30 + "b", "**/a*" * 20 + "b", "[a]*" * 30 + "b"])
    assert not patterns.excludes(long)
    assert patterns.excludes(f"{long}b")
    assert patterns.match(f"x/{long}b").by is None
    assert patterns.excludes("/".join([long] * 20 + ["ab"]))


def test_rows_of_stars_and_of_folders_come_to_an_end() -> None:
    patterns = moby.Patterns(["*" * 61 + "/*.txt", "**/" * 600 + "x", "a/.************.txt"])
    deep = "a/" * 30
    assert not patterns.excludes(f"{deep}b")
    assert patterns.excludes(f"{deep}b.txt")
    assert patterns.excludes(f"{deep}x")


@pytest.mark.filterwarnings("ignore:Possible nested set")  # of the library's, called as it is
@given(
    st.text("ab/*?[]^\\", min_size=1, max_size=8),
    st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1),
)
def test_patterns_are_matched_stepwise_as_at_once(pattern: str, names: list[str]) -> None:
    try:
        (cleaned,) = moby.Patterns([pattern]).patterns
        at_once = PatternMatcher([cleaned])
    except ValueError:
        return
    path = "/".join(names)
    if "*" in cleaned.removeprefix("!").removeprefix(
        "**"
    ):  # without another star, a plain comparison decides
        assert stepwise(cleaned.removeprefix("!"))(path) == at_once._patterns[0].match(path)


def test_a_bad_pattern_is_named() -> None:
    with pytest.raises(ValueError, match=r"\[a"):
        moby.Patterns(["fine", "[a"])


@given(
    word=st.lists(
        st.sampled_from([*"aB_1 \t/:-.\n{}<#\u00e9'", '"', "$", "${", "$a", "${B}", "$a1"])
    ).map("".join),
    quote=st.sampled_from(["", '"']),
    values=st.dictionaries(
        st.sampled_from(["a", "B", "aB", "a1"]), st.sampled_from(["", "x y", "$a"])
    ),
    keep_unset=st.booleans(),
)
def test_words_of_variables_alone_are_expanded_as_by_the_lexer(
    *, word: str, quote: str, values: dict[str, str], keep_unset: bool
) -> None:
    word = f"{quote}{word}{quote}"
    try:
        expected = ShellLex("\\", env=values, skip_unset_env=keep_unset).process_word(word)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            moby.expand(word, values, keep_unset=keep_unset)
    else:
        assert moby.expand(word, values, keep_unset=keep_unset) == expected


def test_patterns_that_stand_twice_count_each_for_itself() -> None:
    patterns = moby.Patterns(["*.a", "!*.a", "b.a", "**/*b*.*a*"])
    assert patterns.matching("b.a") == [0, 1, 2, 3]
    assert patterns.matching("c/bc.ab") == [3]
    assert patterns.matching("c/ac.ab") == []
    assert patterns.match("b.a").by == 2


def test_a_row_of_stars_is_as_quick_as_one() -> None:
    patterns = moby.Patterns(["*" * 100_000, f"a/{'**/' * 30_000}b"])
    assert patterns.matching("a/c/b") == [0, 1]

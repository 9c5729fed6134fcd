"""Words that need no parser mean what argparse takes them for."""

from __future__ import annotations

import pytest

from dlint.cli import check
from dlint.cli.parser import Parser


def parsed(words: list[str]) -> dict[str, object]:
    parser = Parser(prog="dlint check", allow_abbrev=False)
    check.add_arguments(parser)
    return vars(parser.parse_args(words))


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["Dockerfile"],
        ["--no-push", "a", "-", "b", ""],
        ["a", "b", "--no-push", "--diff"],
        ["--no-push", "a", "b", "--diff"],
        ["--isolated", "--no-plugins", "--preview"],
        ["--fix", "--unsafe-fixes", "--diff", "--quiet", "--verbose", "--debug", "--pull"],
    ],
)
def test_plain_words_are_read_as_the_parser_reads_them(words: list[str]) -> None:
    found = check.plain_arguments(words)
    assert found is not None
    assert vars(found) == parsed(words)


def test_every_option_without_a_value_is_plain() -> None:
    flags = [f"--{name.replace('_', '-')}" for name in check._FLAGS.split()]
    for flag in flags:
        found = check.plain_arguments([flag])
        assert found is not None
        assert vars(found) == parsed([flag])
    assert sorted(flags) == sorted(
        f"--{name.replace('_', '-')}" for name, value in parsed([]).items() if value is False
    )


@pytest.mark.parametrize(
    "word",
    [
        *("--", "-q", "-x", "--help", "--no_push", "---no-push", "--exclude", "--no-such"),
        *("--output-format=json", "--color", "--online", "--output-files", "--paths"),
    ],
)
def test_all_other_words_are_left_to_the_parser(word: str) -> None:
    assert check.plain_arguments(["Dockerfile", word]) is None


def test_paths_apart_are_left_to_the_parser_which_refuses_them() -> None:
    assert check.plain_arguments(["a", "--no-push", "b"]) is None


def test_what_the_environment_says_is_left_to_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLINT_FAIL_ON", "error")
    assert check.plain_arguments(["Dockerfile"]) is None

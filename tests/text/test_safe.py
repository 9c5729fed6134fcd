"""Python's own parsers on text that a stranger wrote, and that nothing else calls them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from house import PROJECT, modules
from hypothesis import given, strategies as st
from support import check

from dlint.lint.plugins import Plugins
from dlint.text.safe import json_value, naming, nests_deeper, number, split_url, toml_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    "text", ["http://[x", "http://[::1", "http://a\u2100b/", "//[", "[::g]://"]
)
def test_what_is_no_address_is_all_path(text: str) -> None:
    found = split_url(text)
    assert found.hostname is None
    assert found.path == text or not found.netloc


@given(st.text())
def test_any_text_is_split(text: str) -> None:
    assert split_url(text).path is not None
    assert split_url(f"http://{text}/").hostname is not Ellipsis


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        ("9" * 18, int("9" * 18)),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("²", None),
        ("٣", None),
        ("-1", None),
        ("", None),
    ],
)
def test_numbers_are_of_ascii_digits_and_fit_64_bits(text: str, value: int | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 200_000, "9" * 5000, "\0", "\ud800", "nul"]
)
def test_json_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_value(text)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "a = " + "9" * 5000, "a" + ".a" * 100_000, "\0", "a = '\ud800"]
)
def test_toml_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        toml_table(text)


@pytest.mark.parametrize("name", ["a(", "(x+x+)+y", "[", "a|", "\\", "$"])
def test_a_name_is_no_expression(name: str) -> None:
    assert naming(name, r"\$\{?").search(f"x ${{{name}")
    assert not naming(name, r"\$\{?").search("x" * 50)


@pytest.mark.parametrize(
    "text", ["a(" * 1600, "match x:\n case " + "[" * 3000, "x = " + "-" * 5000, "not " * 5000]
)
def test_programs_that_nest_too_deep_are_not_parsed(text: str) -> None:
    assert nests_deeper(text)


def test_what_people_write_nests_less() -> None:
    assert not nests_deeper("f([{(x)}])\n" * 10_000 + "#" + "-" * 79 + "\n" + ")" * 500 + "(" * 90)


# Texts that brought a rule or the model down, each in the way that its comment names.
ODD = [
    'FROM debian:12\nRUN --mount=type=cache,target=/a\\\rb,\\"id=c make\n',  # csv.Error
    f'FROM debian:12\nRUN --mount=type=cache,target=/{"a" * 140_000},\\"id=c make\n',
    "FROM debian:12\nRUN curl -fO http://[x && wget https://[::g/a.tgz\n",  # urlsplit
    "FROM debian:12\nADD http://[x /y/\n",
    "FROM debian:12\nARG V\nENV a(=$V b=${a(}\nRUN echo $a( $V\n",  # re.error
    "FROM debian:12\nARG (x+x+)+y\nENV (x+x+)+y=1\nRUN echo " + "x" * 60 + "\n",  # exponential
    f"FROM debian:12\nCOPY --from={'9' * 5000} a b\nRUN a {'9' * 5000}> b\n",  # int
    "FROM debian:12\nCOPY --from=² a b\nRUN a ²> b\n",
    f"FROM debian:12\nCOPY --chmod={'7' * 5000} --chown={'9' * 5000}:² a b\n",
    f"FROM debian:12\nRUN useradd -u {'9' * 5000} a && git clone --depth {'9' * 5000} https://a/b\n",
    f"FROM debian:12\nRUN touch a{{1..{'9' * 5000}}} && echo {{{'9' * 5000}..1}}\n",
    f"FROM fedora:{'9' * 120}\nRUN dnf install -y a\n",
    "FROM debian:12\nENV A=" + "a" * 40_000 + "\nRUN echo ${A%*b} ${A//a*a*a*a*b/c}\n",  # quadratic
    "FROM debian:12\nENV A=abc\nRUN echo ${A//[z-a]/} ${A#[[:alpha:} ${A%[!]}\n",
    'FROM debian:12\nRUN ["' + "\\ud800" * 3 + '", "\\N{bad}"]\n',
]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_checked_by_all_rules(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = Plugins(third_party=False).rules.values()
    assert check(text, *rules, select=("all",)).failures == ()


# Who calls Python's parsers itself, and why that is no stranger's text or cannot fail.
PARSERS = {"urlsplit", "urlparse", "loads", "literal_eval"}
ALONE = {
    "dlint/text/safe.py": "the adapters",
    "dlint/syntax/words.py": "catches RecursionError, with a hook for constants",
    "dlint/images/manifest.py": "catches RecursionError",
    "dlint/images/credentials.py": "the user's own file",
    "dlint/network/hosts.py": "an address that was parsed as a reference, or a redirect's",
}
INDEXES = "dlint/sizes/indexes/"  # answers of package indexes: a failure of theirs is caught there


def parser_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(name) | ast.Attribute(_, name)) if name in PARSERS:
                yield name


def test_nothing_else_calls_the_parsers() -> None:
    found = {
        path.as_posix()
        for path in modules().values()
        if path.suffix == ".py"
        and not path.as_posix().startswith(INDEXES)
        and any(parser_calls(path))
    }
    assert found == set(ALONE)


# Who makes a number of text itself.
COUNTED = {
    "dlint/cli/check.py": "an option",
    "dlint/cli/push.py": "an option, matched by a pattern",
    "dlint/config/limits.py": "a share, as a pattern found it",
    "dlint/network/comments.py": "the number of a comment, as the platform's answer has it",
    "dlint/fleet/answers.py": "dlint's own rows",
    "dlint/fleet/page.py": "dlint's own rows",
    "dlint/context/git.py": "git's own answers",
    "dlint/context/lfs.py": "a pointer's digits, bounded",
    "dlint/context/objects.py": "octal, caught, and a date's digits, bounded",
    "dlint/bytes/copying.py": "octal, bounded",
    "dlint/facts/modes.py": "octal, bounded",
    "rules/stage/unreachable.py": "a stage's number, as a pattern bounds it",
    "dlint/images/platforms.py": "a variant of the command line or a manifest",
    "dlint/network/session.py": "digits of a header",
    "dlint/manifests/tagged_yaml.py": "as a pattern found it",
    "dlint/project/hcl.py": "digits as the parser found them, their errors caught",
    "dlint/project/hcl_functions.py": "bounded, its errors caught",
    "dlint/images/recorded.py": "bounded",
    "dlint/cli/facts.py": "the user's own environment",
    "dlint/packages.py": "bounded",
    "dlint/records/plain.py": "as a pattern found it, bounded",
    "dlint/records/steps.py": "as a pattern found it, bounded",
    "dlint/shell/words.py": "bounded",
    "dlint/order/proposal.py": "a fraction",
    "dlint/sizes/bases.py": "dlint's own table, and a tag, which has 128 characters at most",
    "dlint/sizes/catalogue.py": "dlint's own table",
    "dlint/text/safe.py": "the adapter",
    "dlint/text/units.py": "bounded",
    "dlint/testing.py": "a rule's own page",
    "rules/bloat/useradd_lastlog.py": "at most 18 digits",
}


def text_to_number(node: ast.AST) -> bool:
    """Tell whether a call makes a number of what may be text."""
    match node:
        case ast.Call(func=ast.Name("int"), args=[ast.Name() | ast.Subscript(), *_]):
            return True
        case ast.Call(
            func=ast.Name("float"), args=[ast.Name("header" | "number") | ast.Subscript()]
        ):
            return True
        case ast.Call(func=ast.Name("map"), args=[ast.Name("int" | "float"), *_]):
            return True
    return False


def test_nothing_else_makes_numbers_of_text() -> None:
    found = {
        path.as_posix()
        for path in modules().values()
        if path.suffix == ".py"
        and not path.as_posix().startswith(INDEXES)
        and any(
            text_to_number(node)
            for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8")))
        )
    }
    assert found == set(COUNTED)


SEARCHES = {
    "compile",
    "search",
    "match",
    "fullmatch",
    "sub",
    "split",
    "findall",
    "finditer",
    "regex",
}


def unescaped(path: Path) -> Iterator[str]:
    """Yield the variable parts of expressions that are neither escaped nor a module's constants."""
    for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name("regex") | ast.Attribute(ast.Name("re"), _), args=[pattern, *_]
            ) if isinstance(pattern, ast.JoinedStr):
                for part in pattern.values:
                    if isinstance(part, ast.FormattedValue) and not settled(part.value):
                        yield f"{path.as_posix()}:{node.lineno} {ast.unparse(part.value)}"


def settled(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(ast.Name("re"), "escape")):
            return True
        case ast.Name(name):
            return name.isupper()
        case ast.Call(func=ast.Attribute(ast.Constant(), "join"), args=[argument]):
            return any(
                isinstance(node, ast.Name) and node.id.isupper() for node in ast.walk(argument)
            ) or "re.escape" in ast.unparse(argument)
    return False


# Parts that are no module's constant, and why they are no stranger's expression.
WRITTEN = {
    ("dlint/config/keys.py", "name"): "an escaped key",
    ("dlint/context/stepwise.py", "inner"): "a set of characters, which was tried before",
    ("dlint/images/reference.py", "length"): "a number",
    ("dlint/shell/tree.py", "indent"): "one of two constants",
    ("dlint/syntax/words.py", "e"): "the escape character, escaped",
    ("dlint/syntax/problems.py", "e"): "the escape character, escaped",
    ("dlint/syntax/problems.py", "variable"): "made of it",
    ("dlint/text/safe.py", "before"): "the caller's constant",
    ("dlint/text/safe.py", "after"): "the caller's constant",
    ("rules/bloat/git_history.py", "names"): "joined of escaped names",
    ("rules/stage/test_in_chain.py", "named"): "joined of escaped names",
    ("dlint/reads/unread.py", "text"): "escaped",
    ("dlint/config/keys.py", "table"): "a constant",
}


def test_no_expression_is_a_strangers() -> None:
    found = {
        (path.as_posix(), each.rpartition(" ")[2])
        for path in modules().values()
        if path.suffix == ".py"
        for each in unescaped(path)
    }
    assert found == set(WRITTEN)

"""`dlint explain`: a rule's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.cli.rules import FORMATS, SCHEMA, described
from dlint.errors import DlintError
from dlint.lint import pages
from dlint.lint.plugins import Plugins
from dlint.rule.selectors import suggestion
from dlint.text.patterns import regex
from dlint.text.printable import json_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from dlint.rule.rule import Rule

CODE = regex(r"(?i)(DL|SC)[0-9]{4}")  # of hadolint, which runs ShellCheck
BLANK = regex(r"\n{3,}")
PAGE = 100  # columns at most: longer lines of prose are hard to read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the rule's name."""
    parser.add_argument(
        "rule",
        metavar="RULE",
        help="name of a rule, such as order/copy-before-install, or another linter's code for it",
    )
    parser.add_argument("--no-plugins", action="store_true", help="load no plugins")
    common.add_output(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Show the page: rendered at a terminal, as Markdown elsewhere."""
    rules = Plugins(third_party=not args.no_plugins).rules
    found = _found(args.rule, rules)
    form = common.output_format(args, FORMATS)
    if form == "json":
        text = _json(args.rule, found)
    else:
        text = "\n".join(map(pages.page, found))
        if args.rule.lower() not in rules:
            text = f"{_same(args.rule, found)}\n\n{text}"
    if form == common.PRETTY:
        text = _pretty(text, color=common.use_color(args), width=common.width(args))
    common.emit(args, text)
    return 0


def _found(word: str, rules: Mapping[str, Rule]) -> list[Rule]:
    """Return the rule that is called so, or those that are an equivalent of another linter's.
    Raises DlintError where there is none.
    """
    if word.lower() in rules:
        return [rules[word.lower()]]
    same = [
        rule for rule in rules.values() if word.lower() in (each.lower() for each in rule.aliases)
    ]
    if not same and CODE.fullmatch(word):
        raise DlintError(
            f"no rule of dlint means the same as {word.upper()}",
            "dlint reports what costs bytes or time per push; hadolint explains its own codes",
        )
    if not same:
        raise DlintError(
            f"no rule is called {word!r}",
            suggestion(word.lower(), rules) or "`dlint rules` lists them",
        )
    return same


def _same(word: str, found: Sequence[Rule]) -> str:
    """Say which rules stand for another linter's."""
    alias = next(each for each in found[0].aliases if each.lower() == word.lower())
    return f"{alias} is covered by {' and '.join(f'`{rule.name}`' for rule in found)}."


def _json(word: str, found: Sequence[Rule]) -> str:
    if len(found) > 1:
        raise DlintError(
            f"{word}: {len(found)} rules are one document too many", _same(word, found)
        )
    (rule,) = found
    document = {"schema": SCHEMA, **described(rule), "page": rule.doc}
    return json_text(document, ascii_only=True) + "\n"


def _pretty(page: str, *, color: bool, width: int) -> str:
    from rich.markdown import Markdown

    from dlint.reporters.terminal import render

    # the terminal's own colors, on its own background
    shown = Markdown(page, code_theme="ansi_dark", hyperlinks=color)
    return BLANK.sub("\n\n", render([shown], color=color, width=min(width, PAGE)))

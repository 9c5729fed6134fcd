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

BLANK = regex(r"\n{3,}")
PAGE = 100  # columns at most: longer lines of prose are hard to read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the rule's name."""
    parser.add_argument(
        "rule", metavar="RULE", help="name of a rule, such as order/copy-before-install"
    )
    parser.add_argument("--no-plugins", action="store_true", help="load no plugins")
    common.add_output(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Show the page: rendered at a terminal, as Markdown elsewhere."""
    rules = Plugins(third_party=not args.no_plugins).rules
    rule = rules.get(args.rule.lower())
    if rule is None:
        raise DlintError(
            f"no rule is called {args.rule!r}",
            suggestion(args.rule.lower(), rules) or "`dlint rules` lists them",
        )
    form = common.output_format(args, FORMATS)
    if form == "json":
        text = (
            json_text({"schema": SCHEMA, **described(rule), "page": rule.doc}, ascii_only=True)
            + "\n"
        )
    elif form == common.PRETTY:
        text = _pretty(pages.page(rule), color=common.use_color(args), width=common.width(args))
    else:
        text = pages.page(rule)
    common.emit(args, text)
    return 0


def _pretty(page: str, *, color: bool, width: int) -> str:
    from rich.markdown import Markdown

    from dlint.reporters.terminal import render

    # the terminal's own colors, on its own background
    shown = Markdown(page, code_theme="ansi_dark", hyperlinks=color)
    return BLANK.sub("\n\n", render([shown], color=color, width=min(width, PAGE)))

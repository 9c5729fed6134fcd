"""`dlint rules`: the list of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.cli import common
from dlint.lint import pages
from dlint.lint.plugins import Plugins
from dlint.text.printable import json_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from dlint.rule.rule import Rule

SCHEMA = 1
FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the options on output."""
    parser.add_argument("--no-plugins", action="store_true", help="list dlint's own rules only")
    common.add_output(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """List the rules."""
    rules = list(Plugins(third_party=not args.no_plugins).rules.values())
    form = common.output_format(args, FORMATS)
    if form == "json":
        text = (
            json_text(
                {"schema": SCHEMA, "rules": [described(rule) for rule in rules]}, ascii_only=True
            )
            + "\n"
        )
    elif form == "markdown":
        text = pages.listing(rules)
    else:
        text = _table(rules)
    common.emit(args, text)
    return 0


def described(rule: Rule) -> dict[str, Any]:
    """Return what is known of a rule but its page."""
    return {
        "name": rule.name,
        "summary": rule.summary,
        "severity": str(rule.severity),
        "default": rule.default,
        "fix": str(rule.fix) if rule.fix else None,
        "options": dict(rule.options),
        "aliases": list(rule.aliases),
        "url": rule.url,
    }


def _table(rules: Sequence[Rule]) -> str:
    widest = max(len(rule.name) for rule in rules)
    return "".join(
        f"{rule.name:<{widest}}  {_severity(rule):<9}  {rule.summary}\n" for rule in rules
    )


def _severity(rule: Rule) -> str:
    return str(rule.severity) if rule.default else f"({rule.severity})"

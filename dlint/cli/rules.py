"""`dlint rules`: the list of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.cli import common
from dlint.findings import Safety, Severity
from dlint.lint import pages
from dlint.lint.plugins import Plugins
from dlint.text.printable import json_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import RenderableType

    from dlint.rule.rule import Rule

SCHEMA = 1
BESIDE = 99  # columns: a narrower terminal shows a rule's summary below its name
COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the options on output."""
    parser.add_argument("--no-plugins", action="store_true", help="load no plugins")
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
    elif form == common.PRETTY:
        text = _pretty(rules, color=common.use_color(args), width=common.width(args))
    else:
        text = _text(rules)
    common.emit(args, text)
    return 0


def described(rule: Rule) -> dict[str, Any]:
    """Return what is known of a rule but its page."""
    return {
        "name": rule.name,
        "summary": rule.summary,
        "since": rule.since,
        "preview": rule.preview,
        "severity": str(rule.severity),
        "default": rule.default,
        "fix": str(rule.fix) if rule.fix else None,
        "options": dict(rule.options),
        "aliases": list(rule.aliases),
        "url": rule.url,
    }


def _text(rules: Sequence[Rule]) -> str:
    widest = max(len(rule.name) for rule in rules)
    return "".join(
        f"{rule.name:<{widest}}  {pages.level(rule):<9}  {_fix(rule):<6}  {rule.summary}\n"
        for rule in rules
    )


def _pretty(rules: Sequence[Rule], *, color: bool, width: int) -> str:
    """Return a table; where there is no room beside its names, a summary is below its rule's."""
    from rich.text import Text

    from dlint.reporters.terminal import Column, indented, prose, render, table

    widest = max(len(rule.name) for rule in rules)
    facts = [
        (
            Text(f"{rule.name:<{widest}}", "bold"),
            Text(f"{pages.level(rule):<9}", _color(rule)),
            Text(_fix(rule), "green" if rule.fix is Safety.SAFE else "dim"),
            prose(rule.summary, color=color),
        )
        for rule in rules
    ]
    parts: list[RenderableType] = []
    if width > BESIDE:
        summary = Column("summary", least=20, wraps=True)
        parts.append(table((*map(Column, ("rule", "severity", "fix")), summary), facts, width))
    else:
        for *head, text in facts:
            parts += [Text("  ").join(head), indented(text)]
    return render(parts, color=color, width=width)


def _fix(rule: Rule) -> str:
    return pages.FIXES[rule.fix] or "-"


def _color(rule: Rule) -> str:
    return COLORS[rule.severity] if rule.default and not rule.preview else "dim"

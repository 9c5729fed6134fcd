"""The rules' pages and their list, as Markdown: made from the rules themselves."""

from __future__ import annotations

import re
import sys
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dlint.findings import Safety
from dlint.rule.rule import RULES_PACKAGE
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlint.rule.rule import Rule

FIXES = {Safety.SAFE: "safe", Safety.UNSAFE: "unsafe", Safety.DISPLAY: "shown", None: ""}
BLOCKS = {
    "dockerfile bad": ("Bad:", "dockerfile"),
    "dockerfile good": ("Good:", "dockerfile"),
    "context": (
        "With this build context (size, or `path: content`):",
        "text",
    ),
    "toml": ("Configured with:", "toml"),
}
PREVIEW = "in preview: runs with `--preview`, or where a selector names the rule itself"
_FENCE = regex(rf"^```({'|'.join(BLOCKS)})$", re.MULTILINE)
# The shape of a page: after its summary these sections, in this order.
SECTIONS = (
    "What it does",
    "Why is this bad?",
    "Example",
    "How sure",
    "When not to follow it",
    "Options",
    "References",
)
_PART = regex(r"^```.*?^```$|^## ([^\n]+)$", re.MULTILINE | re.DOTALL)
HEAD = """\
# The rules

`dlint explain RULE` shows the page of a rule, with examples. Rules with their severity in parentheses are off by default,
and rules in preview run with `--preview` or if you select them by name.
`--fix` applies safe fixes, `--fix --unsafe-fixes` applies unsafe ones as well, and shown fixes are yours to apply.
"""  # noqa: E501  its lines are shown as they are


def page(rule: Rule) -> str:
    """Return a rule's page."""
    summary, _, rest = rule.doc.partition("\n\n")
    facts = "".join(f"- {fact}\n" for fact in _facts(rule))
    return f"# {rule.name}\n\n{summary}\n\n{facts}\n{_FENCE.sub(_introduced, rest.strip())}\n"


def sections(rule: Rule) -> dict[str, str]:
    """Return the sections of a rule's page by their titles, in order; a page of a plugin may have
    none.
    """
    headings = [part for part in _PART.finditer(rule.doc) if part[1]]
    starts = [*(part.start() for part in headings), len(rule.doc)]
    return {
        part[1]: rule.doc[part.end() : end].strip()
        for part, end in zip(headings, starts[1:], strict=True)
    }


def _introduced(fence: re.Match[str]) -> str:
    """Say before a block what only its fence tells."""
    said, language = BLOCKS[fence[1]]
    return f"{said}\n\n```{language}"


def _facts(rule: Rule) -> Iterator[str]:
    yield f"severity: {rule.severity}" + ("" if rule.default else ", off by default")
    if rule.since:
        yield f"since: {rule.since}" + (f", {PREVIEW}" if rule.preview else "")
    if rule.fix:
        yield f"fix: {FIXES[rule.fix]}"
    if "Options" not in sections(rule):
        for name, default in rule.options.items():
            yield f"option `{name}`: {_type(default)}, by default {toml(default)}"
    codes = [alias for alias in rule.aliases if alias.isupper()]
    checks = [alias for alias in rule.aliases if not alias.isupper()]
    if codes:
        yield f"also silenced by `# hadolint ignore=` with {', '.join(codes)}"
    if checks:
        yield f"also silenced by `# check=skip=` with {', '.join(checks)}"


def _type(default: Any) -> str:  # noqa: ANN401  any type an option may have
    if isinstance(default, Enum):
        return "one of " + ", ".join(toml(each) for each in type(default))
    names = {bool: "true or false", int: "a number", str: "a string", tuple: "an array of strings"}
    return names[type(default)]


def toml(value: Any) -> str:  # noqa: ANN401  as _type
    """Return an option's value as it is written in the configuration, as Markdown code."""
    import json

    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def listing(rules: Iterable[Rule], address: Callable[[Rule], str] | None = None) -> str:
    """Return the list of all rules, a table for each family; `address` says where a rule's page is:
    by default in its own file, as seen from the folder of the rules.
    """
    address = address or _file
    parts = [HEAD]
    for family, members in groupby(rules, key=lambda rule: rule.family):
        found = list(members)
        rows = "".join(f"| {' | '.join(_row(rule, address))} |\n" for rule in found)
        parts.append(
            f"## {family}\n\n{_family(found[0])}| rule | finds | severity | fix | since"
            f" |\n|---|---|---|---|---|\n{rows}"
        )
    return "\n".join(parts)


def _file(rule: Rule) -> str:
    package, _, path = rule.module.partition(".")
    return f"{path.replace('.', '/')}.py" if package == RULES_PACKAGE else ""


def _row(rule: Rule, address: Callable[[Rule], str]) -> tuple[str, ...]:
    page = address(rule)
    name = f"[{rule.name}]({page})" if page else rule.name
    return name, rule.summary.replace("|", "\\|"), level(rule), FIXES[rule.fix], rule.since or ""


def level(rule: Rule) -> str:
    """Return a rule's severity, in parentheses if it is off by default, or `(preview)`."""
    if rule.preview:
        return "(preview)"
    return str(rule.severity) if rule.default else f"({rule.severity})"


def _family(rule: Rule) -> str:
    package = sys.modules.get(rule.module.rpartition(".")[0])
    return f"{package.__doc__.strip()}\n\n" if package and package.__doc__ else ""

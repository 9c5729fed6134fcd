"""Dockerfiles checked whole: all rules, all formats, all fixes."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING
from xml.parsers import expat

from dlint.config.settings import Overrides
from dlint.errors import DlintError
from dlint.fix.fixer import Fixer, diff
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.report import Report
from dlint.reporters import REPORTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlint.lint.report import FileReport
    from dlint.rule.rule import Rule

# What a terminal or a CI runner would obey: all but line ends and tabs.
_OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)

# What a CI runner takes for a command where a line begins with it; of GitHub's dlint writes three,
# of Azure's one, whose values hold no end of it.
_COMMAND = r"\s*(?:::|##\[|##vso\[|##teamcity\[|section_(?:start|end):)"
_HEARD = re.compile(rf"^{_COMMAND}", re.MULTILINE)
_FORGED = {
    "github": re.compile(r"^(?!::(?:error|warning|notice) |\Z).", re.MULTILINE),
    "azure": re.compile(
        rf"^(?!##vso\[task\.logissue (?:[a-z]+=[^;\]\n]*;)+\]){_COMMAND}", re.MULTILINE
    ),
}


@cache
def _checker() -> Checker:
    return Checker(Spec(Overrides(isolated=True, select=("all",)), third_party=False))


def check_whole(_: str, data: bytes) -> None:
    """Check a Dockerfile by all rules, write it in all formats, and fix all that can be fixed;
    raises AssertionError where a rule fails, or a format is not what its readers take.
    """
    task = Task("-", data)
    report = _checker().check(task)
    _require(not report.failures, "\n".join(each.trace for each in report.failures[:1]))
    check_formats(report, _checker().plugins.rules)
    try:
        fixed = Fixer(_checker(), task, unsafe=True).run()
    except DlintError:
        return
    diff(fixed.changes)


def check_formats(report: FileReport, rules: Mapping[str, Rule]) -> None:
    """Write a report in all formats; raises AssertionError where one is not what its readers take,
    or tells a terminal or a CI runner to do something.
    """
    whole = Report([report], rules)
    for name, write in REPORTERS.items():
        text = write(whole)
        _require(not _OBEYED.search(text), f"{name}: a control character")
        forged = _FORGED.get(name, _HEARD)
        _require(not forged.search(text), f"{name}: a command of a CI runner")
        _PARSES.get(name, str)(text)


def _lines(text: str) -> None:
    for line in text.splitlines():
        json.loads(line)


def _xml(text: str) -> None:
    expat.ParserCreate().Parse(text.encode(), True)  # noqa: FBT003  expat takes no keyword


_PARSES: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("json", "sarif", "gitlab", "rdjson"), json.loads),
    "jsonl": _lines,
    **dict.fromkeys(("junit", "checkstyle"), _xml),
}


def _require(holds: bool, why: str) -> None:  # noqa: FBT001  as assert, which -O leaves out
    if not holds:
        raise AssertionError(why)

"""Conditions of GitHub's jobs and steps, as far as inputs and a row of the matrix decide them
(https://docs.github.com/en/actions/reference/workflows-and-actions/expressions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Values = Mapping[str, Sequence[str]]

TRUTHS = frozenset(("true", "false"))
INPUTS = "inputs."
_ROW = "matrix."
_OF_TRUTH = regex(
    r"[ \t]*+(?P<not>!?)[ \t]*+(?P<name>inputs\.[\w-]++)[ \t]*+"
    r"(?:==[ \t]*+(?P<value>true|false)[ \t]*+)?"
)
_OF_ROW = regex(
    r"[ \t]*+(?P<name>matrix\.[\w.-]++)[ \t]*+(?P<sign>==|!=)[ \t]*+'(?P<value>[^'\n]*+)'[ \t]*+"
)
_TOKEN = regex(r"'[^']*'|\|\||&&|[()]")
_DEEPEST = 10  # parentheses in one another; nobody writes more than three


def is_left_out(table: Mapping[str, Any], values: Values) -> bool:
    """Tell whether the condition of a job or a step does not hold with these inputs."""
    condition = str(table.get("if", ""))
    return INPUTS in condition and _is_unmet(condition, lambda each: _is_untrue(each, values))


def is_of_other_rows(step: Mapping[str, Any], values: Values) -> bool:
    """Tell whether a step's condition leaves out the row of the matrix that these values are of."""
    condition = str(step.get("if", ""))
    return _ROW in condition and _is_unmet(condition, lambda each: _asks_other_row(each, values))


def _is_unmet(condition: str, is_false: Callable[[str], bool], depth: int = 0) -> bool:
    """Tell whether a condition is surely false where some of its comparisons are: each of its
    alternatives is, one of what they join, or what stands in parentheses.
    """
    text = condition.strip().removeprefix("${{").removesuffix("}}").strip()
    alternatives = _split(text, "||")
    if len(alternatives) > 1:
        return all(_is_unmet(each, is_false, depth) for each in alternatives)
    parts = _split(text, "&&")
    if len(parts) > 1:
        return any(_is_unmet(each, is_false, depth) for each in parts)
    if text.startswith("(") and text.endswith(")") and depth < _DEEPEST:
        return _is_unmet(text[1:-1], is_false, depth + 1)
    return is_false(text)


def _split(text: str, operator: str) -> list[str]:
    """Split a condition at an operator that stands in no parentheses and no text."""
    found, start, depth = [], 0, 0
    for token in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == operator and depth == 0:
            found.append(text[start : token.start()])
            start = token.end()
    return [*found, text[start:]]


def _is_untrue(part: str, values: Values) -> bool:
    """Tell whether a part of a condition asks for another input than there is."""
    asked = _OF_TRUTH.fullmatch(part)
    own = values.get(asked["name"], []) if asked else []
    if asked is None or len(own) != 1 or own[0] not in {*TRUTHS, ""}:
        return False
    is_met = own[0] == asked["value"] if asked["value"] else own[0] == "true"
    return is_met == bool(asked["not"])


def _asks_other_row(part: str, values: Values) -> bool:
    """Tell whether a part of a condition asks for another value of the matrix than there is."""
    asked = _OF_ROW.fullmatch(part)
    own = values.get(asked["name"], []) if asked else []
    if asked is None or len(own) != 1:
        return False
    is_same = own[0].casefold() == asked["value"].casefold()  # as GitHub compares
    return is_same != (asked["sign"] == "==")

"""Whether a loop turns at all, and which statements end it, or the whole step, before the rest."""

from __future__ import annotations

import operator
from itertools import zip_longest

from dlint.text.patterns import regex
from dlint.text.safe import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlint.shell.nodes import Node

_LEAVING = frozenset(["break", "continue", "exit", "return"])
_LEAVING_ALL = frozenset(["exit", "return"])  # these leave a loop in a loop, too
_OWN_SHELLS = frozenset(["function", "pipe", "subshell"])  # what they leave is their own
_WORD = regex(r"\w+(?![\w-])")
_FAILS = regex(r"(?:exit|return)\s+[\"']?0*[1-9]")
_HANDS_ON = regex(r"(?:exit|return)\s*\Z")  # behind `||`: the failure of what stands before
_FOREVER = regex(r"while\s+(?:true|:|\[\s+1\s+\])\s*[;\n]|until\s+false\s*[;\n]|for\s*\(\(\s*;")
_COUNTS = regex(
    r"(?P<word>while|until)\s+(?:\[\[?|\(\()\s*[\"']?\$?\{?(?P<name>\w+)\}?[\"']?"
    r"\s*(?P<sign>-l[te]|-g[te]|-eq|-ne|[<>]=?|[=!]=)\s*[\"']?(?P<limit>\w+)[\"']?\s*(?:\]\]?|\)\))"
    r"|for\s*\(\(\s*\w+\s*=\s*(?P<start>\d+)\s*;\s*\w+\s*(?P<until><=?)\s*(?P<end>\d+)"
)
_SIGNS: Mapping[str, Callable[[int, int], bool]] = {
    **dict.fromkeys(("-lt", "<"), operator.lt),
    **dict.fromkeys(("-le", "<="), operator.le),
    **dict.fromkeys(("-gt", ">"), operator.gt),
    **dict.fromkeys(("-ge", ">="), operator.ge),
    **dict.fromkeys(("-eq", "=="), operator.eq),
    **dict.fromkeys(("-ne", "!="), operator.ne),
}
_NUMBERS = regex(r"\"?(?:\$\(|`)\s*seq(?:\s+-\w+)*\s+[1-9]\d*(?:\s+\d+)*\s*[)`]\"?\Z")


def leaves(node: Node, text: str, words: frozenset[str] = _LEAVING) -> bool:
    """Tell whether a statement of a script's `text` may end the loop that it stands in, or the
    step, without failing: what stands below it may not run.
    """
    if node.kind in _OWN_SHELLS:
        return False
    if node.kind == "simple":
        return _ends(text[slice(*node.extent)], words)
    if node.kind in {"for", "while"}:
        words = _LEAVING_ALL
    elif node.kind == "case":  # `*) exit 0` is for platforms that the image is not built for
        words -= {"exit"}
    parts = [
        part
        for part, sign in zip_longest(node.parts, node.operators)
        if sign != "||" or not _HANDS_ON.match(text, *part.extent)
    ]
    return any(leaves(part, text, words) for part in parts)


def _ends(statement: str, words: frozenset[str]) -> bool:
    word = _WORD.match(statement)
    return word is not None and word[0] in words and not _FAILS.match(statement)


def counts(text: str) -> bool:
    """Tell whether a word of `for NAME in` is a count that goes up to a number: `$(seq 3)`."""
    return _NUMBERS.match(text) is not None


def turns(text: str, variables: Mapping[str, str | None]) -> bool:
    """Tell whether the body of a loop with a condition, written as `text`, surely runs once."""
    if _FOREVER.match(text):
        return True
    match = _COUNTS.match(text)
    if match is None:
        return False
    if match["start"]:
        start, end = number(match["start"]), number(match["end"])
        return start is not None and end is not None and _SIGNS[match["until"]](start, end)
    start, end = (_number(match[group], variables) for group in ("name", "limit"))
    if start is None or end is None:
        return False
    return _SIGNS[match["sign"]](start, end) is (match["word"] == "while")


def _number(word: str, variables: Mapping[str, str | None]) -> int | None:
    """Return the number that a word is, or that its variable holds."""
    value = (word if word.isdigit() else variables.get(word)) or ""
    size = number(value.removeprefix("-"))
    return -size if size is not None and value.startswith("-") else size

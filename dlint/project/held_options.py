"""Words of commands that a script holds in variables: arrays, and options in quotes that other
commands work out in part.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from re import Match

_SETS = r"(?m)^(?P<before>[ \t]*+(?:(?:export|readonly|local|declare(?:[ \t]++-a)?)[ \t]++)?)"
_ARRAY = regex(
    rf"{_SETS}(?P<name>\w++)(?P<more>\+?)=\("
    r"(?P<words>(?:(?<=\s)#[^\n]*+|[^()\"'$]|\$\((?:[^()\n]|\([^()\n]*+\))*+\)|\$|\"[^\"]*+\"|'[^']*+')*+)\)"
)
_ALL_OF_ARRAY = regex(r"\"?\$\{(\w++)\[[@*]\]\}\"?")
_OPTIONS = regex(rf"{_SETS}\w++\+?=\"[^\n]*?(?<![\w-])--?\w[^\n]*+$")
_OUTPUT = regex(r"\$\((?:[^()\n]|\([^()\n]*+\))*+\)")
_SPACE = regex(r"\s++")
OPEN = "@"  # stands for what a command gives out


def with_words(text: str) -> str:
    """Return a script with the words of each array as those of a plain variable, all that are ever
    added among them, and without what commands give out in the middle of options.
    """
    if "[@]}" in text or "[*]}" in text:
        text = _with_arrays(text)
    return _OPTIONS.sub(lambda line: _OUTPUT.sub(OPEN, line[0]), text)


def _with_arrays(text: str) -> str:
    found: dict[str, list[str]] = {}
    unclear: set[str] = set()  # set anew, or nowhere
    for each in _ARRAY.finditer(text):
        name, before, is_added = each["name"], found.get(each["name"]), bool(each["more"])
        if (before is None and is_added) or (before and not is_added):
            unclear.add(name)
        found[name] = [*(before or ()), *_words(each["words"])]
    held = {name: " ".join(words) for name, words in found.items() if name not in unclear}
    left = dict(held)

    def plain(array: Match[str]) -> str:
        if array["name"] not in held:
            return array[0]
        words = left.pop(array["name"], "")
        return f'{array["before"]}{array["name"]}="{words}"' if words else ""

    text = _ARRAY.sub(plain, text)
    return _ALL_OF_ARRAY.sub(lambda use: f"${use[1]}" if use[1] in held else use[0], text)


def _words(written: str) -> list[str]:
    """Return the words of an array, each without a space in it."""
    try:
        words = shlex.split(_OUTPUT.sub(OPEN, written), comments=True)
    except ValueError:
        return [OPEN]
    return [_SPACE.sub(OPEN, each) for each in words]

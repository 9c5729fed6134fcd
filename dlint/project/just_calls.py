"""Which commands a step's `just RECIPE` runs: those of the justfile's recipe, read as if they stood
in the step (https://just.systems/man/en/).
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dlint.project.recipe_targets import Call, Rule, alone, commands_for, text_of
from dlint.text.patterns import filled_once, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from re import Match

NAMES = ("justfile", "Justfile", ".justfile")
_CALL = regex(r"(?m)^[ \t]*+just[ \t]++([^\n;&|#]++)$")
_TEXT = r"\"[^\"\n]*+\"|'[^'\n]*+'"
_SETS = regex(rf"(?m)^(export[ \t]++)?(\w[\w-]*+)[ \t]*+:=[ \t]*+({_TEXT})[ \t]*+$")
_PARAMETER = regex(
    rf"(?<![ \t])[ \t]++(?P<all>[*+]?)\$?(?P<name>\w[\w-]*+)(?:=(?P<default>{_TEXT}))?"
)
_HEAD = regex(
    rf"@?(?P<name>\w[\w-]*+)(?P<parameters>(?:[ \t]++[*+]?\$?\w[\w-]*+(?:=(?:{_TEXT}))?)*+)"
    r"[ \t]*+:(?!=)(?P<needs>[^\n]*+)"
)
_NEED = regex(r"\((?P<called>\w[\w-]*+)(?P<words>[ \t][^()\n]*+|)\)|(?<![\w-])(?P<plain>\w[\w-]*+)")
_PUT_IN = regex(r"\{\{[ \t]*+(\w[\w-]*+)[ \t]*+\}\}")
_ELSEWHERE = "working-directory"  # a setting of all recipes, or an attribute of one
_PREFIXES = "@- \t"
_MOST = 10_000  # characters: what recipes hand on to each other could double again and again
_SHELL = regex(r"#![^\n]*\b(?:ba|da|k|z)?sh\b")


def with_recipes(
    run: str, base: str, justfiles: Mapping[str, str], seen: set[str] | None = None
) -> str:
    """Return the commands of a step that runs in `base`, with those of the recipes that it starts
    in the place of `just`; `seen` are the calls that are not read again.
    """
    text = text_of(base, NAMES, justfiles)
    if not text or _ELSEWHERE in text:
        return run
    file = _Justfile(text.replace("\\\n", " "))
    return filled_once(_CALL, lambda call: file.commands(call[1]) or call[0], run, seen)


class _Recipe(NamedTuple):
    parameters: Sequence[Match[str]]
    needs: str
    lines: list[str]

    @property
    def takes(self) -> int | None:
        """How many words it takes at most; None for all."""
        return None if any(each["all"] for each in self.parameters) else len(self.parameters)


class _Justfile:
    """The recipes of a justfile, and its variables."""

    def __init__(self, text: str) -> None:
        """Read a text without continued lines."""
        told = _SETS.findall(text)
        self._values = {name: value[1:-1] for _, name, value in told}
        self._exported = [f"{name}={value}" for is_exported, name, value in told if is_exported]
        self._recipes = _recipes(text)

    def commands(self, words: str) -> str:
        """Return what just runs for the words of a call; "" where that is not known: options may
        say where, words are too many, or a line enters a folder that others do not.
        """
        try:
            calls = list(self._calls(shlex.split(words)))
            lines = [alone(each) for each in commands_for(calls, self._rules)]
        except ValueError:
            return ""
        if not calls or any(each.target not in self._recipes for each in calls):
            return ""
        return "\n".join([*self._exported, *lines]) if all(lines) else ""

    def _calls(self, words: list[str]) -> Iterator[Call]:
        """Yield the recipes that are called, each with the words that it takes."""
        while words:
            name, *rest = words
            recipe = self._recipes.get(name)
            count = recipe.takes if recipe else 0
            yield Call(name, tuple(rest[:count]))
            words = [] if count is None else rest[count:]

    def _rules(self, call: Call) -> Iterator[Rule]:
        recipe = self._recipes.get(call.target)
        if recipe is not None:
            values = {**self._values, **_given(recipe, call.given)}
            needs = [_needed(each, values) for each in _NEED.finditer(recipe.needs)]
            yield Rule(needs, [_filled_in(each, values) for each in recipe.lines])


def _recipes(text: str) -> Mapping[str, _Recipe]:
    """Return the recipes by their names: of several for one name, as for several systems, the
    first.
    """
    found: dict[str, _Recipe] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        head = _HEAD.fullmatch(line)
        if head:
            parameters = list(_PARAMETER.finditer(head["parameters"]))
            lines = found.setdefault(
                head["name"], _Recipe(parameters, head["needs"].partition("#")[0], [])
            ).lines
        elif line.startswith((" ", "\t")):
            lines.append(line.strip())
        elif line.strip() and not line.startswith("#"):
            lines = []
    return {name: each._replace(lines=_of_shell(each.lines)) for name, each in found.items()}


def _of_shell(lines: list[str]) -> list[str]:
    """Return those lines of a recipe that a shell runs, without what just takes of them; an empty
    one where they are a script of its own that goes elsewhere.
    """
    is_script = bool(lines) and lines[0].startswith("#!")
    if is_script and not _SHELL.match(lines[0]):
        return []
    if is_script and not all(each == alone(each) for each in lines):
        return [""]
    told = (each.lstrip(_PREFIXES) for each in lines if not each.startswith("#"))
    return [each for each in told if each]


def _given(recipe: _Recipe, words: Sequence[str]) -> dict[str, str]:
    """Return the values of the parameters of a recipe that is called with some words; raises
    ValueError for more than anybody writes.
    """
    if sum(map(len, words)) > _MOST:
        raise ValueError(f"more than {_MOST:,} characters")
    values: dict[str, str] = {}
    for at, each in enumerate(recipe.parameters):
        told = words[at:] if each["all"] else words[at : at + 1]
        if told or each["default"] or each["all"] == "*":
            values[each["name"]] = " ".join(told) or (each["default"] or "")[1:-1]
    return values


def _needed(need: Match[str], values: Mapping[str, str]) -> Call:
    """Return the call of a recipe that another one needs: a word without quotes is a variable."""
    if need["plain"]:
        return Call(need["plain"])
    words = shlex.split(need["words"], posix=False)
    told = (
        each[1:-1] if each[0] in "\"'" else values.get(each, f"{{{{{each}}}}}") for each in words
    )
    return Call(need["called"], tuple(told))


def _filled_in(line: str, values: Mapping[str, str]) -> str:
    return _PUT_IN.sub(lambda put: values.get(put[1], put[0]), line)

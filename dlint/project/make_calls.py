"""Which commands a workflow's `make TARGET` runs: those of the Makefile's recipe, read as if they
stood in the step.

Only a recipe that pushes an image is read so, or one that builds what the step itself pushes:
whatever else make builds, people build as well.
"""

from __future__ import annotations

import posixpath
from itertools import chain
from typing import TYPE_CHECKING

from dlint.project.purpose import PUSHES
from dlint.project.recipe_targets import Call, Rule, commands_for, text_of
from dlint.text.patterns import filled_once, regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NAMES = ("GNUmakefile", "makefile", "Makefile")  # the first that is there is read
_CALL = regex(r"(?m)^[ \t]*+make[ \t]++([^\n;&|#]++)$")
_RULE = regex(r"([\w./-]++(?:[ \t]++[\w./-]++)*+)[ \t]*+::?(?![=:])([^\n#;]*+)")
_SETS = regex(r"(?m)^(?:export[ \t]++)?(\w++)[ \t]*+[:?]{0,2}=[ \t]*+[^\n]*+$")
_PREFIXES = "@-+ \t"
_ITSELF = regex(r"\$[({]MAKE[)}][ \t]++([^\n;&|#]++)")
_ENTERS = regex(r"\bcd[ \t]")
_TAGGED = regex(r"(?:[ \t]-t|--tag)[ \t=]++[\"']?([^\s\"']++)")
_WORDS = regex(r"[\w./-]++")
# What repeats a text for each of some words, with functions and variables in it.
_FOREACH = regex(r"\$\(foreach[ \t]++\w++,(?:[^(),]|\(\w+\))*+,((?:[^()]|\(\w+\))*+)\)")


def with_recipes(run: str, base: str, makefiles: Mapping[str, str]) -> str:
    """Return the commands of a step that runs in `base`, with those of the recipes that it makes
    in the place of `make`.
    """
    text = text_of(base, NAMES, makefiles)
    if not text:
        return run
    beside = _CALL.sub("", run)
    return filled_once(_CALL, lambda call: _recipe(text, call[1], beside) or call[0], run)


def _recipe(text: str, words: str, beside: str) -> str:
    """Return what Make runs for the words of a call; "" where neither that pushes, nor what the
    step runs beside it, or it is not known: an option that says where, a line that enters a folder
    for itself alone.
    """
    calls = _calls(words)
    if not calls:
        return ""
    text = text.replace("\\\n", " ")
    lines = list(_lines(text, calls))
    given = calls[0].given
    if _ENTERS.search("\n".join(lines)):
        return ""
    names = {each.partition("=")[0] for each in given}
    values = [each[0] for each in _SETS.finditer(text) if each[1] not in names]
    told = "\n".join(lines)
    if not any(map(PUSHES.search, lines)):
        if not _pushes_what_is_built(told, "\n".join([*values, *given]), beside):
            return ""
        told = _written_out(told, values, beside)
    return "\n".join([*_quiet(values), *given, told])


def _quiet(values: Iterable[str]) -> list[str]:
    """Return the values that are no commands which build."""
    return [each for each in values if "build" not in each.partition("=")[2]]


def _pushes_what_is_built(recipe: str, values: str, beside: str) -> bool:
    """Tell whether commands beside a recipe push an image that it builds: they name it, at least
    without its account, which a function of the shell may add.
    """
    if not PUSHES.search(beside):
        return False
    from dlint.project.commands import assigned, filled

    known, words = assigned(values), _WORDS.findall(beside)
    tags = (tag for each in _TAGGED.findall(recipe) for tag in filled(each, known))
    names = {posixpath.basename(each).partition(":")[0] for each in tags}
    return not names.isdisjoint(posixpath.basename(each) for each in words)


def _written_out(recipe: str, values: Sequence[str], beside: str) -> str:
    """Return a recipe with what its loops repeat, and without the variables that the Makefile sets
    to nothing: those that the step itself may set stay.
    """
    recipe = _FOREACH.sub(r"\1", recipe)
    empty = (_SETS.match(each) for each in values if each.rstrip().endswith("="))
    for name in (each[1] for each in empty if each):
        if name not in beside:
            recipe = recipe.replace(f"$({name})", "")
    return recipe


def _calls(words: str) -> list[Call]:
    """Return the targets that words for make call, with the variables that they set; none where an
    option may say where they are, or it is not known which they are.
    """
    given = tuple(each for each in words.split() if "=" in each)
    targets = [each for each in words.split() if "=" not in each]
    is_known = not any(each.startswith("-") or "$" in each for each in targets)
    return [Call(each, given) for each in targets] if is_known else []


def _lines(text: str, calls: Sequence[Call]) -> Iterator[str]:
    """Yield the commands for some targets and for what these depend on: what another call of make
    is given counts in its commands alone.
    """
    rules = _rules(text)
    first = (Call(each.target) for each in calls)  # whose variables are set for all of them
    yield from commands_for(
        first, lambda call: (_given(each, call.given) for each in rules.get(call.target, ()))
    )


def _given(rule: Rule, given: tuple[str, ...]) -> Rule:
    """Return a rule where it is called with some variables: it may call make itself."""
    lines = [_filled_in(each, given) for each in rule.commands]
    calls = [found[1] for found in map(_ITSELF.fullmatch, lines) if found]
    needs = (each._replace(given=given) for each in rule.needs)
    return Rule([*needs, *chain.from_iterable(map(_calls, calls))], lines)


def _filled_in(line: str, given: Iterable[str]) -> str:
    for name, _, value in (each.partition("=") for each in given):
        line = line.replace(f"$({name})", value).replace(f"${{{name}}}", value)
    return line


def _rules(text: str) -> Mapping[str, Sequence[Rule]]:
    """Return the rules for each target of a Makefile; a condition ends the one that it is in."""
    found: dict[str, list[Rule]] = {}
    commands: list[str] = []
    for line in text.split("\n"):
        rule = _RULE.match(line)
        if rule:
            commands = []
            needs = [Call(each) for each in rule[2].split()]
            for target in rule[1].split():
                found.setdefault(target, []).append(Rule(needs, commands))
        elif line.startswith("\t"):
            commands.append(line.lstrip(_PREFIXES).replace("$$", "$"))
        elif line.strip() and not line.startswith("#"):
            commands = []
    return found
